//! Trusted workloads: added with a preset, shown, tested, edited, removed.

use serde_json::json;
use strongroom_tests::browser::{Browser, Button};
use strongroom_tests::issuer::{self, Issuer};
use strongroom_tests::page::{Dialog, SecretsPage, TrustedWorkloadsPage};
use strongroom_tests::{Machine, assert_says};

use crate::Scene;

const SETTINGS: &str = "//pre[@aria-label='Settings']";

async fn assert_has(dialog: &Dialog<'_>, settings: &str, lines: &[&str]) {
    dialog.press(settings).await;
    assert_says(&dialog.text_of(SETTINGS).await, lines);
}

/// The dialog forgets the token.
async fn assert_tests(dialog: &Dialog<'_>, token: &str, outcome: &str) {
    dialog.fill("Token", token).await;
    dialog.press("Test the token").await;
    dialog.says(outcome).await;
    assert_eq!(dialog.value_of("Token").await, "");
}

#[tokio::test]
async fn a_workflow_is_trusted_tested_edited_and_removed() {
    let scene = Scene::with_secrets("administrator", &["DB_URL"]).await;
    let browser = &scene.browser;
    scene.log_in().await;
    let page = TrustedWorkloadsPage::enter(browser).await;
    browser.see(Button("Trust your first workload")).await;

    let dialog = page.trust().await;
    dialog.refuses("Trust workload", "Enter a repository, such as acme/app.").await;
    dialog.says("Name the workload.").await;
    dialog.says("Anyone who can push to this repository can log in.").await;
    dialog.says(&format!("Tokens must be for {}", scene.server.url())).await;
    dialog.press("Change audience").await;
    assert_eq!(dialog.value_of("Audiences").await, scene.server.url());
    dialog.fill("Repository", "*/app").await;
    dialog.says("A * can only be the last character.").await;
    dialog.fill("Repository", "acme/app").await;
    assert_eq!(dialog.value_of("Name").await, "app");
    dialog.discard().await;

    // The name follows, and the settings are ready to paste.
    let dialog = page.trust_workflow("acme/app", "main").await;
    dialog.says("acme/app-main").await;
    let audience = format!("jwtGithubAudience: {}", scene.server.url());
    let settings = [&*audience, "role: acme/app-main", "secret/data/DB_URL value"];
    assert_has(&dialog, "vault-action", &settings).await;
    assert_has(&dialog, "strongroom", &["--role acme/app-main", "id-token: write"]).await;
    dialog.copy("the settings").await;
    assert!(browser.clipboard().await.contains("strongroom run"));
    dialog.finish("Close").await;
    let parts = ["GitHub Actions", "repository = acme/app", "ref = refs/heads/main", "Runner", "never"];
    assert_says(&page.row("app-main").await, &parts);

    // What is no token fails, and is not kept.
    let token = "bm8.dG9rZW4.YXQ-YWxs";
    browser.store().must_stay_secret(token);
    let dialog = page.test("app-main").await;
    dialog.refuses("Test the token", "Paste a token.").await;
    assert_tests(&dialog, token, "This token can't log in.").await;
    dialog.says("Signature").await;
    dialog.finish("Close").await;
    browser.assert_forgets().await;

    let dialog = page.edit("app-main").await;
    assert!(!dialog.can_press("Save").await);
    assert_eq!(dialog.value_of("Branch").await, "main");
    dialog.says("Saving ends the current logins.").await;
    dialog.fill("Name", "other").await;
    dialog.says("Programs that use acme/app-main can't log in any more.").await;
    dialog.fill("Name", "app-main").await;
    dialog.no_longer_says("can't log in any more").await;
    dialog.fill("Branch", "").await;
    dialog.fill("Environment", "production").await;
    dialog.fill("Limit to secrets", "DB_*").await;
    dialog.choose("Logins last", "5 minutes").await;
    dialog.succeeds("Save", "Trust updated.").await;
    browser.reads("environment = production").await;
    assert_says(&page.row("app-main").await, &["DB_*"]);
    let dialog = page.how_to_log_in("app-main").await;
    dialog.says("5 minutes").await;
    assert_has(&dialog, "vault-action", &["environment: production"]).await;
    dialog.finish("Close").await;

    // A change elsewhere is overwritten only after confirmation.
    let dialog = page.edit("app-main").await;
    dialog.fill("Environment", "staging").await;
    let elsewhere = async |tab: &Browser| {
        SecretsPage::open(tab).await;
        let dialog = TrustedWorkloadsPage::enter(tab).await.edit("app-main").await;
        dialog.choose("Logins last", "1 hour").await;
        dialog.succeeds("Save", "Trust updated.").await;
    };
    browser.in_another_tab(elsewhere).await;
    let changed = "Somebody else has changed this in the meantime. Try again to overwrite it.";
    dialog.refuses("Save", changed).await;
    dialog.succeeds("Save", "Trust updated.").await;
    browser.reads("environment = staging").await;

    page.remove("app-main").await.succeeds("Remove trust", "Trust removed.").await;
    browser.see(Button("Trust your first workload")).await;
}

#[tokio::test]
async fn another_issuer_is_trusted_and_its_workload_logs_in() {
    let scene = Scene::with("administrator", &issuer::NETWORKS).await;
    let browser = &scene.browser;
    let issuer = Issuer::start(scene.server.store()).await;
    scene.writer.set("DB_URL", "the value of DB_URL".into()).await;
    scene.log_in().await;
    let page = TrustedWorkloadsPage::enter(browser).await;
    let dialog = page.trust().await;
    dialog.choose("Workload", "Kubernetes").await;
    dialog.fill("Namespace", "shop").await;
    dialog.fill("Service account", "web").await;
    dialog.refuses("Trust workload", "Paste the public keys.").await;

    // Another preset has another issuer, but a typed one stays.
    dialog.choose("Workload", "Other").await;
    assert_eq!(dialog.value_of("Issuer").await, "");
    dialog.fill("Issuer", issuer.url()).await;
    dialog.choose("Workload", "GitLab CI").await;
    dialog.choose("Workload", "Other").await;
    assert_eq!(dialog.value_of("Issuer").await, issuer.url());
    dialog.fill("Claims", "sub").await;
    dialog.refuses("Trust workload", "Write “sub” as claim = value.").await;
    dialog.fill("Claims", "pipeline = acme/*").await;
    dialog.fill("Name", "web").await;
    dialog.press("Trust workload").await;
    let dialog = Dialog::titled(browser, "Workload trusted").await;
    let settings = ["export STRONGROOM_ROLE=acme/web", "strongroom run -- ./server"];
    assert_has(&dialog, "strongroom", &settings).await;
    assert_has(&dialog, "curl", &["/v1/auth/jwt/login"]).await;
    let settings = dialog.text_of(SETTINGS).await;
    dialog.finish("Close").await;
    assert_says(&page.row("web").await, &["pipeline = acme/*", "never"]);

    // The settings log in, and so does our own command line.
    let claims = json!({"sub": "a job of acme", "pipeline": "acme/app", "aud": scene.server.url()});
    let token = issuer.token(claims).await;
    let path = std::env::var("PATH").expect("there is a PATH");
    let machine = Machine::at(&scene.server).with("PATH", path).with("TOKEN", &token);
    machine.run_program("bash", ["-c", &settings]).await.prints(&["client_token"]);
    let machine = machine.with("STRONGROOM_ROLE", "acme/web").with("STRONGROOM_ID_TOKEN", &token);
    assert_eq!(machine.run(["get", "DB_URL"]).await.succeeded().printed(), "the value of DB_URL");

    browser.reload().await;
    browser.reads("a job of acme").await;
    let dialog = page.how_to_log_in("web").await;
    dialog.says("Last logins").await;
    dialog.finish("Close").await;
    let dialog = page.test("web").await;
    assert_tests(&dialog, &token, "This token can log in.").await;
    dialog.finish("Close").await;
    browser.assert_forgets().await;

    // A change ends the logins.
    let dialog = page.edit("web").await;
    dialog.fill("Claims", "pipeline = acme/other").await;
    dialog.succeeds("Save", "Trust updated.").await;
    browser.reads("pipeline = acme/other").await;
    let dialog = page.how_to_log_in("web").await;
    dialog.says("ended").await;
    dialog.finish("Close").await;
    let dialog = page.test("web").await;
    assert_tests(&dialog, &token, "This token can't log in.").await;
    dialog.says("Claim pipeline").await;
    dialog.finish("Close").await;
}
