//! Members: invitations and their links, roles, and leaving.

use serde_json::json;
use strongroom_tests::browser::{Browser, Button, Field, Link};
use strongroom_tests::page::{
    ApiKeysPage, Dialog, JoinPage, LogInPage, MembersPage, SecretsPage, enter, log_out,
};
use thirtyfour::Key;

use crate::Scene;

const LAST: &str = "The team needs an administrator. Make someone else an administrator first.";
const BOB: &str = "bob@acme.example";

async fn scene() -> Scene {
    let scene = Scene::new("administrator").await;
    scene.log_in().await;
    scene
}

#[tokio::test]
async fn a_link_is_shown_once_and_a_replaced_or_withdrawn_one_is_refused() {
    let scene = scene().await;
    let browser = &scene.browser;
    let members = MembersPage::enter(browser).await;
    let dialog = members.invite().await;
    dialog.refuses("Create link", "Type an email address.").await;
    dialog.fill("Email", BOB).await;
    let link = members.create_link(&dialog).await;
    assert!(link.starts_with(&format!("{}/join#token=", scene.server.url())), "{link}");
    dialog.refuses("Close", "You have not copied the link.").await;
    dialog.press("Go back").await;
    // By hand, too.
    browser.press(Field("Invitation link")).await;
    browser.keys(Key::Control + "c").await;
    dialog.finish("Close").await;
    assert_eq!(browser.clipboard().await, link);
    browser.assert_forgets().await;
    members.lists(BOB, "User").await;

    let dialog = members.invite().await;
    dialog.fill("Email", BOB).await;
    dialog.says("Already invited.").await;
    dialog.choose("Role", "Read-only").await;
    let second = members.create_link(&dialog).await;
    dialog.copy("the invitation link").await;
    dialog.finish("Close").await;
    members.lists(BOB, "Read-only").await;
    let bob = Browser::start(&scene.server).await;
    bob.open_url(&link).await;
    bob.reads("This invitation is no longer valid.").await;
    let joining = JoinPage::open(&bob, &second).await;
    joining.try_join("too short", "too short").await;
    bob.reads("Use at least 12 characters.").await;
    joining.try_join("bob's long password", "bob's long passworD").await;
    bob.reads("The two passwords don't match.").await;
    joining.join("bob's long password").await;
    log_out(&bob).await;

    let link = members.invite_as("rob@acme.example", "User").await;
    let joining = JoinPage::open(&bob, &link).await;
    let dialog = members.withdraw("rob@acme.example").await;
    dialog.succeeds("Withdraw invitation", "Invitation withdrawn.").await;
    browser.no_longer_reads("rob@acme.example").await;
    joining.try_join("rob's long password", "rob's long password").await;
    bob.alert().await;
    bob.open_url(&link).await;
    bob.reads("This invitation is no longer valid.").await;
    bob.open("/join").await;
    bob.reads("This link contains no invitation.").await;
}

#[tokio::test]
async fn existing_users_join_with_their_password_or_their_session() {
    let scene = scene().await;
    let other = scene.server.team("other").await;
    let (bob, eve, ann) =
        (other.person("user").await, other.person("user").await, other.person("user").await);
    let members = MembersPage::enter(&scene.browser).await;
    let for_bob = members.invite_as(&bob.email, "User").await;
    let for_eve = members.invite_as(&eve.email, "User").await;
    let for_ann = members.invite_as(&ann.email, "Read-only").await;

    let window = Browser::start(&scene.server).await;
    let joining = JoinPage::open(&window, &for_bob).await;
    window.reads("You already have an account here").await;
    joining.join_with(&bob.password).await;
    window.see(Button("Team menu: The acme team")).await;

    // Bob is logged in and opens Eve's link.
    let joining = JoinPage::open(&window, &for_eve).await;
    window.reads("This invitation is for another account").await;
    joining.join_with(&eve.password).await;
    window.press(Button("Account menu")).await;
    window.reads(&eve.email).await;
    window.press(Button("Log out")).await;

    // Ann is logged in and needs no password.
    LogInPage::seen(&window).await.log_in(&ann).await;
    window.see(Button("Team menu: The other team")).await;
    JoinPage::open(&window, &for_ann).await;
    window.press(Button("Join")).await;
    SecretsPage::seen(&window).await;
    window.see(Button("Team menu: The acme team")).await;

    // An administrator ends all of a member's sessions.
    scene.browser.reload().await;
    let dialog = members.end_sessions(&ann.email).await;
    dialog.says("Their API keys keep working.").await;
    dialog.succeeds("End sessions", &format!("{} is logged out everywhere.", ann.email)).await;
    LogInPage::after_a_session(&window).await;
}

#[tokio::test]
async fn a_removed_members_keys_are_revoked_or_kept_and_the_last_administrator_must_stay() {
    let scene = scene().await;
    let browser = &scene.browser;
    scene.writer.set("A", "the value of A".into()).await;
    for keep in [false, true] {
        let person = scene.team.person("administrator").await;
        let session = scene.team.log_in(&person).await;
        let name = format!("nightly flows, kept: {keep}");
        let (_, program) = session.new_key(json!({"name": name, "role": "runner"})).await;
        assert_eq!(program.value("A").await, "the value of A");
        browser.reload().await;
        let dialog = MembersPage::enter(browser).await.remove(&person.email).await;
        dialog.says("Their API keys stop working immediately:").await;
        dialog.says(&name).await;
        if keep {
            dialog.tick("Hand the keys over to the team").await;
            dialog.says("Their API keys keep working and belong to the team:").await;
        }
        dialog.finish("Remove member").await;
        if keep {
            assert_eq!(program.value("A").await, "the value of A");
            assert!(ApiKeysPage::enter(browser).await.row(&name).await.contains("team-owned"));
        } else {
            browser.no_longer_reads(&person.email).await;
            program.try_value("A").await.assert_error("UNAUTHENTICATED");
        }
    }

    let members = MembersPage::enter(browser).await;
    let change = format!("Change the role of {}", scene.person.email);
    for button in [change.as_str(), "Leave the team"] {
        let disabled = [("aria-disabled", "true"), ("aria-description", LAST)];
        browser.assert_attributes(Button(button), &disabled).await;
        browser.see(Button(button)).await.click().await.expect("it can be clicked");
    }
    assert!(!browser.text().await.contains("Leave the team?"));
    enter(browser, "Team").await;
    browser.reads(LAST).await;
    assert!(!browser.can_use(Button("Leave team…")).await);

    let second = scene.team.person("administrator").await;
    enter(browser, "Members").await;
    members.lists(&second.email, "Administrator").await;
    members.change_role(&scene.person.email, "User").await;
    members.lists(&scene.person.email, "User").await;
    assert!(!browser.shows(Link("Audit log")).await, "the new role can't see it");

    enter(browser, "Team").await;
    let dialog = Dialog::of(browser, "Leave team…", "Leave the team?").await;
    dialog.says("You lose access immediately").await;
    dialog.press("Leave team").await;
    LogInPage::seen(browser).await.refuses(&scene.person.email, &scene.person.password).await;
    browser.fill(Field("Password"), "").await;
}
