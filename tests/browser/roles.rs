//! What each role may do, and roles of the team's own.

use strongroom_tests::browser::{Browser, Button, Link};
use strongroom_tests::page::{ApiKeysPage, LogInPage, MembersPage, NewKey, RolesPage, TeamMenu, TeamPage};

use crate::Scene;

#[tokio::test]
async fn the_table_tells_of_every_permission_and_role() {
    let scene = Scene::new("administrator").await;
    scene.log_in().await;
    let roles = RolesPage::enter(&scene.browser).await;
    roles.lists(&["Administrator", "Read-only", "Runner", "User"]).await;
    let table = roles.table().await;
    let known = scene.team.key("administrator").await;
    for role in known.rows("role", "name permissions").await {
        let label = match role["name"].as_str() {
            Some("administrator") => "Administrator",
            Some("user") => "User",
            Some("read-only") => "Read-only",
            _ => "Runner",
        };
        let mut shown = table[label].clone();
        shown.sort();
        let mut held: Vec<&str> = role["permissions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|permission| permission.as_str())
            .collect();
        held.sort_unstable();
        assert_eq!(shown, held, "{label}");
    }
    let mut permissions = roles.permissions().await;
    permissions.sort();
    let count = permissions.len();
    permissions.dedup();
    assert_eq!(permissions.len(), count, "one row each");
    let mut held: Vec<String> = table.into_values().flatten().collect();
    held.sort();
    held.dedup();
    assert_eq!(permissions, held, "all of them");
}

#[tokio::test]
async fn a_role_of_the_teams_own_is_made_given_changed_and_removed() {
    let scene = Scene::new("administrator").await;
    let browser = &scene.browser;
    let auditor = scene.team.person("read-only").await;
    scene.log_in().await;
    let roles = RolesPage::enter(browser).await;
    roles
        .create_of(
            "auditor",
            &["See the names of secrets", "See members and roles", "Read and export the audit log"],
        )
        .await;
    roles.lists(&["Administrator", "Read-only", "Runner", "User", "auditor"]).await;
    let members = MembersPage::enter(browser).await;
    members.change_role(&auditor.email, "auditor").await;

    let window = Browser::start(&scene.server).await;
    LogInPage::open(&window).await.log_in(&auditor).await;
    window.reads("Your role is auditor").await;
    window.press(Link("Audit log")).await;
    window.reads("changed the role of").await;
    assert!(!window.shows(Link("API keys")).await);

    let roles = RolesPage::enter(browser).await;
    let dialog = roles.delete("auditor").await;
    dialog.press("Delete role").await;
    dialog.says("Somebody has that role: give them another one first.").await;
    dialog.finish("Cancel").await;

    let dialog = roles.edit("auditor").await;
    assert!(!dialog.can_press("Save").await);
    dialog.fill("Role name", "key auditor").await;
    dialog.tick("See API keys").await;
    dialog.tick("Read and export the audit log").await;
    dialog.finish("Save").await;
    browser.says("Role changed.").await;
    window.reload().await;
    window.press(Link("API keys")).await;
    window.reads("Programs authenticate with a key.").await;
    assert!(!window.shows(Link("Audit log")).await);

    let members = MembersPage::enter(browser).await;
    members.lists(&auditor.email, "key auditor").await;
    members.change_role(&auditor.email, "User").await;
    let roles = RolesPage::enter(browser).await;
    let dialog = roles.delete("key auditor").await;
    dialog.finish("Delete role").await;
    browser.says("Role deleted.").await;
    roles.lists(&["Administrator", "Read-only", "Runner", "User"]).await;
}

#[tokio::test]
async fn mistakes_are_told_before_a_role_is_made_and_one_that_reads_values_is_for_keys_alone() {
    let scene = Scene::new("administrator").await;
    scene.log_in().await;
    let roles = RolesPage::enter(&scene.browser).await;
    let dialog = roles.create().await;
    dialog.fill("Role name", "Read_Only").await;
    dialog.press("Create role").await;
    dialog.says("is a built-in role.").await;
    dialog.says("Tick at least one permission.").await;
    dialog.fill("Role name", "auditor").await;
    dialog.tick("See API keys").await;
    dialog.finish("Create role").await;

    let dialog = roles.create().await;
    dialog.fill("Role name", "auditor").await;
    dialog.tick("See API keys").await;
    dialog.press("Create role").await;
    scene.browser.alert().await;
    dialog.discard().await;

    // A role that reads values is for keys alone.
    let browser = &scene.browser;
    scene.writer.set("A", "the value of A".into()).await;
    let dialog = roles.create().await;
    dialog.fill("Role name", "value reader").await;
    dialog.tick("Read values, with an API key").await;
    dialog.says("Only API keys can have this role").await;
    dialog.finish("Create role").await;
    browser.reads("keys only").await;

    let members = MembersPage::enter(browser).await;
    let dialog = members.invite().await;
    let offered = browser
        .script("return [...document.querySelectorAll('dialog option')].map(option => option.textContent)")
        .await;
    let offered = offered.to_string();
    assert!(offered.contains("User") && !offered.contains("value reader"), "{offered}");
    dialog.finish("Cancel").await;

    let keys = ApiKeysPage::enter(browser).await;
    let dialog = keys.create().await;
    dialog.fill("Name", "flows").await;
    dialog.choose("Role", "value reader").await;
    let made = NewKey::by(dialog, browser).await;
    made.copy().await;
    let program = scene.server.with_key(&made.key);
    assert_eq!(program.value("A").await, "the value of A");
    program.query("{ secret_names }").await.assert_error("FORBIDDEN");
}

#[tokio::test]
async fn a_user_finds_no_way_to_what_is_not_for_them() {
    let scene = Scene::new("user").await;
    scene.log_in().await;
    let browser = &scene.browser;
    let roles = RolesPage::enter(browser).await;
    roles.lists(&["Administrator", "Read-only", "Runner", "User"]).await;
    assert!(!browser.shows(Button("New role")).await);
    TeamMenu(browser).open("The acme team").await;
    browser.reads("Your teams").await;
    assert!(!browser.shows(Button("New team…")).await);
    TeamPage::enter(browser).await;
    assert!(!browser.shows(Button("Rename")).await);
    for link in ["API keys", "Audit log"] {
        assert!(!browser.shows(Link(link)).await, "{link}");
    }
    browser.open("/team/api-keys").await;
    browser.reads("You can't see this team's API keys.").await;
    assert!(!browser.shows(Button("Create API key")).await);
    browser.open("/team/audit-log").await;
    browser.reads("You can't see this team's audit log.").await;
    assert!(!browser.shows(Link("Export CSV")).await);
}
