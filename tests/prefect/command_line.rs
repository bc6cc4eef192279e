//! `prefect auth …`, Prefect's own command line.

use std::fs;

use strongroom_tests::python::{Ask, Prefect};
use strongroom_tests::store::Ran;
use strongroom_tests::{Server, Team, assert_says};

async fn scene() -> (Server, Team, Prefect) {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let prefect = Prefect::at(&server);
    (server, team, prefect)
}

async fn auth(prefect: &Prefect, arguments: &str) -> Ran {
    let words: Vec<&str> = ["auth"].into_iter().chain(arguments.split(' ')).collect();
    prefect.command(&words).await
}

async fn says(prefect: &Prefect, arguments: &str, part: &str) -> String {
    let printed = auth(prefect, arguments).await.succeeded();
    assert_says(&printed, &[part]);
    printed
}

async fn fails(prefect: &Prefect, arguments: &str, part: &str) {
    assert_says(&auth(prefect, arguments).await.failed(), &[part]);
}

async fn log_in(prefect: &Prefect, key: &str) {
    let tenant = "Logged in to Prefect Cloud tenant 'The acme team' (acme)";
    says(prefect, &format!("login --key {key}"), tenant).await;
}

#[tokio::test]
async fn login_saves_the_key_errors_are_prefects_own_and_teams_are_listed_and_switched() {
    let (server, team, prefect) = scene().await;
    says(&prefect, "status", "You are not logged in!").await;
    for key in ["sr_unknown_unknown", "12345"] {
        let told = auth(&prefect, &format!("login --key {key}")).await.failed();
        assert_says(&told, &["Unauthorized. Invalid Prefect Cloud API key."]);
        assert!(!told.contains("Traceback"), "{told}");
    }
    let key = team.new_key("runner").await;
    log_in(&prefect, &key).await;
    let saved = fs::read_to_string(prefect.home().join(".prefect/auth.toml")).expect("login writes it");
    assert_says(&saved, &[&key, "tenant_id"]);
    let user = team.key("user").await;
    let status = says(&prefect, "status", &format!("You are connecting to {}", server.url())).await;
    assert_says(&status, &[&format!("You are logged in to tenant {}", user.tenant_id().await)]);
    user.set("A", "the value".into()).await;
    let [get] = prefect.ask([Ask::Get("A")]).await;
    assert_eq!(get.returned(), "'the value'");

    for arguments in ["create-key --name laptop", "list-keys"] {
        assert_says(&auth(&prefect, arguments).await.failed(), &["FORBIDDEN"]);
    }

    // Teams are listed and switched.
    server.team("other").await;
    log_in(&prefect, &team.new_key("user").await).await;
    let tenant = user.tenant_id().await;
    let listed = says(&prefect, "list-tenants", &tenant).await;
    let rows: Vec<&str> = listed.lines().collect();
    assert_eq!(rows.len(), 2, "a heading and the key's team: {listed}");
    assert_says(rows[1], &["The acme team", "acme", &tenant]);
    assert!(rows[1].trim_end().ends_with('*'), "the current one is marked: {listed}");

    for switch in ["--slug acme".to_owned(), format!("--id {tenant}")] {
        let switched = format!("Tenant switched to {tenant}");
        says(&prefect, &format!("switch-tenants {switch}"), &switched).await;
    }
    let restored = format!("Tenant restored to the default tenant for your API key: {tenant}");
    says(&prefect, "switch-tenants --default", &restored).await;
    fails(&prefect, "switch-tenants --slug other", "No matching tenant found for slug 'other'").await;
}

fn id_of(listed: &str, name: &str) -> String {
    let row = listed.lines().find(|line| line.starts_with(name));
    let mut words = row.unwrap_or_else(|| panic!("{name} in {listed}")).split_whitespace();
    let id = words.find(|word| word.len() == 36 && word.matches('-').count() == 4);
    id.unwrap_or_else(|| panic!("an id in {listed}")).to_owned()
}

#[tokio::test]
async fn keys_are_created_listed_and_revoked() {
    let (server, team, prefect) = scene().await;
    log_in(&prefect, &team.new_key("administrator").await).await;

    let key = says(&prefect, "create-key --name laptop --quiet", "sr_").await;
    let key = key.trim();
    assert!(key.starts_with("sr_"), "{key}");
    let laptop = Prefect::at(&server).with_key(key);
    let [set] = laptop.ask([Ask::Set("A", "'the value'")]).await;
    assert_eq!(set.returned(), "None");
    says(&prefect, "create-key -n temporary -e 2099-1-1", "Successfully created key: sr_").await;

    let listed = says(&prefect, "list-keys", "laptop").await;
    assert!(!listed.contains(key), "keys are shown once");
    for (name, expires) in [("laptop", "NEVER"), ("temporary", "2099-01-01")] {
        let mut lines = listed.lines();
        assert!(lines.any(|line| line.starts_with(name) && line.contains(expires)), "{listed}");
    }

    let revoke = format!("revoke-key --id {}", id_of(&listed, "laptop"));
    says(&prefect, &revoke, "Key successfully revoked!").await;
    let [set] = laptop.ask([Ask::Set("A", "'the value'")]).await;
    assert_eq!(set.raised(), "AuthorizationError");
    fails(&prefect, &revoke, "Unable to revoke key").await;

    let revoke_own = format!("revoke-key --id {}", id_of(&listed, "administrator key"));
    says(&prefect, &revoke_own, "Key successfully revoked!").await;
    fails(&prefect, "list-tenants", "You are not authenticated. Use `prefect auth login` first.").await;
    says(&prefect, "status", "You are authenticating with an API key").await;
}

#[tokio::test]
async fn a_machine_can_log_in_to_two_servers() {
    let (_first, team, prefect) = scene().await;
    let (second, second_team, _) = scene().await;
    let there = prefect.with("PREFECT__CLOUD__API", second.url());
    for (prefect, team, value) in [(&prefect, &team, "of the first"), (&there, &second_team, "of the second")]
    {
        log_in(prefect, &team.new_key("runner").await).await;
        team.key("user").await.set("A", value.into()).await;
    }
    let ([here], [there]) = (prefect.ask([Ask::Get("A")]).await, there.ask([Ask::Get("A")]).await);
    assert_eq!((here.returned(), there.returned()), ("'of the first'", "'of the second'"));
}
