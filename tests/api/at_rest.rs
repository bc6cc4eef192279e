//! At rest: whoever has the files of the store, but not the master key, has nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;
use strongroom_tests::{Person, Scene, Server, Store};

const VALUE: &str = "plaintext-canary-value";

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("the folder can be read")
        .flat_map(|entry| {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() { files(&path) } else { vec![path] }
        })
        .collect()
}

fn holds(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}

/// Looks for each of `needles` as text, as hex and as JSON would escape it, in every file of the store.
fn assert_nowhere(store: &Store, needles: &[&str]) {
    let files = files(&store.data_dir());
    assert!(files.len() >= 2, "a database and a master key: {files:?}");
    for file in files {
        let content = fs::read(&file).expect("the file can be read");
        for needle in needles {
            let utf16: Vec<u8> = needle.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let found = holds(&content, needle.as_bytes()) || holds(&content, &utf16);
            assert!(!found, "{} holds {needle:?}", file.display());
        }
    }
}

#[tokio::test]
async fn no_value_key_password_or_token_is_in_any_file() {
    let Scene { server, team, writer, runner, .. } = Scene::new().await;
    let store = server.store().clone();
    let person = team.person("administrator").await;
    let answer = person.log_in(&server.nobody()).await;
    answer.assert_success("log_in");
    let session = answer.cookie().split_once('=').expect("name=value").1.to_owned();

    writer.set("A", json!(VALUE)).await;
    writer.set("B", json!({"nested": [VALUE, 314_159_265_358_979_u64]})).await;
    writer.set("A", json!(format!("{VALUE} overwritten"))).await;
    writer.set("C", json!(VALUE)).await;
    writer.delete("C").await;
    writer.done("update_secret", json!({"name": "B", "new_name": "D"})).await;
    runner.value("A").await;
    writer.done("restore_secret_version", json!({"name": "A", "version": 1})).await;
    let imported: Vec<_> = (0..300)
        .map(|number| json!({"name": format!("S{number}"), "value": format!("{VALUE} {number}")}))
        .collect();
    writer.done("import_secrets", json!({"secrets": imported})).await;
    // A value where a name should be is refused, and must not be left in the audit log either.
    writer.try_set(&format!("{VALUE}\n"), json!(1)).await.assert_error("BAD_USER_INPUT");
    runner.try_value(&format!("{VALUE}\n")).await.error();

    let needles = [
        VALUE,
        "314159265358979",
        writer.key(),
        &writer.key()[3..],
        runner.key(),
        &runner.key()[3..],
        person.password.as_str(),
        &session,
    ];
    assert_nowhere(&store, &needles);
    server.stop().await;
    assert_nowhere(&store, &needles);
    let server = store.serve().await;
    assert_nowhere(&store, &needles);
    assert_eq!(runner.at(&server).value("D").await, json!({"nested": [VALUE, 314_159_265_358_979_u64]}));
}

#[tokio::test]
async fn the_tokens_of_links_and_the_passwords_of_who_uses_them_are_not_in_any_file() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    assert_nowhere(server.store(), &[&token, &token[3..]]);
    let password = "correct horse battery";
    let input =
        json!({"token": token, "team_name": "Acme", "email": "ada@acme.example", "password": password});
    let admin = server.nobody();
    admin.done("set_up", input).await;
    assert_nowhere(server.store(), &[&token, &token[3..], password]);

    let token = admin.invite("new@acme.example", "user").await;
    assert_nowhere(server.store(), &[&token, &token[3..]]);
    let browser = server.nobody();
    let (first, second) = ("the first password of theirs", "the second password of theirs");
    let answer = browser.join(&token, first).await;
    let session = answer.cookie().split_once('=').expect("name=value").1.to_owned();
    browser.done("change_password", json!({"current_password": first, "new_password": second})).await;
    // A password ends up in the wrong field now and then.
    let slip = Person::new("a password in the wrong field", "a guess that is wrong");
    let guess = Person::new("new@acme.example", &slip.password);
    for person in [&slip, &guess] {
        person.log_in(&server.nobody()).await.refusal("log_in");
    }
    let needles = [&token, &token[3..], first, second, &session, &slip.email, &slip.password];
    assert_nowhere(server.store(), &needles);
}

#[tokio::test]
async fn the_store_is_its_owner_s_alone_and_the_master_key_not_in_the_database() {
    let store = Store::new();
    let server = store.serve().await;
    server.team("acme").await.key("user").await.set("A", json!(VALUE)).await;
    let mode = |path: &Path| fs::metadata(path).expect("it exists").permissions().mode();
    if mode(&store.data_dir()) & 0o077 != 0 {
        for file in files(&store.data_dir()) {
            assert_eq!(mode(&file) & 0o077, 0, "{} in an open folder", file.display());
        }
    }
    server.stop().await;

    let path = store.data_dir().join("master.key");
    assert_eq!(mode(&path) & 0o777, 0o600, "made on first start");
    let key = fs::read(&path).expect("the master key can be read");
    let key = key.trim_ascii();
    assert!(key.len() >= 32, "{} bytes", key.len());
    for file in files(&store.data_dir()) {
        if file != path {
            let content = fs::read(&file).expect("the file can be read");
            assert!(!holds(&content, key), "{} holds the master key", file.display());
        }
    }
}

#[tokio::test]
async fn equal_values_look_different() {
    let store = Store::new();
    let server = store.serve().await;
    let writer = server.team("acme").await.key("user").await;
    let value = "x".repeat(4096);
    for name in ["A", "B"] {
        writer.set(name, json!(value)).await;
    }
    server.stop().await;
    // Blocks of ciphertext that occur twice would show that two secrets are the same.
    let mut blocks = std::collections::HashSet::new();
    for file in files(&store.data_dir()) {
        let content = fs::read(&file).expect("the file can be read");
        for block in content.chunks_exact(64) {
            let varied = block.iter().collect::<std::collections::HashSet<_>>().len() > 32;
            assert!(
                !varied || blocks.insert(block.to_vec()),
                "the same ciphertext twice in {}",
                file.display()
            );
        }
    }
}
