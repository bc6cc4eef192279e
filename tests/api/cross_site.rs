//! Requests from pages of other sites are refused before they do anything.

use reqwest::{Method, StatusCode};
use serde_json::json;
use strongroom_tests::{Client, Reply, Scene, Server, Store, free_address};

const SET: &str = r#"mutation { set_secret(input: {name: "PLANTED", value: 1}) { success } }"#;

async fn post(client: &Client, headers: &[(&str, &str)]) -> Reply {
    let request = client.request(Method::POST, "/graphql").header("content-type", "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Reply::to(request.body(json!({"query": SET}).to_string())).await
}

#[tokio::test]
async fn requests_of_other_sites_are_refused_and_responses_unreadable() {
    let Scene { server, team, .. } = &Scene::new().await;
    let session = team.session("user").await;
    let port: u16 = server.address().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", &format!("https://evil.example:{port}"))],
        &[("origin", &format!("http://127.0.0.1:{}", port.wrapping_add(1)))],
        &[("origin", &format!("http://127.0.0.1.evil.example:{port}"))],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", server.url()), ("sec-fetch-site", "cross-site")],
    ] {
        let reply = post(&session, headers).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{headers:?}: {}", reply.text());
        let json = reply.json();
        let error = &json["errors"][0];
        assert!(error["message"].is_string(), "{headers:?}: {json}");
        assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{headers:?}");
        assert!(json["data"].is_null(), "{json}");
    }
    assert_eq!(session.names().await, [""; 0]);
    for headers in [
        &[][..],
        &[("origin", server.url())],
        &[("origin", server.url()), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
    ] {
        let reply = post(&session, headers).await;
        assert_eq!(reply.status, StatusCode::OK, "{headers:?}: {}", reply.text());
        assert_eq!(reply.json()["data"]["set_secret"]["success"], json!(true), "{headers:?}");
    }
    // No header lets another site read a response.
    let origin = [("origin", "https://evil.example")];
    let preflight = session
        .request(Method::OPTIONS, "/graphql")
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,authorization");
    let page = session.with_header("origin", "https://evil.example").get_page("/").await;
    for reply in [post(&session, &origin).await, Reply::to(preflight).await, page] {
        let mut names = reply.headers.keys();
        assert!(!names.any(|name| name.as_str().starts_with("access-control-")), "{reply:?}");
    }
    // A link from there opens the page.
    let link = server.nobody().with_header("sec-fetch-site", "cross-site");
    let link = link.with_header("sec-fetch-mode", "navigate");
    assert_eq!(link.get_page("/team/secrets").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_public_url_counts_as_our_own_site() {
    let arguments = ["--public-url", "https://secrets.example"];
    let mut server = Server::start_at(&Store::new(), &free_address(), &arguments).await;
    let link = server.set_up_link().await;
    assert!(link.starts_with("https://secrets.example/set-up#token=sr_"), "{link}");
    let client = server.team("acme").await.key("user").await;
    for origin in ["https://secrets.example", &format!("http://{}", server.address())] {
        let reply = post(&client, &[("origin", origin)]).await;
        assert_eq!(reply.status, StatusCode::OK, "{origin}: {}", reply.text());
    }
    for origin in ["http://secrets.example", "https://evil.example", "https://secrets.example.evil.example"] {
        let reply = post(&client, &[("origin", origin)]).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin}: {}", reply.text());
    }
}
