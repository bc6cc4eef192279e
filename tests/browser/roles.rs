//! Built-in roles, and roles of the team's own.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_tests::browser::{Browser, Button, Link};
use strongroom_tests::page::{ApiKeysPage, LogInPage, MembersPage, NewKey, RolesPage, TeamMenu, enter};

use crate::Scene;

const BUILT_IN: [&str; 4] = ["Administrator", "Read-only", "Runner", "User"];

#[tokio::test]
async fn every_role_has_its_permissions_and_a_custom_one_is_created_assigned_changed_and_deleted() {
    let scene = Scene::new("administrator").await;
    let browser = &scene.browser;
    scene.log_in().await;
    let roles = RolesPage::enter(browser).await;
    roles.lists(&BUILT_IN).await;
    let held = scene.team.key("administrator").await.rows("role", "name permissions").await;
    let held = held.into_iter().map(|mut role| {
        let name = role["name"].as_str().expect("a name");
        let label = BUILT_IN.into_iter().find(|label| label.to_lowercase() == name).expect(name);
        let permissions = serde_json::from_value(role["permissions"].take()).expect("permissions");
        (label.to_owned(), permissions)
    });
    let held: BTreeMap<String, BTreeSet<String>> = held.collect();
    assert_eq!(roles.table().await, held);
    let all: BTreeSet<String> = held.into_values().flatten().collect();
    let mut rows = roles.permissions().await;
    rows.sort();
    assert_eq!(rows, all.into_iter().collect::<Vec<_>>(), "one row each");

    let auditor = scene.team.person("read-only").await;
    let permissions = ["See the names of secrets", "See members and roles", "Read and export the audit log"];
    roles.create("auditor", &permissions).await.succeeds("Create role", "Role created.").await;
    roles.lists(&[&BUILT_IN[..], &["auditor"]].concat()).await;
    MembersPage::enter(browser).await.change_role(&auditor.email, "auditor").await;

    let window = Browser::start(&scene.server).await;
    LogInPage::open(&window).await.log_in(&auditor).await;
    window.reads("Your role is auditor").await;
    window.press(Link("Audit log")).await;
    window.reads("changed the role of").await;
    assert!(!window.shows(Link("API keys")).await);

    let roles = RolesPage::enter(browser).await;
    let dialog = roles.delete("auditor").await;
    dialog.refuses("Delete role", "That role is in use: assign another one first.").await;
    dialog.finish("Cancel").await;

    let dialog = roles.edit("auditor").await;
    assert!(!dialog.can_press("Save").await);
    dialog.fill("Role name", "key auditor").await;
    dialog.tick("See API keys and trusted workloads").await;
    dialog.tick("Read and export the audit log").await;
    dialog.succeeds("Save", "Role changed.").await;
    window.reload().await;
    window.press(Link("API keys")).await;
    window.reads("Programs authenticate with a key.").await;
    assert!(!window.shows(Link("Audit log")).await);

    let members = MembersPage::enter(browser).await;
    members.lists(&auditor.email, "key auditor").await;
    members.change_role(&auditor.email, "User").await;
    let roles = RolesPage::enter(browser).await;
    roles.delete("key auditor").await.succeeds("Delete role", "Role deleted.").await;
    roles.lists(&BUILT_IN).await;
}

#[tokio::test]
async fn invalid_roles_are_refused_and_a_role_that_reads_values_is_for_keys_alone() {
    let scene = Scene::with_secrets("administrator", &["A"]).await;
    let browser = &scene.browser;
    scene.log_in().await;
    let roles = RolesPage::enter(browser).await;
    let dialog = roles.create("Read_Only", &[]).await;
    dialog.refuses("Create role", "is a built-in role.").await;
    dialog.says("Tick at least one permission.").await;
    dialog.fill("Role name", "auditor").await;
    dialog.tick("See API keys and trusted workloads").await;
    dialog.finish("Create role").await;

    let dialog = roles.create("auditor", &["See API keys and trusted workloads"]).await;
    dialog.press("Create role").await;
    browser.alert().await;
    dialog.discard().await;

    let dialog = roles.create("value reader", &["Read values, with an API key"]).await;
    dialog.says("Only API keys can have this role").await;
    dialog.finish("Create role").await;
    browser.reads("keys only").await;

    let dialog = MembersPage::enter(browser).await.invite().await;
    let options = "return [...document.querySelectorAll('dialog option')].map(it => it.textContent)";
    let offered = browser.script(options).await.to_string();
    assert!(offered.contains("User") && !offered.contains("value reader"), "{offered}");
    dialog.finish("Cancel").await;

    let dialog = ApiKeysPage::enter(browser).await.create().await;
    dialog.fill("Name", "flows").await;
    dialog.choose("Role", "value reader").await;
    let new = NewKey::by(dialog, browser).await;
    new.copy().await;
    let program = scene.server.with_key(&new.key);
    assert_eq!(program.value("A").await, "the value of A");
    program.query("{ secret_names }").await.assert_error("FORBIDDEN");
}

#[tokio::test]
async fn a_user_sees_no_control_without_its_permission() {
    let scene = Scene::new("user").await;
    scene.log_in().await;
    let browser = &scene.browser;
    RolesPage::enter(browser).await.lists(&BUILT_IN).await;
    assert!(!browser.shows(Button("Create role")).await);
    TeamMenu(browser).open("The acme team").await;
    browser.reads("Your teams").await;
    assert!(!browser.shows(Button("New team…")).await);
    enter(browser, "Team").await;
    assert!(!browser.shows(Button("Rename")).await);
    for link in ["API keys", "Audit log"] {
        assert!(!browser.shows(Link(link)).await, "{link}");
    }
    for (path, refusal, control) in [
        ("/team/api-keys", "You can't see this team's API keys.", Button("Create API key")),
        ("/team/audit-log", "You can't see this team's audit log.", Link("Export CSV")),
    ] {
        browser.open(path).await;
        browser.reads(refusal).await;
        assert!(!browser.shows(control).await, "{path}");
    }
}
