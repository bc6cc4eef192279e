//! Who is in the team: invitations and their links, roles, and leaving.

use serde_json::json;
use strongroom_tests::browser::{
    Browser,
    Target::{Button, Field, Link},
};
use strongroom_tests::page::{JoinPage, LogInPage, MembersPage, SecretsPage, TeamPage};
use strongroom_tests::{Client, Person};

use crate::Scene;

const LAST: &str = "The team needs an administrator: make someone else one first.";

/// An administrator who looks at the members.
async fn scene() -> Scene {
    let scene = Scene::new("administrator").await;
    scene.log_in().await;
    scene
}

#[tokio::test]
async fn a_link_is_shown_once_and_asked_about_before_it_is_lost() {
    let scene = scene().await;
    let browser = &scene.browser;
    let members = MembersPage::enter(browser).await;
    let dialog = members.invite().await;
    dialog.press("Create link").await;
    dialog.says("Type an email address.").await;
    dialog.fill("Email", "bob@acme.example").await;
    dialog.press("Create link").await;
    let link = dialog.value_of("Invitation link").await;
    let (address, token) = link.split_once("#token=").expect("the link ends in the token");
    assert_eq!(address, format!("{}/join", scene.server.url()));
    scene.server.store().must_stay_secret(token);
    dialog.press("Close").await;
    dialog.says("You have not copied the link.").await;
    dialog.press("Go back").await;
    dialog.copy("the invitation link").await;
    dialog.press("Close").await;
    dialog.closes().await;
    assert_eq!(browser.clipboard().await, link);
    browser.assert_forgets().await;
    members.lists("bob@acme.example", "User").await;

    // Another one takes its place.
    let dialog = members.invite().await;
    dialog.fill("Email", "bob@acme.example").await;
    dialog.says("Invited already.").await;
    dialog.choose("Role", "Read-only").await;
    dialog.press("Create link").await;
    let second = dialog.value_of("Invitation link").await;
    dialog.copy("the invitation link").await;
    dialog.press("Close").await;
    dialog.closes().await;
    members.lists("bob@acme.example", "Read-only").await;
    let bob = Browser::start(&scene.server).await;
    bob.open_url(&link).await;
    bob.reads("This invitation does not work any more.").await;
    JoinPage::open(&bob, &second).await.join("bob's long password").await;
    bob.close().await;
    scene.browser.close().await;
}

#[tokio::test]
async fn a_withdrawn_invitation_opens_nothing() {
    let scene = scene().await;
    let members = MembersPage::enter(&scene.browser).await;
    let link = members.invite_as("bob@acme.example", "User").await;
    let bob = Browser::start(&scene.server).await;
    let joining = JoinPage::open(&bob, &link).await;
    members.withdraw("bob@acme.example").await;
    scene.browser.no_longer_reads("bob@acme.example").await;
    joining.try_join("bob's long password", "bob's long password").await;
    bob.until("the refusal is told", async || {
        let alert = bob.script("return document.querySelector('[role=alert]')?.innerText ?? ''").await;
        Ok(alert.as_str().is_some_and(|alert| !alert.is_empty()).then_some(()))
    })
    .await;
    bob.open_url(&link).await;
    bob.reads("This invitation does not work any more.").await;
    bob.open("/join").await;
    bob.reads("This link has no invitation in it.").await;
    bob.close().await;
    scene.browser.close().await;
}

#[tokio::test]
async fn mistakes_while_joining_are_told_and_can_be_corrected() {
    let scene = scene().await;
    let link = MembersPage::enter(&scene.browser).await.invite_as("bob@acme.example", "User").await;
    let bob = Browser::start(&scene.server).await;
    let joining = JoinPage::open(&bob, &link).await;
    joining.try_join("too short", "too short").await;
    bob.reads("Use at least 12 characters.").await;
    joining.try_join("bob's long password", "bob's long passworD").await;
    bob.reads("The two passwords are not the same.").await;
    joining.join("bob's long password").await;
    bob.close().await;
    scene.browser.close().await;
}

#[tokio::test]
async fn who_has_an_account_joins_with_its_password_or_none() {
    let scene = scene().await;
    let other = scene.server.team("other").await;
    let (bob, eve) = (other.person("user").await, other.person("user").await);
    let members = MembersPage::enter(&scene.browser).await;
    let (for_bob, for_eve) =
        (members.invite_as(&bob.email, "User").await, members.invite_as(&eve.email, "User").await);

    let window = Browser::start(&scene.server).await;
    let joining = JoinPage::open(&window, &for_bob).await;
    window.reads("You have an account here already").await;
    joining.join_with(&bob.password).await;
    window.see(Button("Team menu: The acme team")).await;

    // Bob is logged in and opens what is meant for Eve.
    let joining = JoinPage::open(&window, &for_eve).await;
    window.reads("The invitation is for someone else").await;
    joining.join_with(&eve.password).await;
    window.press(Button("Account menu")).await;
    window.reads(&eve.email).await;
    window.press(Button("Log out")).await;
    LogInPage::seen(&window).await;

    // Who is logged in needs to prove nothing.
    let ann = other.person("user").await;
    let for_ann = members.invite_as(&ann.email, "Read-only").await;
    LogInPage::seen(&window).await.log_in(&ann).await;
    window.see(Button("Team menu: The other team")).await;
    JoinPage::open(&window, &for_ann).await;
    window.press(Button("Join")).await;
    SecretsPage::seen(&window).await;
    window.see(Button("Team menu: The acme team")).await;

    // Who has lost a laptop is logged out, wherever that is.
    scene.browser.reload().await;
    let dialog = members.end_sessions(&ann.email).await;
    dialog.says("Their API keys keep working.").await;
    dialog.press("End sessions").await;
    dialog.closes().await;
    scene.browser.says(&format!("{} is logged out everywhere.", ann.email)).await;
    window.press(Link("Members")).await;
    LogInPage::seen(&window).await;
    window.reads("Your session has ended. Please log in again.").await;
    window.close().await;
    scene.browser.close().await;
}

#[tokio::test]
async fn the_last_administrator_stays_one_and_is_told_why() {
    let scene = scene().await;
    let browser = &scene.browser;
    let members = MembersPage::enter(browser).await;
    let change = format!("Change the role of {}", scene.person.email);
    for button in [change.as_str(), "Leave the team"] {
        let button = browser.see(Button(button)).await;
        for (attribute, value) in [("aria-disabled", "true"), ("aria-description", LAST)] {
            let found = button.attr(attribute).await.expect("an attribute");
            assert_eq!(found.as_deref(), Some(value));
        }
        button.click().await.expect("it can be clicked");
    }
    assert!(!browser.text().await.contains("Leave the team?"));
    TeamPage::enter(browser).await;
    browser.reads(LAST).await;
    assert!(!browser.can_use("", Button("Leave team…")).await);

    let second = scene.team.person("administrator").await;
    let members_again = MembersPage::enter(browser).await;
    members_again.lists(&second.email, "Administrator").await;
    members.change_role(&scene.person.email, "User").await;
    members.lists(&scene.person.email, "User").await;
    assert!(!browser.shows(Link("Audit Log")).await, "they gave it away");
    scene.browser.close().await;
}

/// A member who has made a key with which a program reads.
async fn with_key(scene: &Scene) -> (Person, Client) {
    let second = scene.team.person("administrator").await;
    let session = scene.team.log_in(&second).await;
    let input = json!({"name": "nightly flows", "role": "runner"});
    let (_, program) = session.new_key(input).await;
    scene.writer.set("A", "the value of A".into()).await;
    assert_eq!(program.value("A").await, "the value of A");
    (second, program)
}

#[tokio::test]
async fn the_keys_of_who_is_removed_go_with_them() {
    let scene = scene().await;
    let (person, program) = with_key(&scene).await;
    let members = MembersPage::enter(&scene.browser).await;
    let dialog = members.remove(&person.email).await;
    dialog.says("Their API keys stop working at once:").await;
    dialog.says("nightly flows").await;
    dialog.press("Remove").await;
    dialog.closes().await;
    scene.browser.no_longer_reads(&person.email).await;
    program.try_value("A").await.assert_error("UNAUTHENTICATED");
    scene.browser.close().await;
}

#[tokio::test]
async fn the_keys_of_who_is_removed_can_be_kept_for_the_team() {
    let scene = scene().await;
    let (person, program) = with_key(&scene).await;
    let members = MembersPage::enter(&scene.browser).await;
    let dialog = members.remove(&person.email).await;
    dialog.tick("Keep the keys, as the team's own").await;
    dialog.says("Their API keys go on working and belong to the team:").await;
    dialog.press("Remove").await;
    dialog.closes().await;
    assert_eq!(program.value("A").await, "the value of A");
    let keys = strongroom_tests::page::ApiKeysPage::enter(&scene.browser).await;
    assert!(keys.row("nightly flows").await.contains("team's own"));
    scene.browser.close().await;
}

#[tokio::test]
async fn anybody_may_leave() {
    let scene = Scene::new("read-only").await;
    scene.log_in().await;
    let browser = &scene.browser;
    let dialog = TeamPage::enter(browser).await.leave().await;
    dialog.says("You lose access at once.").await;
    dialog.press("Leave").await;
    LogInPage::seen(browser).await.try_log_in(&scene.person.email, &scene.person.password).await;
    browser.reads("The e-mail address or the password is wrong.").await;
    browser.fill(Field("Password"), "").await;
    scene.browser.close().await;
}
