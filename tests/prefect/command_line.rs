//! `prefect auth …`, the command line that people log in with.

use std::fs;

use strongroom_tests::python::{Ask, Prefect};
use strongroom_tests::{Server, Team, assert_says};

struct Scene {
    server: Server,
    team: Team,
    prefect: Prefect,
}

async fn scene() -> Scene {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let prefect = Prefect::at(&server);
    Scene { server, team, prefect }
}

async fn log_in(prefect: &Prefect, key: &str) {
    let printed = prefect.command(&["auth", "login", "--key", key]).await.succeeded();
    assert_says(&printed, &["Logged in to Prefect Cloud tenant 'The acme team' (acme)"]);
}

#[tokio::test]
async fn log_in_keeps_the_key_on_the_machine_and_mistakes_are_told_in_prefects_words() {
    let Scene { server, team, prefect } = scene().await;
    let status = prefect.command(&["auth", "status"]).await.succeeded();
    assert_says(&status, &["You are not logged in!"]);
    for key in ["sr_unknown_unknown", "12345"] {
        let told = prefect.command(&["auth", "login", "--key", key]).await.failed();
        assert_says(&told, &["Unauthorized. Invalid Prefect Cloud API key."]);
        assert!(!told.contains("Traceback"), "{told}");
    }
    let key = team.new_key("runner").await;
    log_in(&prefect, &key).await;
    let saved = fs::read_to_string(prefect.home().join(".prefect/auth.toml")).expect("log-in writes it");
    assert_says(&saved, &[&key, "tenant_id"]);
    let user = team.key("user").await;
    let status = prefect.command(&["auth", "status"]).await.succeeded();
    let tenant = user.tenant_id().await;
    let parts = [("connecting to", server.url()), ("logged in to tenant", &tenant)];
    for (what, place) in parts {
        assert_says(&status, &[&format!("You are {what} {place}")]);
    }
    user.set("A", "the value".into()).await;
    let [get] = prefect.ask([Ask::Get("A")]).await;
    assert_eq!(get.returned(), "'the value'");

    // Someone who may not make keys is told so.
    for arguments in [&["auth", "create-key", "--name", "laptop"][..], &["auth", "list-keys"]] {
        let told = prefect.command(arguments).await.failed();
        assert_says(&told, &["FORBIDDEN"]);
    }
}

fn id_of(listed: &str, name: &str) -> String {
    let row =
        listed.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {listed}"));
    let id = row.split_whitespace().find(|word| word.len() == 36 && word.matches('-').count() == 4);
    id.unwrap_or_else(|| panic!("an id in {row}")).to_owned()
}

#[tokio::test]
async fn teams_are_listed_and_switched() {
    let Scene { server, team, prefect } = scene().await;
    server.team("other").await;
    log_in(&prefect, &team.new_key("user").await).await;
    let tenant = team.key("user").await.tenant_id().await;

    let listed = prefect.command(&["auth", "list-tenants"]).await.succeeded();
    let rows: Vec<&str> = listed.lines().collect();
    assert_eq!(rows.len(), 2, "a heading and the own team: {listed}");
    assert_says(rows[1], &["The acme team", "acme", &tenant]);
    assert!(rows[1].trim_end().ends_with('*'), "the current one is marked: {listed}");

    let switched = prefect.command(&["auth", "switch-tenants", "--slug", "acme"]).await.succeeded();
    assert_says(&switched, &[&format!("Tenant switched to {tenant}")]);
    let switched = prefect.command(&["auth", "switch-tenants", "--id", &tenant]).await.succeeded();
    assert_says(&switched, &[&format!("Tenant switched to {tenant}")]);
    let switched = prefect.command(&["auth", "switch-tenants", "--default"]).await.succeeded();
    assert_says(&switched, &[&format!("Tenant restored to the default tenant for your API key: {tenant}")]);

    let refused = prefect.command(&["auth", "switch-tenants", "--slug", "other"]).await.failed();
    assert_says(&refused, &["No matching tenant found for slug 'other'"]);
}

#[tokio::test]
async fn keys_are_made_listed_and_revoked() {
    let Scene { server, team, prefect } = scene().await;
    log_in(&prefect, &team.new_key("administrator").await).await;

    let key = prefect.command(&["auth", "create-key", "--name", "laptop", "--quiet"]).await.succeeded();
    let key = key.trim();
    assert!(key.starts_with("sr_"), "{key}");
    let made = Prefect::at(&server).with_key(key);
    let [set] = made.ask([Ask::Set("A", "'the value'")]).await;
    assert_eq!(set.returned(), "None");

    let told =
        prefect.command(&["auth", "create-key", "-n", "till then", "-e", "2099-1-1"]).await.succeeded();
    assert_says(&told, &["Successfully created key: sr_"]);

    let listed = prefect.command(&["auth", "list-keys"]).await.succeeded();
    assert!(!listed.contains(key), "keys are shown once");
    assert!(
        listed.lines().any(|line| line.starts_with("laptop") && line.trim_end().ends_with("NEVER")),
        "{listed}"
    );
    assert!(
        listed.lines().any(|line| line.starts_with("till then") && line.contains("2099-01-01")),
        "{listed}"
    );

    let id = id_of(&listed, "laptop");
    let printed = prefect.command(&["auth", "revoke-key", "--id", &id]).await.succeeded();
    assert_says(&printed, &["Key successfully revoked!"]);
    let [set] = made.ask([Ask::Set("A", "'the value'")]).await;
    assert_eq!(set.raised(), "AuthorizationError");
    let told = prefect.command(&["auth", "revoke-key", "--id", &id]).await.failed();
    assert_says(&told, &["Unable to revoke key"]);

    // Who has revoked their own key is told so in Prefect's words.
    let id = id_of(&listed, "administrator key");
    let printed = prefect.command(&["auth", "revoke-key", "--id", &id]).await.succeeded();
    assert_says(&printed, &["Key successfully revoked!"]);
    let told = prefect.command(&["auth", "list-tenants"]).await.failed();
    assert_says(&told, &["You are not authenticated. Use `prefect auth login` first."]);
    let status = prefect.command(&["auth", "status"]).await.succeeded();
    assert_says(&status, &["You are authenticating with an API key"]);
}

#[tokio::test]
async fn a_machine_can_log_in_to_two_servers() {
    let Scene { server: _first, team, prefect } = scene().await;
    let second = Server::start().await;
    let second_team = second.team("acme").await;
    let there = prefect.with("PREFECT__CLOUD__API", second.url());
    log_in(&prefect, &team.new_key("runner").await).await;
    log_in(&there, &second_team.new_key("runner").await).await;

    team.key("user").await.set("A", "of the first".into()).await;
    second_team.key("user").await.set("A", "of the second".into()).await;
    let ([here], [there]) = (prefect.ask([Ask::Get("A")]).await, there.ask([Ask::Get("A")]).await);
    assert_eq!((here.returned(), there.returned()), ("'of the first'", "'of the second'"));
}
