//! A team as it is run: somebody is invited, joins, gets more to do, does it, and leaves, all of it in the audit log.

use strongroom_tests::browser::{Browser, Button, Field, Link};
use strongroom_tests::page::{AuditLogPage, JoinPage, LogInPage, MembersPage, SecretsPage};

use crate::Scene;

#[tokio::test]
async fn a_person_comes_works_and_goes() {
    let scene = Scene::new("administrator").await;
    scene.writer.set("A", "the value of A".into()).await;
    let (ada, bob) = (&scene.browser, &Browser::start(&scene.server).await);
    scene.log_in().await;
    let members = MembersPage::enter(ada).await;
    let link = members.invite_as("bob@acme.example", "Read-only").await;
    ada.reads("Pending invitations").await;

    // Bob joins: he sees names and can do nothing with them.
    let joining = JoinPage::open(bob, &link).await;
    assert_eq!(bob.path().await, "/join", "the token leaves the address bar at once");
    bob.reads("The acme team").await;
    bob.reads("You are invited to join as Read-only.").await;
    let page = joining.join("bob's long password").await;
    page.lists(&["A"]).await;
    bob.reads("You can't manage this team's secrets.").await;
    for button in ["Add secret", "Modify secret A", "Delete secret A"] {
        assert!(!bob.shows(Button(button)).await, "{button}");
    }
    assert!(!bob.shows(Link("Audit log")).await);

    // Ada makes him a user, and goes to watch.
    ada.reload().await;
    members.lists("bob@acme.example", "Read-only").await;
    ada.no_longer_reads("Pending invitations").await;
    members.change_role("bob@acme.example", "User").await;
    members.lists("bob@acme.example", "User").await;
    let log = AuditLogPage::enter(ada).await;
    log.shows("bob@acme.example added the member bob@acme.example").await;

    bob.reload().await;
    let page = SecretsPage::seen(bob).await;
    page.store("FROM_BOB", "text", "what Bob knows").await;
    assert_eq!(scene.runner.value("FROM_BOB").await, "what Bob knows");
    log.shows("bob@acme.example set the new secret FROM_BOB").await;
    for entry in [
        format!("{} invited bob@acme.example", scene.person.email),
        format!("{} changed the role of bob@acme.example", scene.person.email),
        "bob@acme.example logged in".to_owned(),
    ] {
        log.shows(&entry).await;
    }

    // He is removed, and is out at his next click.
    let members = MembersPage::enter(ada).await;
    let dialog = members.remove("bob@acme.example").await;
    dialog.says("They have no API keys in this team.").await;
    dialog.finish("Remove member").await;
    ada.says("bob@acme.example is no longer in the team.").await;
    bob.press(Link("Members")).await;
    LogInPage::seen(bob).await;
    bob.reads("Your session has ended. Please log in again.").await;
    LogInPage::seen(bob).await.try_log_in("bob@acme.example", "bob's long password").await;
    bob.reads("The email address or the password is wrong.").await;
    bob.fill(Field("Password"), "").await;
    let log = AuditLogPage::enter(ada).await;
    log.shows(&format!("{} removed the member bob@acme.example", scene.person.email)).await;
    scene.browser.assert_forgets().await;
    bob.assert_forgets().await;
}

#[tokio::test]
async fn who_gains_or_loses_permissions_sees_it_at_the_next_action() {
    let scene = Scene::new("administrator").await;
    scene.writer.set("A", "the value of A".into()).await;
    let user = scene.team.person("user").await;
    let bob = Browser::start(&scene.server).await;
    let page = LogInPage::open(&bob).await.log_in(&user).await;
    page.lists(&["A"]).await;
    scene.log_in().await;
    let members = MembersPage::enter(&scene.browser).await;
    members.change_role(&user.email, "Read-only").await;

    let dialog = page.delete("A").await;
    dialog.press("Delete secret").await;
    dialog.says("Unauthorized: the role read-only lacks the permission delete:secret.").await;
    dialog.finish("Cancel").await;
    bob.reads("You can't manage this team's secrets.").await;
    assert!(!bob.shows(Button("Delete secret A")).await);

    members.change_role(&user.email, "Administrator").await;
    bob.reload().await;
    bob.see(Link("Audit log")).await;
    bob.see(Button("Delete secret A")).await;
}
