//! The life of a member: invited, joined, promoted and removed, all of it in the audit log.

use strongroom_tests::browser::{Browser, Button, Field, Link};
use strongroom_tests::page::{AuditLogPage, JoinPage, LogInPage, MembersPage, SecretsPage};

use crate::Scene;

const BOB: &str = "bob@acme.example";

#[tokio::test]
async fn a_member_joins_works_and_is_removed_and_permissions_change_at_once() {
    let scene = Scene::with_secrets("administrator", &["A"]).await;
    let (ada, bob) = (&scene.browser, &Browser::start(&scene.server).await);
    scene.log_in().await;
    let members = MembersPage::enter(ada).await;
    let link = members.invite_as(BOB, "Read-only").await;
    ada.reads("Pending invitations").await;

    // Bob joins. He sees names and no audit log.
    let joining = JoinPage::open(bob, &link).await;
    assert_eq!(bob.path().await, "/join", "the token leaves the address bar at once");
    bob.reads("The acme team").await;
    bob.reads("You are invited to join as Read-only.").await;
    joining.join("bob's long password").await.lists(&["A"]).await;
    bob.reads("You can't manage this team's secrets.").await;
    assert!(!bob.shows(Link("Audit log")).await);

    // Ada makes him a user and watches the audit log.
    ada.reload().await;
    members.lists(BOB, "Read-only").await;
    ada.no_longer_reads("Pending invitations").await;
    members.change_role(BOB, "User").await;
    members.lists(BOB, "User").await;
    let log = AuditLogPage::enter(ada).await;
    log.shows("bob@acme.example added the member bob@acme.example").await;

    bob.reload().await;
    SecretsPage::seen(bob).await.store("FROM_BOB", "text", "what Bob knows").await;
    assert_eq!(scene.runner.value("FROM_BOB").await, "what Bob knows");
    for entry in [
        "bob@acme.example created the secret FROM_BOB",
        &format!("{} invited bob@acme.example", scene.person.email),
        &format!("{} changed the role of bob@acme.example", scene.person.email),
        "bob@acme.example logged in",
    ] {
        log.shows(entry).await;
    }

    // She removes him, which ends his session.
    let dialog = MembersPage::enter(ada).await.remove(BOB).await;
    dialog.says("They have no API keys in this team.").await;
    dialog.succeeds("Remove member", "bob@acme.example is no longer in the team.").await;
    LogInPage::after_a_session(bob).await.refuses(BOB, "bob's long password").await;
    bob.fill(Field("Password"), "").await;
    let log = AuditLogPage::enter(ada).await;
    log.shows(&format!("{} removed the member bob@acme.example", scene.person.email)).await;

    // Changed permissions apply to another user's next action.
    let user = scene.team.person("user").await;
    let page = LogInPage::open(bob).await.log_in(&user).await;
    page.lists(&["A", "FROM_BOB"]).await;
    let members = MembersPage::enter(ada).await;
    let dialog = page.delete("A").await;
    members.change_role(&user.email, "Read-only").await;
    let lacks = "Unauthorized: the role read-only lacks the permission delete:secret.";
    dialog.refuses("Delete secret", lacks).await;
    dialog.finish("Cancel").await;
    bob.reads("You can't manage this team's secrets.").await;
    assert!(!bob.shows(Button("Delete secret A")).await);

    members.change_role(&user.email, "Administrator").await;
    bob.see(Link("Audit log")).await;
    bob.see(Button("Delete secret A")).await;
}
