//! The page as files: security headers, caching, compression.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::json;
use strongroom_tests::{Reply, Scene, Server, Store, free_address, http};

fn assert_security_headers(what: &str, reply: &Reply) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), value, "{what}: {name}");
    }
    assert!(!reply.header("permissions-policy").is_empty(), "{what}");
    let policy = reply.header("content-security-policy");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
    let directive = |name: &str| {
        let mut all = policy.split(';').filter_map(|one| one.trim().split_once(' '));
        all.find_map(|(found, sources)| (found == name).then_some(sources.trim()))
    };
    assert!(matches!(directive("default-src"), Some("'none'" | "'self'")), "{what}: {policy}");
    let is_framed =
        directive("frame-ancestors") != Some("'none'") && reply.header("x-frame-options") != "DENY";
    assert!(!is_framed, "{what}: {policy}");
    if reply.header("content-type").starts_with("text/html") {
        assert_eq!(directive("base-uri"), Some("'self'"), "{what}: {policy}");
        assert!(matches!(directive("form-action"), Some("'self'" | "'none'")), "{what}: {policy}");
    }
    for source in directive("script-src").unwrap_or_default().split_whitespace() {
        let is_strict =
            matches!(source, "'self'" | "'none'" | "'wasm-unsafe-eval'") || source.starts_with("'sha");
        assert!(is_strict, "{what}: scripts from {source}");
    }
    for leaky in ["server", "x-powered-by"] {
        assert!(!reply.header(leaky).contains('/'), "{what} shows the version of its software");
    }
}

/// The files that `index.html` refers to, all relative to its `<base>`.
fn assets(html: &str) -> BTreeSet<String> {
    let paths = html.split(['"', '\'']).filter_map(|text| text.strip_prefix('.'));
    let is_file =
        |path: &&str| path.starts_with('/') && path.contains('.') && !path.contains(char::is_whitespace);
    paths.filter(is_file).map(str::to_owned).collect()
}

async fn index(server: &Server) -> String {
    let reply = server.nobody().get_page("/").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.text().to_owned()
}

#[tokio::test]
async fn every_response_has_the_security_headers_and_hashed_files_are_cached_forever() {
    let server = Server::start().await;
    let nobody = server.nobody();
    let graphql = nobody.request(Method::POST, "/graphql").body(r#"{"query": "{ set_up_required }"}"#);
    let other_site = nobody.request(Method::POST, "/graphql").header("origin", "https://evil.example");
    for (what, reply) in [
        ("page", nobody.get_page("/").await),
        ("secrets page", nobody.get_page("/team/secrets").await),
        ("health", nobody.get("/healthz").await),
        ("readiness", nobody.get("/readyz").await),
        ("metrics", nobody.get("/metrics").await),
        ("missing", nobody.get("/missing").await),
        ("missing API", Reply::to(nobody.request(Method::POST, "/missing")).await),
        ("wrong method", Reply::to(nobody.request(Method::DELETE, "/graphql")).await),
        ("API", Reply::to(graphql.header("content-type", "application/json")).await),
        ("other site", Reply::to(other_site).await),
    ] {
        assert_security_headers(what, &reply);
    }
    for asset in assets(&index(&server).await) {
        assert_security_headers(&asset, &nobody.get(&asset).await);
    }
    // Hashed files are cached forever, and sent in the best encoding.
    let client = server.nobody();
    let assets = assets(&index(&server).await);
    let of_kind = |kind: &str| assets.iter().find(|asset| asset.rsplit('.').next() == Some(kind));
    for kind in ["js", "css"] {
        assert!(of_kind(kind).is_some(), "no {kind} in {assets:?}");
    }
    for asset in &assets {
        let reply = client.get(asset).await;
        assert_eq!(reply.status, StatusCode::OK, "{asset}");
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable", "{asset}");
        let kind = reply.header("content-type");
        let expected = match asset.rsplit('.').next() {
            Some("js") => "text/javascript",
            Some("wasm") => "application/wasm",
            Some("css") => "text/css",
            Some("svg") => "image/svg+xml",
            Some("woff2") => "font/woff2",
            _ => kind,
        };
        assert!(kind.replace("application/java", "text/java").starts_with(expected), "{asset}: {kind}");
    }

    let wasm = of_kind("wasm").expect("the page is wasm");
    let get = async |accepted: &str| {
        let is_none = accepted.is_empty();
        let client = if is_none { client.clone() } else { client.with_header("accept-encoding", accepted) };
        let reply = client.get(wasm).await;
        assert_eq!(reply.status, StatusCode::OK, "{accepted}");
        assert!(reply.header("vary").to_lowercase().contains("accept-encoding"), "caches keep them apart");
        assert!(reply.header("content-type").starts_with("application/wasm"));
        (reply.header("content-encoding").to_owned(), reply.bytes.len())
    };
    let (encoding, plain) = get("").await;
    assert_eq!(encoding, "");
    assert_eq!(get("identity").await, (String::new(), plain));
    let (encoding, brotli) = get("gzip, deflate, br, zstd").await;
    assert_eq!(encoding, "br");
    let (encoding, gzip) = get("gzip, deflate").await;
    assert_eq!(encoding, "gzip");
    assert!(brotli < gzip && gzip < plain, "{brotli} < {gzip} < {plain}");
    assert_eq!(get("br;q=0, gzip").await.0, "gzip");
    assert_eq!(get("br;q=0, gzip;q=0").await, (String::new(), plain));
}

#[tokio::test]
async fn every_page_is_the_same_file_and_no_path_leaves_the_assets() {
    let Scene { server, team, .. } = &Scene::new().await;
    let index = index(server).await;
    assert!(index.contains("<title>"), "{index}");
    let session = team.session("administrator").await;
    session.set("SECRETNAME", json!("typed in a browser")).await;
    assert_eq!(session.get_page("/team/secrets").await.text(), index, "the page is the same for everyone");
    let head = server.nobody().request(Method::HEAD, "/").header("accept", "text/html");
    let head = Reply::to(head).await;
    assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
    for path in ["/", "/team/secrets", "/log-in", "/set-up", "/team/members", "/no/such/page", "/graphql"] {
        let reply = server.nobody().get_page(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert!(reply.header("content-type").starts_with("text/html"), "{path}: {reply:?}");
        assert_eq!(reply.text(), index, "{path}");
        assert!(reply.header("cache-control").contains("no-cache"), "{path}: {reply:?}");
    }
    // Other paths are not the page.
    // The last two are of single sign-on, which is not set up.
    for path in [
        "/team/secrets", "/missing.js", "/favicon.png", "/index.htm", "/../Cargo.toml", "/assets/",
        "/log-in/oidc", "/log-in/oidc/callback",
    ] {
        let reply = server.nobody().get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}: {reply:?}");
        assert!(!reply.text().contains("<html"), "{path}");
    }
    for path in ["/missing.js", "/strongroom-0000000000000000.wasm"] {
        let script = server.nobody().with_header("accept", "*/*").get(path).await;
        assert_eq!(script.status, StatusCode::NOT_FOUND, "{path}");
    }
    let leaving = "/../Cargo.toml /..%2fCargo.toml /%2e%2e/Cargo.toml //etc/passwd /./../backend/Cargo.toml";
    for path in leaving.split(' ') {
        // By hand, because clients normalise such paths.
        let request = format!("GET {path} HTTP/1.1\r\nhost: strongroom\r\nconnection: close\r\n\r\n");
        let answer = http::exchange(server.address(), request.as_bytes()).await;
        let is_refused = answer.starts_with("HTTP/1.1 404 ") || answer.starts_with("HTTP/1.1 400 ");
        assert!(is_refused, "{path}: {answer}");
        assert!(!answer.contains("[package]") && !answer.contains("root:"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn everything_is_served_below_the_public_path_and_at_the_root() {
    let store = Store::new();
    let address = free_address();
    let url = format!("http://{address}/strongroom");
    let serve = ["serve", "--listen", &address, "--public-url", &format!("{url}/")];
    let mut server = Server::start_command(&store, store.command(serve)).await;
    assert_eq!(server.url(), url);
    assert!(server.set_up_link().await.starts_with(&format!("{url}/set-up#token=")));

    let nobody = server.nobody();
    let page = nobody.get_page("/").await;
    assert!(page.text().contains("<base href=\"/strongroom/\">"), "{}", page.text());
    let root = Server::start().await.nobody().get_page("/").await;
    assert!(root.text().contains("<base href=\"/\">"), "{}", root.text());
    assert_ne!(page.header("etag"), root.header("etag"), "the page below a path is another one");
    assert_security_headers("the page below a path", &page);
    let again = nobody.with_header("if-none-match", page.header("etag"));
    assert_eq!(again.get_page("/").await.status, StatusCode::NOT_MODIFIED);

    let admin = server.team("acme").await.key("administrator").await;
    // `/..` leaves the public path, like a proxy that strips it.
    for prefix in ["", "/.."] {
        for path in ["", "/", "/team/secrets", "/log-in", "/no/such/page"] {
            let reply = nobody.get_page(&format!("{prefix}{path}")).await;
            assert_eq!((reply.status, reply.text()), (StatusCode::OK, page.text()), "{prefix}{path}");
        }
        for path in assets(page.text()) {
            let reply = nobody.get(&format!("{prefix}{path}")).await;
            assert_eq!(reply.status, StatusCode::OK, "{prefix}{path}");
            assert!(reply.header("cache-control").contains("immutable"), "{prefix}{path}");
        }
        for path in ["/healthz", "/readyz", "/metrics", "/audit-log.csv", "/audit-log.jsonl"] {
            assert_eq!(admin.get(&format!("{prefix}{path}")).await.status, StatusCode::OK, "{prefix}{path}");
        }
        for path in ["", "/", "/graphql", "/graphql/", "/graphql/alpha", "/behind/graphql"] {
            let answer = admin.post(&format!("{prefix}{path}"), r#"{"query": "{ secret_names }"}"#).await;
            assert_eq!(answer.data("/secret_names"), &json!([]), "{prefix}{path}");
        }
        assert_eq!(nobody.get(&format!("{prefix}/missing.js")).await.status, StatusCode::NOT_FOUND);
        // The query is kept.
        let reply = admin.get(&format!("{prefix}/audit-log.csv?where=%7B")).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{prefix}: {reply:?}");
    }
    // Other paths begin like ours, repeat it, or have it further on.
    for path in ["x/healthz", "/strongroom/healthz", "/../x/strongroom/healthz"] {
        assert_eq!(nobody.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
