//! At rest: the files of the store show nothing without the master key.

use std::collections::HashSet;

use serde_json::json;
use strongroom_tests::files::{files, holds};
use strongroom_tests::{Answer, Person, Scene, Server, Store, mode};

const VALUE: &str = "plaintext-canary-value";

/// Looks for each of `needles` as UTF-8 and as UTF-16 in every file of the store.
fn assert_nowhere(store: &Store, needles: &[&str]) {
    let files = files(store.data_dir());
    assert!(files.len() >= 2, "a database and a master key: {files:?}");
    for (path, content) in files {
        for needle in needles {
            let utf16: Vec<u8> = needle.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let found = holds(&content, needle) || content.windows(utf16.len()).any(|part| part == utf16);
            assert!(!found, "{} holds {needle:?}", path.display());
        }
    }
}

fn session_token(answer: &Answer) -> &str {
    answer.cookie().split_once('=').expect("name=value").1
}

#[tokio::test]
async fn no_value_key_password_or_token_is_in_any_file() {
    let Scene { server, team, writer, runner, .. } = Scene::new().await;
    let store = server.store().clone();
    let person = team.person("administrator").await;
    let answer = person.log_in(&server.nobody()).await;
    answer.assert_success("log_in");
    let session = session_token(&answer);

    writer.set("A", json!(VALUE)).await;
    writer.set("B", json!({"nested": [VALUE, 314_159_265_358_979_u64]})).await;
    writer.set_all(&[("A", "plaintext-canary-value overwritten"), ("C", VALUE)]).await;
    writer.delete("C").await;
    writer.done("update_secret", json!({"name": "B", "new_name": "D"})).await;
    runner.value("A").await;
    writer.revert("A", 1).await;
    let imported =
        (0..300).map(|number| json!({"name": format!("S{number}"), "value": format!("{VALUE} {number}")}));
    writer.done("import_secrets", json!({"secrets": imported.collect::<Vec<_>>()})).await;
    // A value in place of a name is refused, and must not be in the audit log either.
    writer.try_set(&format!("{VALUE}\n"), json!(1)).await.assert_error("BAD_USER_INPUT");
    runner.try_value(&format!("{VALUE}\n")).await.error();

    let (writer_key, runner_key) = (&writer.key()[3..], &runner.key()[3..]);
    let needles = [VALUE, "314159265358979", writer_key, runner_key, person.password.as_str(), session];
    assert_nowhere(&store, &needles);
    server.stop().await;
    assert_nowhere(&store, &needles);
    let server = store.serve().await;
    assert_nowhere(&store, &needles);
    assert_eq!(runner.at(&server).value("D").await, json!({"nested": [VALUE, 314_159_265_358_979_u64]}));
}

#[tokio::test]
async fn no_token_of_a_link_or_password_of_its_user_is_in_any_file() {
    let mut server = Server::start().await;
    let token = server.set_up_token().await;
    assert_nowhere(server.store(), &[&token[3..]]);
    let password = "correct horse battery";
    let admin = server.nobody();
    let input = json!({"token": token, "team_name": "Acme", "email": "a@b.example", "password": password});
    admin.done("set_up", input).await;
    assert_nowhere(server.store(), &[&token[3..], password]);
    let token = admin.invite("new@acme.example", "user").await;
    assert_nowhere(server.store(), &[&token[3..]]);
    let browser = server.nobody();
    let (first, second) = ("the first password of theirs", "the second password of theirs");
    let answer = browser.join(&token, first).await;
    let session = session_token(&answer);
    browser.done("change_password", json!({"current_password": first, "new_password": second})).await;
    // Some people type their password into the wrong field.
    let slip = Person::new("a password in the wrong field", "a guess that is wrong");
    let guess = Person::new("new@acme.example", &slip.password);
    for person in [&slip, &guess] {
        person.log_in(&server.nobody()).await.refusal("log_in");
    }
    let needles = [&token[3..], first, second, session, &slip.email, &slip.password];
    assert_nowhere(server.store(), &needles);
}

#[tokio::test]
async fn the_store_is_private_and_shows_no_master_key_or_equal_values() {
    let store = Store::new();
    let server = store.serve().await;
    let value = "x".repeat(4096);
    let writer = server.team("acme").await.key("user").await;
    writer.set_all(&[("A", &value), ("B", &value)]).await;
    if mode(store.data_dir()) & 0o077 != 0 {
        for (path, _) in files(store.data_dir()) {
            assert_eq!(mode(&path) & 0o077, 0, "{} in an open directory", path.display());
        }
    }
    server.stop().await;

    let path = store.data_dir().join("master.key");
    assert_eq!(mode(&path), 0o600, "made on first start");
    let (of_key, others): (Vec<_>, _) = files(store.data_dir()).into_iter().partition(|file| file.0 == path);
    let key = str::from_utf8(of_key[0].1.trim_ascii()).expect("a key is text");
    assert!(key.len() >= 32, "{} bytes", key.len());
    let mut blocks = HashSet::new();
    for (path, content) in others {
        assert!(!holds(&content, key), "{} holds the master key", path.display());
        for block in content.chunks_exact(64) {
            let is_ciphertext = block.iter().collect::<HashSet<_>>().len() > 32;
            let is_new = !is_ciphertext || blocks.insert(block.to_vec());
            assert!(is_new, "the same ciphertext twice in {}", path.display());
        }
    }
}
