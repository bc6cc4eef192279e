//! Authentication by a key in the `Authorization` header.

use reqwest::StatusCode;
use strongroom_tests::{Client, Scene};

async fn refusal(client: &Client) -> String {
    let answer = client.query("{ secret_names }").await;
    assert!(answer.body()["data"].is_null() || answer.body()["data"]["secret_names"].is_null());
    answer.assert_error("UNAUTHENTICATED")
}

#[tokio::test]
async fn only_a_known_bearer_key_authenticates() {
    let Scene { server, team, admin, .. } = &Scene::new().await;
    refusal(&server.nobody()).await;
    let real = admin.key();
    let (prefix, rest) = real.split_at(3);
    assert_eq!(prefix, "sr_", "a key is never a number to Python");
    assert!(rest.len() >= 43, "32 random bytes in base62 and a checksum: {} characters", rest.len());
    assert!(rest.chars().all(|c| c.is_ascii_alphanumeric()), "base62 only");
    let cut = &real[..real.len() - 1];
    let changed = format!("{cut}{}", if real.ends_with('0') { '1' } else { '0' });
    let (upper, longer, twice) = (real.to_uppercase(), format!("{real}0"), format!("{real} {real}"));
    let (unknown, long) = (format!("sr_{}", "0".repeat(49)), "x".repeat(4000));
    let odd = ["12345", "sr_", "null", "' OR 1=1 --"];
    for key in odd.into_iter().chain([&*unknown, cut, &changed, &upper, &longer, &twice, &long]) {
        let message = refusal(&server.with_key(key)).await;
        assert!(!message.contains(key), "{message}");
    }

    for header in ["Basic YTpi", real, "Bearer", "Token abc", "Digest username=\"a\"", ""] {
        let client = server.nobody().with_header("authorization", header);
        assert_eq!(refusal(&client).await, "Malformed Authorization header", "{header}");
        client.try_set("A", "planted by a stranger".into()).await.assert_error("UNAUTHENTICATED");
    }
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let client = server.nobody().with_header("authorization", &format!("{scheme} {real}"));
        assert_eq!(client.names().await, [""; 0], "{scheme}");
    }
    // The header of a proxy does not affect a session.
    let session = team.session("administrator").await;
    for header in ["Basic dGVhbTpkb29y", "Negotiate YII=", "Digest username=\"a\""] {
        let browser = session.with_header("authorization", header);
        assert_eq!(browser.names().await, [""; 0], "{header}");
        assert_eq!(browser.get("/audit-log.csv").await.status, StatusCode::OK, "{header}");
    }
}
