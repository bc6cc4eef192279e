//! The admin commands: on an empty folder and beside a running server.

use serde_json::json;
use strongroom_tests::team::LOG_IN;
use strongroom_tests::{Server, Store};

#[tokio::test]
async fn an_empty_folder_becomes_a_store_without_a_browser() {
    let store = Store::new();
    assert!(!store.data_dir().exists());
    let team = store.team("acme").await;
    let admin = team.person("administrator").await;
    let writer = team.new_key("user").await;
    let runner = team.new_key("runner").await;

    let mut server = store.serve().await;
    assert!(!server.printed().contains("set-up"), "somebody can log in already");
    server.with_key(&writer).set("A", json!("value of A")).await;
    assert_eq!(server.with_key(&runner).value("A").await, json!("value of A"));
    team.at(&server).log_in(&admin).await;
}

#[tokio::test]
async fn create_key_prints_the_key_and_only_the_key() {
    let store = Store::new();
    store.team("acme").await;
    let printed = store.admin(&["create-key", "--team", "acme", "--name", "k", "--role", "runner"]).await;
    store.must_stay_secret(printed.trim());
    assert!(printed.ends_with('\n') && printed.lines().count() == 1, "one line: {printed:?}");
    assert!(printed.starts_with("sr_") && !printed.trim_end().contains(char::is_whitespace), "{printed:?}");
}

#[tokio::test]
async fn beside_a_running_server_it_all_counts_at_once() {
    let server = Server::start().await;
    for slug in ["one", "two", "three"] {
        let team = server.team(slug).await;
        team.key("user").await.set("A", json!(slug)).await;
        assert_eq!(team.key("runner").await.value("A").await, json!(slug));
        team.session("read-only").await.names().await;
    }
}

#[tokio::test]
async fn commands_and_requests_do_not_get_in_each_others_way() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let writer = team.key("user").await;
    let requests = tokio::spawn({
        let writer = writer.clone();
        async move {
            for value in 0..40 {
                writer.set("A", json!(value)).await;
            }
        }
    });
    let (a, b, c) = tokio::join!(team.new_key("runner"), team.new_key("runner"), team.new_key("runner"));
    requests.await.expect("every set succeeds");
    for key in [a, b, c] {
        assert_eq!(server.with_key(&key).value("A").await, json!(39));
    }
}

/// Runs an admin command that has to fail, and expects `part` in what it says.
async fn check_refused(store: &Store, arguments: &[&str], part: &str) {
    let complaint = store.run(&[&["admin"], arguments].concat()).await.failed();
    assert!(complaint.contains(part), "{arguments:?} should name {part}: {complaint}");
    assert!(!complaint.contains("panicked"), "{complaint}");
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_by_name() {
    let store = Store::new();
    let team = store.team("acme").await;
    let person = team.person("user").await;
    let file = store.password_file("a good long password");
    let password = ["--password-file", &file];

    check_refused(&store, &["create-team", "--slug", "acme", "--name", "Again"], "slug").await;
    check_refused(
        &store,
        &["create-key", "--team", "missing", "--name", "k", "--role", "user"],
        "there is no team with the slug \"missing\"; there are: acme",
    )
    .await;
    check_refused(&store, &["create-key", "--team", "acme", "--name", "k", "--role", "owner"], "owner").await;
    let expires = ["create-key", "--team", "acme", "--name", "k", "--role", "user", "--expires", "soon"];
    check_refused(&store, &expires, "soon").await;

    let create = |email: &'static str, role: &'static str| {
        [&["create-user", "--team", "acme", "--email", email, "--role", role], &password[..]].concat()
    };
    check_refused(&store, &create("a@acme.example", "runner"), "runner").await;
    check_refused(&store, &create("a@acme.example", "owner"), "owner").await;
    check_refused(&store, &create("no address", "user"), "e-mail").await;
    let again =
        [&["create-user", "--team", "acme", "--email", &person.email, "--role", "user"], &password[..]]
            .concat();
    check_refused(&store, &again, "member").await;
    let unknown = [&["reset-password", "--email", "nobody@acme.example"], &password[..]].concat();
    check_refused(&store, &unknown, "no person").await;
    check_refused(&store, &["end-sessions", "--email", "nobody@acme.example"], "no person").await;
    check_refused(&store, &["create-everything"], "create-everything").await;
}

#[tokio::test]
async fn a_password_is_12_characters_at_least() {
    let store = Store::new();
    let team = store.team("acme").await;
    let person = team.person("user").await;
    for password in ["", "short", "elevenchars"] {
        let file = store.file(password);
        let file = file.to_str().expect("temporary paths are UTF-8");
        let create = [
            "create-user",
            "--team",
            "acme",
            "--email",
            "b@acme.example",
            "--role",
            "user",
            "--password-file",
            file,
        ];
        check_refused(&store, &create, "12").await;
        check_refused(&store, &["reset-password", "--email", &person.email, "--password-file", file], "12")
            .await;
    }
    let server = store.serve().await;
    team.at(&server).log_in(&person).await;
}

#[tokio::test]
async fn a_password_file_may_end_in_a_line_break() {
    let server = Server::start().await;
    server.team("acme").await;
    let file = server.store().password_file("a good long password\n");
    let create = [
        "create-user",
        "--team",
        "acme",
        "--email",
        "b@acme.example",
        "--role",
        "user",
        "--password-file",
        &file,
    ];
    server.admin(&create).await;
    let input = json!({"input": {"email": "b@acme.example", "password": "a good long password"}});
    server.nobody().graphql(LOG_IN, input).await.assert_success("log_in");
}

#[tokio::test]
async fn a_missing_password_file_is_named() {
    let store = Store::new();
    store.team("acme").await;
    let create = [
        "create-user",
        "--team",
        "acme",
        "--email",
        "b@acme.example",
        "--role",
        "user",
        "--password-file",
        "/no/file",
    ];
    check_refused(&store, &create, "/no/file").await;
}
