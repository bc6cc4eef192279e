//! Webhooks: events are signed, name things and no values, and reach only where the operator allows.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom_tests::receiver::{Event, NETWORKS, Receiver};
use strongroom_tests::{Client, Reply, Scene, Server, Store, assert_fields, assert_says, wait};

async fn scene() -> Scene {
    Scene::on(Server::start_on(&Store::new(), &NETWORKS).await).await
}

async fn deliveries(client: &Client) -> Vec<Value> {
    client.rows("webhook_delivery", "id event state attempts status error").await
}

/// The newest delivery once a test accepts it.
async fn delivery(client: &Client, what: &str, test: impl Fn(&Value) -> bool) -> Value {
    wait::until(what, async || {
        let newest = deliveries(client).await.into_iter().next()?;
        test(&newest).then_some(newest)
    })
    .await
}

fn kinds(events: &[Event]) -> Vec<(String, Option<String>)> {
    let mut kinds: Vec<_> = events.iter().map(Event::about).collect();
    kinds.sort();
    kinds
}

#[tokio::test]
async fn events_are_signed_and_have_names_but_no_values() {
    let Scene { server, team, admin, writer, runner } = &scene().await;
    let receiver = Receiver::start().await;
    writer.set("BEFORE", json!("without a webhook")).await;
    runner.value("BEFORE").await;
    let key = admin.set_webhook(&receiver.url()).await;
    // Of another team, which has no webhook.
    server.team("other").await.key("user").await.set("THEIRS", json!("the value of THEIRS")).await;
    writer.set("A", json!("the first value")).await;
    writer.set("A", json!("the second value")).await;
    writer.done("update_secret", json!({"name": "A", "description": "no event"})).await;
    writer.done("update_secret", json!({"name": "A", "new_name": "B"})).await;
    writer.delete("B").await;
    writer.restore("B").await;
    // A write through Vault's API that restores B sends one event.
    for (method, body) in [(Method::DELETE, ""), (Method::PUT, r#"{"data": {"v": "the third value"}}"#)] {
        let reply = Reply::to(writer.request(method, "/v1/secret/data/B").body(body)).await;
        assert!(reply.status.is_success(), "{reply:?}");
    }
    writer.done("import_secrets", json!({"secrets": [{"name": "C", "value": "imported value"}]})).await;
    // The first read of each secret by each key.
    let other = team.key("runner").await;
    for reader in [runner, &other] {
        for name in ["B", "B", "BEFORE"] {
            reader.value(name).await;
        }
    }
    admin.done_without_input("test_webhook").await;
    let events = receiver.receives(12).await;
    let about = |kind: &str, name: &str| (kind.to_owned(), Some(name.to_owned()));
    let expected = [
        about("secret.deleted", "B"),
        about("secret.deleted", "B"),
        about("secret.first_read", "B"),
        about("secret.first_read", "B"),
        about("secret.first_read", "BEFORE"),
        about("secret.restored", "B"),
        about("secret.set", "A"),
        about("secret.set", "A"),
        about("secret.set", "B"),
        about("secret.set", "B"),
        about("secret.set", "C"),
        ("test".to_owned(), None),
    ];
    assert_eq!(kinds(&events), expected, "{events:?}");

    let ids: HashSet<_> = events.iter().map(Event::id).collect();
    assert_eq!(ids.len(), events.len());
    for event in &events {
        assert!(event.is_verified(&key).await, "{event:?}");
        for value in ["the first value", "the second value", "the third value", "imported value", "whsec_"] {
            assert!(!event.body.contains(value), "{}", event.body);
        }
        assert_eq!(event.headers["content-type"], "application/json");
    }
    let first = events.iter().find(|event| event.about() == about("secret.set", "A")).expect("found above");
    let json = first.json();
    assert_eq!(json["data"]["team"]["slug"], "acme");
    assert_eq!(json["data"]["by"]["name"], writer.auth_info("name").await);
    assert_eq!(json["data"]["secret"]["expires_at"], Value::Null);
    assert!(json["timestamp"].as_str().is_some_and(|time| time.starts_with("20")), "{json}");
    // The documented code refuses any other key, body, id and time.
    assert!(!first.is_verified("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").await);
    let mut forged = first.clone();
    forged.body = forged.body.replace("\"A\"", "\"B\"");
    assert!(!forged.is_verified(&key).await);
    for (header, other) in [("webhook-id", events[1].id()), ("webhook-timestamp", "1700000000")] {
        let mut forged = first.clone();
        forged.headers.insert(header.to_owned(), other.to_owned());
        assert_eq!(forged.is_verified(&key).await, first.id() == other, "{header}");
    }
    let ended = delivery(admin, "the last one is delivered", |newest| newest["state"] == "delivered").await;
    assert_fields(&ended, json!({"event": "test", "status": 204, "error": null}));
    // The audit log has the host, but no path, which may hold a token, and no key.
    let entries = admin.audit(json!({"action": {"_like": "%:webhook"}})).await;
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str()).collect();
    assert_eq!(actions, [Some("test:webhook"), Some("update:webhook")]);
    let host = receiver.url().split("/hook").next().expect("a host").to_owned();
    assert_eq!(entries[1]["object_name"], json!(host));
    assert!(!json!(entries).to_string().contains("t0ken"), "{entries:?}");
}

#[tokio::test]
async fn a_change_of_many_secrets_sends_an_event_for_each_or_none() {
    let Scene { admin, writer, .. } = &scene().await;
    // Without a webhook, too.
    writer.set_many("one of many", 300).await;
    let receiver = Receiver::start().await;
    let key = admin.set_webhook(&receiver.url()).await;
    let all = ["A", "B", "C"];
    let valued: Vec<_> = all.iter().map(|name| json!({"name": name, "value": "the value"})).collect();
    let named: Vec<_> = all.iter().map(|name| json!({"name": name})).collect();
    let about = |kind: &str| all.map(|name| (kind.to_owned(), Some(name.to_owned())));
    let mut expected = Vec::new();
    for (field, secrets, kind) in [
        ("import_secrets", &valued, "secret.set"),
        ("delete_secrets", &named, "secret.deleted"),
        ("restore_secrets", &named, "secret.restored"),
    ] {
        writer.done(field, json!({"secrets": secrets})).await;
        expected.extend(about(kind));
        expected.sort();
        let events = receiver.receives(expected.len()).await;
        assert_eq!(kinds(&events), expected, "{field}");
        assert!(events[expected.len() - 1].is_verified(&key).await);
    }
    // A preview, an import of equal values and a refused change have none.
    writer.done("import_secrets", json!({"secrets": [{"name": "D", "value": "x"}], "preview": true})).await;
    writer.done("import_secrets", json!({"secrets": valued})).await;
    writer.refused("delete_secrets", json!({"secrets": [{"name": "A"}, {"name": "MISSING"}]})).await;
    admin.done_without_input("test_webhook").await;
    expected.push(("test".to_owned(), None));
    assert_eq!(kinds(&receiver.receives(expected.len()).await), expected);
}

#[tokio::test]
async fn a_webhook_is_changed_keeps_its_key_and_is_removed() {
    let Scene { admin, writer, .. } = &scene().await;
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let key = admin.set_webhook(&first.url()).await;
    let set = async |input: Value| {
        let answer = admin.mutate_for("set_webhook", input, "success error key").await;
        answer.assert_success("set_webhook");
        answer.data("/set_webhook/key").as_str().map(str::to_owned)
    };
    assert_eq!(set(json!({"url": second.url()})).await, None, "it keeps its key");
    writer.set("A", json!("the value of A")).await;
    assert!(second.receives(1).await[0].is_verified(&key).await);
    let next = set(json!({"url": second.url(), "new_key": true})).await.expect("a new key");
    assert_ne!(next, key);
    writer.set("B", json!("the value of B")).await;
    let events = second.receives(2).await;
    assert!(events[1].is_verified(&next).await && !events[1].is_verified(&key).await);
    assert_eq!(first.events().len(), 0);
    let webhook = admin.query("{ webhook { url created_by } }").await;
    let by = admin.auth_info("name").await;
    assert_eq!(webhook.data("/webhook"), &json!({"url": second.url(), "created_by": by}));

    // Only the last twenty deliveries that have ended are kept.
    writer.set_many("one of many", 30).await;
    second.receives(32).await;
    wait::is("they are trimmed", async || {
        let listed = deliveries(admin).await;
        listed.len() == 20 && listed.iter().all(|delivery| delivery["state"] == "delivered")
    })
    .await;

    admin.done_without_input("delete_webhook").await;
    writer.set("C", json!("the value of C")).await;
    assert_eq!(admin.query("{ webhook { url } }").await.data("/webhook"), &Value::Null);
    assert_eq!(deliveries(admin).await, [""; 0]);
    for field in ["test_webhook", "delete_webhook"] {
        let answer = admin.query(&format!("mutation {{ {field} {{ success error }} }}")).await;
        assert_eq!(answer.refusal(field), "The team has no webhook.");
    }
    assert_eq!(second.events().len(), 32);
}

#[tokio::test]
async fn failed_deliveries_are_retried_and_redirects_are_not_followed() {
    let Scene { admin, .. } = &scene().await;
    let elsewhere = Receiver::start().await;
    let redirect = format!("302 Found\r\nLocation: {}", elsewhere.url());
    let receiver = Receiver::start_at("127.0.0.1:0", &[&redirect]).await;
    let key = admin.set_webhook(&receiver.url()).await;
    admin.done_without_input("test_webhook").await;
    let failed = delivery(admin, "an attempt fails", |newest| newest["status"] == 302).await;
    assert_fields(&failed, json!({"state": "pending", "attempts": 1}));
    assert_says(failed["error"].as_str().expect("a reason"), &["redirect"]);
    // The next attempt has the same id, and its own time.
    let events = receiver.receives(2).await;
    assert_eq!(events[0].id(), events[1].id());
    assert!(events[1].is_verified(&key).await);
    let done = delivery(admin, "it is delivered", |newest| newest["state"] == "delivered").await;
    assert_fields(&done, json!({"attempts": 2, "status": 204}));
    assert_eq!(elsewhere.events().len(), 0);

    // Nothing listens.
    drop(receiver);
    admin.done_without_input("test_webhook").await;
    let failed = delivery(admin, "an attempt fails", |newest| newest["error"].is_string()).await;
    assert_eq!(failed["status"], Value::Null);
    assert!(!failed["error"].to_string().contains("t0ken"), "{failed}");
}

#[tokio::test]
async fn private_addresses_and_plain_http_are_refused() {
    let Scene { admin, .. } = &Scene::new().await;
    for (url, part) in [
        ("http://hooks.example.com", "use https"),
        ("http://1.1.1.1/x", "use https"),
        ("https://127.0.0.1/x", "private"),
        ("https://[::1]/x", "private"),
        ("https://[::ffff:10.0.0.1]/x", "private"),
        ("https://169.254.169.254/latest/meta-data", "private"),
        ("https://192.168.1.1", "private"),
        ("https://2130706433/", "private"),
        ("https://user:password@hooks.example.com", "a user name"),
        ("https://hooks.example.com/x#y", "a fragment"),
        ("ftp://hooks.example.com", "https://"),
        ("hooks.example.com", "https://"),
        ("", "https://"),
    ] {
        let answer = admin.mutate("set_webhook", json!({"url": url})).await;
        assert_says(&answer.assert_error("BAD_USER_INPUT"), &[part]);
    }
    // A name is resolved for each delivery, and its addresses are checked before the connection.
    let arguments = ["--webhook-networks", "10.0.0.0/8,fd00::/8"];
    let Scene { admin, writer, .. } = &Scene::on(Server::start_on(&Store::new(), &arguments).await).await;
    admin.set_webhook("http://localhost:1/x").await;
    writer.set("A", json!("the value of A")).await;
    let failed = delivery(admin, "it is refused", |newest| newest["error"].is_string()).await;
    assert_says(failed["error"].as_str().expect("a reason"), &["private", "webhook-networks"]);
    assert_fields(&failed, json!({"state": "pending", "status": null}));
}

#[tokio::test]
async fn restored_webhooks_are_paused_until_they_are_set_again() {
    let Scene { server, admin, writer, .. } = &scene().await;
    let receiver = Receiver::start().await;
    let key = admin.set_webhook(&receiver.url()).await;
    let file = server.store().back_up().await;
    let restored = Server::start_on(&server.store().restored(&file).await, &NETWORKS).await;
    let (admin, writer) = (admin.at(&restored), writer.at(&restored));
    let is_paused =
        async || admin.query("{ webhook { is_paused } }").await.data("/webhook/is_paused").clone();
    assert_eq!(is_paused().await, true);
    writer.set("A", json!("the value of A")).await;
    let answer = admin.query("mutation { test_webhook { success error } }").await;
    assert_says(&answer.refusal("test_webhook"), &["paused", "restored", "Set it again"]);
    // Longer than between two looks at the outbox.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(deliveries(&admin).await.len(), 1);
    assert_eq!((&deliveries(&admin).await[0]["attempts"], receiver.events().len()), (&json!(0), 0));

    admin.done("set_webhook", json!({"url": receiver.url()})).await;
    assert_eq!(is_paused().await, false);
    let events = receiver.receives(1).await;
    assert_eq!(events[0].about(), ("secret.set".to_owned(), Some("A".to_owned())));
    assert!(events[0].is_verified(&key).await, "it keeps its key");
}
