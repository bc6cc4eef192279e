// Runs before the first paint and before the page's code has arrived: chooses the theme and the placeholder, so that the
// page does not flash, and sends the page's first requests.

try {
  // `src/theme.rs` owns the key and its values.
  const theme = localStorage.getItem("strongroom.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is disabled: use the system's theme.
}

{
  // A test in `src/api/early.rs` compares them with those that the page would send.
  const SESSION = {};
  const SECRETS = {};
  const ENTRANCE = {};

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
    .then((answers) => new Map(asked.map((body, i) => [JSON.stringify(body), JSON.stringify(answers[i])])))
    // The page asks again and reports the failure.
    .catch(() => new Map());
}
