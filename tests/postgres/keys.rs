//! Keys are rotated beside two servers, and no client notices.

use std::fs;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::durability::strongroom::Strongroom;
use strongroom_tests::postgres::Database;
use strongroom_tests::{Store, write_private};

const FIRST: &str = "1f";
const SECOND: &str = "2e";
const CLIENTS: usize = 4;

fn write_keys(store: &Store, digits: &[&str]) {
    let keys: Vec<_> = digits.iter().map(|digits| digits.repeat(32)).collect();
    for key in &keys {
        store.must_stay_secret(key);
    }
    write_private(store.key_file(), keys.join("\n"));
}

#[tokio::test]
async fn keys_are_rotated_beside_two_servers() {
    let store = Store::on_postgres(Database::create());
    fs::create_dir(store.data_dir()).expect("folders can be made");
    write_keys(&store, &[FIRST]);
    let mut strongroom = Strongroom::started(Arc::clone(&store), CLIENTS).await;
    let second = store.serve_elsewhere().await;
    let secrets: Vec<_> =
        (0..150).map(|number| json!({"name": format!("S{number}"), "value": number})).collect();
    strongroom.administrator().done("import_secrets", json!({"secrets": secrets})).await;

    strongroom.work_at_both(&second);
    strongroom.history().acknowledges(20).await;
    store.refused(&["rotate-master-key"], "other servers may use").await;
    write_keys(&store, &[SECOND, FIRST]);
    store.run(&["rotate-master-key"]).await.succeeded();
    let key = fs::read_to_string(store.key_file()).expect("the key can be read");
    assert_eq!(key.trim(), SECOND.repeat(32), "the old one is no longer used");
    let said = store.run(&["rotate-data-keys"]).await.succeeded();
    assert!(said.starts_with("acme: sealed "), "{said}");
    strongroom.history().acknowledges(20).await;
    strongroom.assert_undisturbed().await;

    assert_eq!(store.sql_number("SELECT count(*) FROM data_keys").await, 1);
    let foreign = "SELECT count(*) FROM secret_versions WHERE data_key_id NOT IN (SELECT id FROM data_keys)";
    assert_eq!(store.sql_number(foreign).await, 0);
    for (number, server) in [(0, strongroom.server()), (149, &second)] {
        assert_eq!(strongroom.reader().at(server).value(&format!("S{number}")).await, json!(number));
    }
}
