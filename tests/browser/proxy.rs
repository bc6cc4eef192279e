//! The page below a path, behind nginx with the documented configuration.

use strongroom_tests::browser::{Browser, Button, Field, Link};
use strongroom_tests::page::{
    AuditLogPage, JoinPage, LogInPage, MembersPage, SecretsPage, SetUpPage, enter, is_headed, log_out,
};
use strongroom_tests::provider::Provider;
use strongroom_tests::proxy::Proxy;
use strongroom_tests::{Machine, Person, Store, Team};

/// The documented configurations that keep the path and strip it.
fn lines() -> [&'static str; 2] {
    let text = include_str!("../../docs/operations.md");
    let blocks = text.split("```nginx\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.collect::<Vec<_>>().try_into().expect("two blocks")
}

async fn check(lines: &str, with_tls: bool) {
    let store = Store::new();
    let proxy = Proxy::start(&store, lines, with_tls).await;
    let mut server = proxy.serve(&[]).await;
    assert_eq!(server.url(), proxy.url());
    let ada = Person::new("ada@acme.example", "correct horse battery");
    store.must_stay_secret(&ada.password);
    server.set_up_token().await;
    let browser = Browser::start(&server).await;

    let page = SetUpPage::open(&browser, &server.set_up_link().await).await;
    page.create("Acme", &ada.email, &ada.password, &ada.password).await;
    SecretsPage::seen(&browser).await.store("FIRST", "text", "typed behind a proxy").await;
    for path in ["", "/", "/log-in"] {
        browser.open(path).await;
        SecretsPage::seen(&browser).await.lists(&["FIRST"]).await;
    }

    let exported = AuditLogPage::enter(&browser).await.export("Export CSV", "audit-log-acme.csv").await;
    assert!(exported.contains("create:secret"), "{exported}");
    let invitation = MembersPage::enter(&browser).await.invite_as("rob@acme.example", "User").await;
    assert!(invitation.starts_with(&format!("{}/join#token=", proxy.url())), "{invitation}");
    browser.press(Link("role")).await;
    is_headed(&browser, "Roles").await;
    browser.back().await;
    is_headed(&browser, "Members").await;
    browser.reload().await;
    is_headed(&browser, "Members").await;
    assert_eq!(browser.path().await, "/team/members");
    log_out(&browser).await;

    browser.open("/team/members").await;
    LogInPage::seen(&browser).await.try_log_in(&ada.email, &ada.password).await;
    browser.arrives_at("/team/members").await;
    enter(&browser, "Secrets").await;
    log_out(&browser).await;
    JoinPage::open(&browser, &invitation).await.join("an entirely new password").await;
    log_out(&browser).await;

    let team = Team::existing(&store, "acme");
    for (role, arguments, expected) in
        [("user", &["list"][..], "FIRST"), ("runner", &["get", "FIRST"], "typed behind a proxy")]
    {
        let mut machine = Machine::at(&server).with_key(&team.new_key(role).await);
        if let Some(certificate) = proxy.certificate() {
            machine = machine.with("SSL_CERT_FILE", certificate);
        }
        machine.run(arguments).await.prints(&[expected]);
        let doctor = machine.run(["doctor"]).await;
        let printed = doctor.printed();
        assert!(printed.contains(proxy.url()) && !printed.contains("✗ reachable"), "{doctor:?}");
    }
}

#[tokio::test]
async fn everything_works_behind_a_proxy_that_keeps_the_path() {
    check(lines()[0], false).await;
}

#[tokio::test]
async fn everything_works_behind_a_tls_proxy_that_strips_the_path() {
    check(lines()[1], true).await;
}

#[tokio::test]
async fn single_sign_on_returns_below_the_path() {
    for lines in lines() {
        let store = Store::new();
        let (provider, proxy) = (Provider::start(&store).await, Proxy::start(&store, lines, false).await);
        let server = proxy.serve(&[&provider.settings()[..], &["--oidc-name", "Acme ID"]].concat()).await;
        let person = server.team("acme").await.person("user").await;
        // The provider remembers its session in each browser.
        for (account, address) in [("ada", person.email.as_str()), ("eve", "eve@evil.example")] {
            provider.knows(account, address, true).await;
            let browser = Browser::start(&server).await;
            LogInPage::open(&browser).await;
            browser.press(Link("Continue with Acme ID")).await;
            browser.fill(Field("Account"), account).await;
            browser.press(Button("Continue")).await;
            if account == "ada" {
                SecretsPage::seen(&browser).await;
                log_out(&browser).await;
            } else {
                browser.reads("You are not a member of a team here.").await;
            }
        }
    }
}

#[tokio::test]
async fn a_password_of_the_proxy_does_not_affect_sessions() {
    let store = Store::new();
    let file = store.file("team:{PLAIN}door\n");
    let lines = format!("auth_basic Door;\nauth_basic_user_file {};\n{}", file.display(), lines()[0]);
    let proxy = Proxy::start(&store, &lines, false).await;
    let server = proxy.serve(&[]).await;
    let person = server.team("acme").await.person("user").await;
    let browser = Browser::start(&server).await;
    // The browser sends the password from now on.
    browser.open_url(&format!("{}/healthz", proxy.url().replace("://", "://team:door@"))).await;
    LogInPage::open(&browser).await.log_in(&person).await.store("A", "text", "typed behind a door").await;
    browser.reload().await;
    SecretsPage::seen(&browser).await.lists(&["A"]).await;
    log_out(&browser).await;
}
