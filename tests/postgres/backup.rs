//! Backups of a store on PostgreSQL, which are those of any other.

use std::fs;

use serde_json::json;
use strongroom_tests::postgres::Database;
use strongroom_tests::{Store, Team};

#[tokio::test]
async fn a_store_moves_from_one_database_to_the_other_and_back() {
    let store = Store::new();
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    for name in ["Zürich", "a", "B", "äöü"] {
        writer.set(name, json!(format!("the value of {name}"))).await;
    }
    writer.set("a", json!("the second value of a")).await;
    writer.delete("B").await;
    server.stop().await;

    let mut from = store;
    for to in [Store::on_postgres(Database::create()), Store::new()] {
        let file = from.beside("store.backup");
        from.run(&["backup", &file]).await.succeeded();
        fs::create_dir(to.data_dir()).expect("folders can be made");
        let key = "master.key";
        fs::copy(from.data_dir().join(key), to.data_dir().join(key)).expect("files can be copied");
        to.run(&["restore", &file]).await.succeeded();

        let server = to.serve().await;
        let team = Team::existing(&to, "acme").at(&server);
        let (writer, runner) = (writer.at(&server), runner.at(&server));
        assert_eq!(runner.value("a").await, json!("the second value of a"));
        assert_eq!(runner.value("Zürich").await, json!("the value of Zürich"));
        writer.try_restore("B").await.assert_success("restore_secret");
        writer.delete("B").await;
        team.key("runner").await.value("äöü").await;
        to.admin(&["audit", "verify"]).await;
        server.stop().await;
        from = to;
    }
}
