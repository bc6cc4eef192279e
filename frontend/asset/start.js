// Runs before the first paint and before the page's code has arrived: chooses the theme and the placeholder, so that
// the page does not flash, sends the page's first requests, and says so if the code can't be loaded.

const stored = (key) => {
  try {
    return localStorage.getItem(`strongroom.${key}`);
  } catch {
    // Storage is disabled: use the defaults.
    return null;
  }
};

{
  // `src/theme.rs` owns the key and its values.
  const theme = stored("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
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
  const SECRET_PAGE = () => ({
    query: "query SecretPage($input: secret_page_input!) { secret_page(input: $input) { all found total offset rows { drawn secret { id name description version updated updated_by last_read last_read_by expires_at } } groups { prefix count folded start rows } } }",
    variables: { input: listed() },
    operationName: "SecretPage",
  });
  const ENTRANCE = {
    query: "query Entrance { set_up_required single_sign_on { name path } }",
    variables: null,
    operationName: "Entrance",
  };

  // The page of the list in the address, as `src/page/secrets/listing.rs` reads it.
  const listed = () => {
    const asked = new URLSearchParams(location.search);
    const given = (key) => asked.get(key) ?? "";
    const chosen = (key, options) => [given(key), stored(key)].find((it) => options.includes(it));
    const columns = ["name", "updated", "updated-by", "version", "last-read", "last-read-by"];
    const [, minus, column] = /^(-?)([^]*)$/.exec(given("sort"));
    const isSorted = columns.includes(column);
    const size = chosen("rows", ["10", "25", "50", "100", "All"]) ?? "10";
    const rows = size === "All" ? 200 : Number(size);
    const number = /^\+?\d+$/.test(given("page")) ? Math.max(Number(given("page")) - 1, 0) : 0;
    const filters = ["never_read", "unused", "changed_by_me", "no_description", "expiring"];
    const isGrouped = chosen("groups", ["on", "off"]) === "on";
    return {
      search: given("search").trim(),
      filters: filters.filter((it) => given("filter").split(",").includes(it)),
      sort: isSorted ? column.replaceAll("-", "_") : "name",
      descending: isSorted && minus === "-",
      limit: rows,
      offset: size === "All" ? 0 : Math.min(number * rows, 2 ** 31 - 1),
      // No folds: they are remembered for each team, which is unknown yet.
      ...(isGrouped && { grouping: { folded: false, except: [] } }),
    };
  };

  const path = location.pathname.slice(new URL(document.baseURI).pathname.length).replace(/\/$/, "");
  const isSecrets = ["", "team", "team/secrets"].includes(path);
  const isTeam = isSecrets || path === "account" || path.startsWith("team/");
  document.documentElement.dataset.start = isSecrets ? "secrets" : isTeam ? "team" : "entry";

  // In one batch, which runs for one user in one team, whatever another tab does in between.
  const asked = isSecrets ? [SESSION, SECRET_PAGE()] : path === "log-in" ? [SESSION, ENTRANCE] : [SESSION];
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

{
  // Loads the rest of the style, for `src/component/lazy.rs`. Returns nothing once it is loaded.
  let loading;
  window.styleLater = () => {
    const link = document.querySelector("link[disabled]");
    if (link) {
      loading = new Promise((done) => {
        link.onload = () => done(loading = undefined);
        // The next call tries again.
        link.onerror = () => done(link.disabled = true);
        link.disabled = false;
      });
    }
    return loading;
  };
}
