// Runs before the first paint and before the page's code has arrived: chooses the theme and the placeholder, so that
// the page does not flash, sends the page's first requests, and says so if the code can't be loaded.

try {
  // `src/theme.rs` owns the key and its values.
  const theme = localStorage.getItem("strongroom.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is disabled: use the system's theme.
}

{
  const fail = () => {
    const splash = document.getElementById("splash");
    // Once the page runs, it reports its own failures.
    if (!splash) return;
    splash.className = "entry";
    splash.removeAttribute("aria-busy");
    splash.setAttribute("role", "alert");
    splash.textContent = "Strongroom could not be loaded. Check your connection, and reload the page.";
  };
  // Elements that can't be loaded send events that don't bubble.
  addEventListener("error", fail, true);
  addEventListener("unhandledrejection", fail);
}

{
  // Exactly as the page sends them: a test in `src/api/first.rs` compares them.
  const SESSION = {
    query: "query Session { auth_info { tenant_id user_id name email role permissions secrets expires_at } tenant { id name slug } limits { value_bytes restore_seconds keep_versions } }",
    variables: null,
    operationName: "Session",
  };
  const SECRETS = {
    query: "query Secrets($after: String!, $limit: Int!) { secret(where: {name: {_gt: $after}}, order_by: [{name: asc}], limit: $limit) { id name description version updated updated_by last_read last_read_by } }",
    variables: { after: "", limit: 2000 },
    operationName: "Secrets",
  };
  const ENTRANCE = {
    query: "query Entrance { set_up_required single_sign_on { name path } }",
    variables: null,
    operationName: "Entrance",
  };

  const path = location.pathname.slice(new URL(document.baseURI).pathname.length).replace(/\/$/, "");
  const isSecrets = ["", "team", "team/secrets"].includes(path);
  const isTeam = isSecrets || path === "account" || path.startsWith("team/");
  document.documentElement.dataset.start = isSecrets ? "secrets" : isTeam ? "team" : "entry";

  // In one batch, which runs for one user in one team, whatever another tab does in between.
  const asked = isSecrets ? [SESSION, SECRETS] : path === "log-in" ? [SESSION, ENTRANCE] : [SESSION];
  window.early = fetch("graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(asked),
    signal: AbortSignal.timeout(30_000),
  })
    .then((response) => response.json())
    .then((answers) => new Map(asked.map((body, i) => [JSON.stringify(body), answers[i]])))
    // The page asks again and reports the failure.
    .catch(() => new Map());
}
