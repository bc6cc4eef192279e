//! The admin commands: on an empty directory and alongside a running server.

use serde_json::json;
use strongroom_tests::{Person, Store};

#[tokio::test]
async fn admin_commands_create_a_store_and_run_alongside_requests() {
    let store = Store::new();
    assert!(!store.data_dir().exists());
    let team = store.team("acme").await;
    let admin = team.person("administrator").await;
    let writer = team.new_key("user").await;
    let printed = store.admin(&["create-key", "--team", "acme", "--name", "k", "--role", "runner"]).await;
    let runner = printed.trim();
    store.must_stay_secret(runner);
    assert!(printed.ends_with('\n') && printed.lines().count() == 1, "the key alone: {printed:?}");
    assert!(runner.starts_with("sr_") && !runner.contains(char::is_whitespace), "{printed:?}");
    let mut server = store.serve().await;
    assert!(!server.printed().contains("set-up"), "somebody can log in already");
    let writer = server.with_key(&writer);
    writer.set("A", json!("value of A")).await;
    assert_eq!(server.with_key(runner).value("A").await, json!("value of A"));
    team.at(&server).log_in(&admin).await;
    // Commands run alongside requests.
    let requests = tokio::spawn(async move {
        for value in 0..40 {
            writer.set("A", json!(value)).await;
        }
    });
    let (a, b, c) = tokio::join!(team.new_key("runner"), team.new_key("runner"), team.new_key("runner"));
    requests.await.expect("every set succeeds");
    for key in [a, b, c] {
        assert_eq!(server.with_key(&key).value("A").await, json!(39));
    }
}

#[tokio::test]
async fn bad_arguments_and_passwords_are_refused_by_name() {
    let store = Store::new();
    let team = store.team("acme").await;
    let person = team.person("user").await;
    let email = &person.email;
    let good = store.password_file("a good long password");
    let user = |email: &str, role: &str, file: &str| {
        format!("create-user --team acme --email {email} --role {role} --password-file {file}")
    };
    let mut rows = vec![
        ("create-team --slug acme --name Again".to_owned(), "slug"),
        ("create-key --team missing --name k --role user".to_owned(), "slug \"missing\"; there are: acme"),
        ("create-key --team acme --name k --role owner".to_owned(), "owner"),
        ("create-key --team acme --name k --role user --expires soon".to_owned(), "soon"),
        (user("a@acme.example", "runner", &good), "Only API keys can read values"),
        (user("a@acme.example", "owner", &good), "owner"),
        (user("no-address", "user", &good), "email"),
        (user(email, "user", &good), "member"),
        (user("b@acme.example", "user", "/no/file"), "/no/file"),
        (format!("reset-password --email nobody@acme.example --password-file {good}"), "no person"),
        ("end-sessions --email nobody@acme.example".to_owned(), "no person"),
        ("create-everything".to_owned(), "create-everything"),
    ];
    for password in ["", "short", "elevenchars"] {
        let file = store.file(password).display().to_string();
        rows.push((user("b@acme.example", "user", &file), "12"));
        rows.push((format!("reset-password --email {email} --password-file {file}"), "12"));
    }
    for (command, part) in rows {
        let arguments: Vec<_> = ["admin"].into_iter().chain(command.split(' ')).collect();
        store.refused(&arguments, part).await;
    }
    // Only the line break at the end of a password file is not part of the password.
    let file = store.password_file("a good long password\n");
    let create = user("b@acme.example", "user", &file);
    store.admin(&create.split(' ').collect::<Vec<_>>()).await;
    let server = store.serve().await;
    let team = team.at(&server);
    team.log_in(&Person::new("b@acme.example", "a good long password")).await;
    team.log_in(&person).await;
}
