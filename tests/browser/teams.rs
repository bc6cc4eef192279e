//! More than one team: created, switched, renamed, and each tab in its own.

use strongroom_tests::browser::{Button, Field};
use strongroom_tests::page::{Dialog, MembersPage, SecretsPage, TeamMenu, enter};
use strongroom_tests::{Client, Team};

use crate::Scene;

const ACME: &str = "The acme team";
const NEW: &str = "Acme Rockets";

async fn reader(scene: &Scene, slug: &str) -> Client {
    let team = Team::existing(scene.server.store(), slug).at(&scene.server);
    team.key("runner").await
}

#[tokio::test]
async fn a_new_team_has_its_own_secrets_and_each_tab_acts_in_the_team_that_it_shows() {
    let scene = Scene::with_secrets("administrator", &["OURS"]).await;
    let browser = &scene.browser;
    scene.log_in().await.lists(&["OURS"]).await;
    let menu = TeamMenu(browser);
    menu.open(ACME).await;
    let dialog = Dialog::of(browser, "New team…", "New team").await;
    dialog.fill("Team name", NEW).await;
    dialog.succeeds("Create team", &format!("{NEW} created. You are its administrator.")).await;
    menu.shows(NEW).await;
    let page = SecretsPage::seen(browser).await;
    browser.reads("Your team doesn't have any secrets yet.").await;
    assert_eq!(browser.title().await, format!("Secrets · {NEW} · Strongroom"));
    browser.press(Button("Dismiss")).await;
    page.store("THEIRS", "text", "the value of the rockets").await;
    assert_eq!(reader(&scene, "acme-rockets").await.names().await, ["THEIRS"]);
    assert_eq!(scene.runner.names().await, ["OURS"]);
    MembersPage::enter(browser).await.lists(&scene.person.email, "Administrator").await;

    menu.switch(NEW, ACME).await;
    let page = SecretsPage::open(browser).await;
    page.lists(&["OURS"]).await;
    browser.reload().await;
    menu.shows(ACME).await;

    // Another tab switches to the other team while a dialog is open in the first.
    let dialog = page.draft("FROM_THE_FIRST", "typed in the first tab").await;
    let first = browser.open_tab().await;
    let page = SecretsPage::open(browser).await;
    page.lists(&["OURS"]).await;
    menu.switch(ACME, NEW).await;
    SecretsPage::open(browser).await.lists(&["THEIRS"]).await;
    page.store("FROM_THE_SECOND", "text", "typed in the second tab").await;

    let second = browser.go_to_tab(&first).await;
    dialog.finish("Add secret").await;
    page.lists(&["FROM_THE_FIRST", "OURS"]).await;
    menu.shows(ACME).await;
    browser.go_to_tab(&second).await;
    menu.shows(NEW).await;
    page.store("SECOND_AGAIN", "text", "typed in the second tab").await;
    page.lists(&["FROM_THE_SECOND", "SECOND_AGAIN", "THEIRS"]).await;

    assert_eq!(scene.runner.names().await, ["FROM_THE_FIRST", "OURS"]);
    let names = reader(&scene, "acme-rockets").await.names().await;
    assert_eq!(names, ["FROM_THE_SECOND", "SECOND_AGAIN", "THEIRS"]);
}

#[tokio::test]
async fn a_team_is_renamed_and_its_short_name_is_unique() {
    let scene = Scene::with_secrets("administrator", &["OURS"]).await;
    let browser = &scene.browser;
    scene.log_in().await;
    enter(browser, "Team").await;
    browser.reads(&scene.writer.tenant_id().await).await;
    let dialog = Dialog::of(browser, "Rename", "Rename team").await;
    assert!(!dialog.can_press("Save").await);
    dialog.fill("Short name", "No Slug!").await;
    dialog.press("Save").await;
    dialog.assert_open().await;
    dialog.fill("Team name", NEW).await;
    dialog.fill("Short name", "rockets").await;
    dialog.succeeds("Save", "Team renamed.").await;
    TeamMenu(browser).shows(NEW).await;
    browser.reads("rockets").await;
    assert_eq!(scene.runner.value("OURS").await, "the value of OURS");
    assert_eq!(reader(&scene, "rockets").await.names().await, ["OURS"]);

    // The short name of a new team follows its name until the user types one, which must be unique.
    TeamMenu(browser).open(NEW).await;
    browser.press(Button("New team…")).await;
    browser.fill(Field("Team name"), "Über Rockets & Co").await;
    let slug = browser.value(Field("Short name")).await;
    let is_slug = slug.chars().all(|it| it.is_ascii_lowercase() || it == '-');
    assert!(is_slug && slug.contains("rockets"), "{slug}");
    browser.fill(Field("Short name"), "rockets").await;
    browser.press(Button("Create team")).await;
    browser.alert().await;
    browser.fill(Field("Short name"), "more-rockets").await;
    browser.press(Button("Create team")).await;
    TeamMenu(browser).shows("Über Rockets & Co").await;
}
