//! Tombstones: each deletion and restoration, of a live secret, a shown tombstone, another one, and nothing. The page's
//! operations come between.

use serde_json::json;
use strongroom_tests::{Scene, Store};

use crate::reference::Vault;

use State::{Hidden, Live, Nothing, Shown};

/// What a name is before a request, and what the API and the page show of it afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a request, at version 2.
    Live,
    /// A tombstone of version 2 that the API shows.
    Shown,
    /// A tombstone that only the page shows.
    Hidden,
    Nothing,
}

const STATES: [State; 4] = [Live, Shown, Hidden, Nothing];

/// A request, its body, the status of the answer, and what the request makes of each of [`STATES`].
const CELLS: &[(&str, &str, u16, [State; 4])] = &[
    ("DELETE secret/data/N", "", 204, [Shown, Shown, Hidden, Nothing]),
    ("DELETE secret/metadata/N", "", 204, [Hidden, Hidden, Hidden, Nothing]),
    ("DELETE kv/N", "", 204, [Hidden, Hidden, Hidden, Nothing]),
    ("POST secret/delete/N", r#"{"versions": [1, 2]}"#, 204, [Shown, Shown, Hidden, Nothing]),
    ("POST secret/delete/N", r#"{"versions": [7]}"#, 204, [Live, Shown, Hidden, Nothing]),
    ("POST secret/undelete/N", r#"{"versions": [1]}"#, 204, [Live, Live, Hidden, Nothing]),
    ("POST secret/undelete/N", r#"{"versions": [7]}"#, 204, [Live, Shown, Hidden, Nothing]),
    ("POST secret/destroy/N", r#"{"versions": [2]}"#, 405, [Live, Shown, Hidden, Nothing]),
];

async fn prepare(scene: &Scene, vault: &Vault, name: &str, before: State) {
    if before == Nothing {
        return;
    }
    for value in ["first", "second"] {
        let body = format!(r#"{{"data": {{"v": "the {value} value of {name}"}}}}"#);
        vault.done("user", "POST", &format!("secret/data/{name}"), &body).await;
    }
    match before {
        Shown => drop(vault.done("user", "DELETE", &format!("secret/data/{name}"), "").await),
        Hidden => scene.writer.delete(name).await,
        Live | Nothing => {}
    }
}

async fn state(scene: &Scene, vault: &Vault, name: &str) -> State {
    let (status, body) = vault.ask("runner", "GET", &format!("secret/data/{name}"), "").await;
    let lists = async |path: &str| {
        let listed = vault.ask("runner", "LIST", path, "").await.1;
        listed["data"]["keys"].as_array().is_some_and(|keys| keys.contains(&json!(name)))
    };
    let is_listed = [lists("secret/metadata/").await, lists("kv/").await];
    let is_deleted = scene.admin.row("deleted_secret", "id", "name", name).await.is_some();
    match (status, body.get("data").is_some(), is_listed, is_deleted) {
        (200, true, [true, true], false) => Live,
        (404, true, [true, false], true) => Shown,
        (404, false, [false, false], true) => Hidden,
        (404, false, [false, false], false) => Nothing,
        other => panic!("{name} is {other:?}: {body}"),
    }
}

#[tokio::test]
async fn each_request_leaves_a_name_as_the_table_says() {
    let (scene, vault) = Vault::strongroom().await;
    let mut wrong = Vec::new();
    for (number, (request, body, status, after)) in CELLS.iter().enumerate() {
        for (before, expected) in STATES.into_iter().zip(after) {
            let name = format!("{before:?}-{number}");
            prepare(&scene, &vault, &name, before).await;
            let (method, path) = request.split_once(' ').expect("a method and a path");
            let found = vault.status("user", method, &path.replace('N', &name), body).await;
            let left = state(&scene, &vault, &name).await;
            if found != *status || left != *expected {
                wrong.push(format!("{request} {body} of {name}: {found}, {left:?} instead of {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn only_the_current_version_can_be_deleted() {
    let (scene, vault) = Vault::strongroom().await;
    prepare(&scene, &vault, "S", Live).await;
    let (status, body) = vault.ask("user", "POST", "secret/delete/S", r#"{"versions": [1]}"#).await;
    assert_eq!(status, 400, "{body}");
    assert_eq!(state(&scene, &vault, "S").await, Live);
}

#[tokio::test]
async fn versions_count_on_through_a_deletion_here_and_begin_anew_after_one_on_the_page() {
    let (scene, vault) = Vault::strongroom().await;
    let Scene { server, admin, writer, .. } = &scene;
    let write = async |name: &str, cas: i64| {
        let body = format!(r#"{{"data": {{"v": "a later value"}}, "options": {{"cas": {cas}}}}}"#);
        let (status, body) = vault.ask("user", "PUT", &format!("secret/data/{name}"), &body).await;
        (status, body["data"]["version"].clone())
    };
    prepare(&scene, &vault, "S", Shown).await;
    let before = admin.last_entry().await;
    assert_eq!(write("S", 0).await.0, 400);
    assert_eq!(write("S", 2).await, (200, json!(3)));
    assert_eq!(admin.recorded_since(before).await, ["restore:secret S", "update:secret S"]);
    // An older value that was kept can be read.
    let body = vault.read("secret/data/S?version=1").await;
    assert_eq!(body["data"]["data"]["v"], json!("the first value of S"));

    prepare(&scene, &vault, "P", Hidden).await;
    assert_eq!(write("P", 2).await.0, 400);
    assert_eq!(write("P", 0).await, (200, json!(1)));

    // A secret that took the name counts, and then its own tombstone.
    prepare(&scene, &vault, "T", Shown).await;
    writer.set("T", json!("set on the page meanwhile")).await;
    assert_eq!(vault.read("kv/T").await["data"], json!({"value": "set on the page meanwhile"}));
    assert_eq!(vault.read("secret/metadata/T").await["data"]["current_version"], json!(1));
    writer.delete("T").await;
    assert_eq!(vault.ask("runner", "GET", "secret/data/T", "").await.1, json!({"errors": []}));

    // The page restores what was deleted here.
    prepare(&scene, &vault, "R", Shown).await;
    writer.restore("R").await;
    assert_eq!(state(&scene, &vault, "R").await, Live);
    writer.delete("R").await;
    assert_eq!(state(&scene, &vault, "R").await, Hidden);

    // A backup keeps what is shown.
    prepare(&scene, &vault, "B", Shown).await;
    let store = server.store();
    let elsewhere = store.restored(&store.back_up().await).await;
    let second = elsewhere.serve().await;
    let moved = Vault { url: second.url().to_owned(), ..Vault::at(&scene) };
    let (status, body) = moved.ask("runner", "GET", "secret/data/B", "").await;
    assert_eq!((status, &body["data"]["metadata"]["version"]), (404, &json!(2)));
    assert_eq!(moved.ask("runner", "GET", "secret/data/R", "").await.1, json!({"errors": []}));
    moved.done("user", "POST", "secret/undelete/B", r#"{"versions": [2]}"#).await;
    moved.done("runner", "GET", "secret/data/B", "").await;
}

#[tokio::test]
async fn after_the_restore_window_a_tombstone_is_gone() {
    let store = Store::new();
    store.set_variables(&[("STRONGROOM_RESTORE_WINDOW", "1ms")]);
    let (scene, vault) = Vault::strongroom_on(&store).await;
    prepare(&scene, &vault, "S", Shown).await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert_eq!(vault.ask("runner", "GET", "secret/data/S", "").await.1, json!({"errors": []}));
    let body = vault.done("user", "POST", "secret/data/S", r#"{"data": {"v": "a new one"}}"#).await;
    assert_eq!(body["data"]["version"], json!(1));
}
