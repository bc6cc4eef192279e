//! A backup can be restored into the other kind of database.

use std::fs;

use serde_json::json;
use strongroom_tests::postgres::Database;
use strongroom_tests::{Scene, Store};

#[tokio::test]
async fn a_store_moves_from_one_database_to_the_other_and_back() {
    let store = Store::new();
    let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
    writer.set_each(&["Zürich", "a", "B", "äöü"]).await;
    writer.set("a", json!("the second value of a")).await;
    writer.delete("B").await;
    server.stop().await;

    let mut from = store;
    for to in [Store::on_postgres(Database::create()), Store::new()] {
        let file = from.back_up().await;
        to.put_keys(fs::read(from.key_file()).expect("the key can be read"));
        to.run(&["restore", &file]).await.succeeded();

        let server = to.serve().await;
        let (writer, runner) = (writer.at(&server), runner.at(&server));
        assert_eq!(runner.value("a").await, json!("the second value of a"));
        assert_eq!(runner.value("Zürich").await, json!("the value of Zürich"));
        writer.restore("B").await;
        writer.delete("B").await;
        runner.value("äöü").await;
        to.admin(&["audit", "verify"]).await;
        server.stop().await;
        from = to;
    }
}
