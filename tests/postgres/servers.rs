//! Several servers on one database: one can change data that another caches. `load` reads and writes secrets at both.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::Connection as _;
use strongroom_tests::postgres::Database;
use strongroom_tests::receiver::{Event, NETWORKS, Receiver};
use strongroom_tests::{SERVE, Server, Store, assert_says, from_now, wait, write_private};

use crate::Scene;

#[tokio::test]
async fn two_servers_act_as_one_and_another_master_key_is_refused() {
    let Scene { store, first, second, team } = Scene::new().await;
    let admin = team.key("administrator").await;
    for round in 0..5 {
        admin.set("A", json!(round)).await;
        let (id, holder) = admin.new_key(json!({"name": "short", "role": "runner"})).await;
        let holder = holder.at(&second);
        // The second time from the server's cache.
        for _ in 0..2 {
            assert_eq!(holder.value("A").await, json!(round));
        }
        admin.set("A", json!("changed")).await;
        assert_eq!(holder.value("A").await, json!("changed"));
        admin.done("delete_api_key", json!({"key_id": id})).await;
        holder.assert_unknown().await;
    }
    // The other server reports a change within two seconds.
    let mut events = team.at(&second).session("administrator").await.events().await;
    let mut known = events.next().await.expect("the current revision");
    for round in 0..3 {
        admin.set("A", json!(round)).await;
        let begun = Instant::now();
        let told = events.next().await.expect("news");
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        assert_ne!(known[0], told[0]);
        known = told;
    }
    // A writer waits for the writer on another machine.
    let writer = team.key("user").await;
    writer.set("A", json!("before")).await;
    let runner = team.key("runner").await;
    // The first use of a key in a minute is recorded, which is a change.
    assert_eq!(runner.names().await, ["A"]);
    let mut other = store.postgres().connect().await;
    let mut transaction = other.begin().await.expect("begun");
    sqlx::raw_sql("SELECT id FROM write_turn FOR UPDATE").execute(&mut *transaction).await.expect("locked");
    let set = tokio::spawn({
        let writer = writer.clone();
        async move { writer.set("A", json!("after")).await }
    });
    let waits = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
                 WHERE NOT granted AND datname = current_database()";
    wait::is("the server waits for its turn", async || store.sql_number(waits).await > 0).await;
    assert_eq!(runner.names().await, ["A"], "a reader does not wait");
    assert!(!set.is_finished());
    transaction.rollback().await.expect("rolled back");
    set.await.expect("set");
    assert_eq!(runner.value("A").await, json!("after"));
    // Sessions and permissions are the same at both servers.
    let admin = team.at(&first).session("administrator").await;
    let person = team.person("user").await;
    let session = second.fixed_session(&person).await.at(&first);
    session.set("A", json!(1)).await;
    let user_id = admin.member_id(&person.email).await;
    admin.at(&second).done("update_member", json!({"user_id": user_id, "role": "read-only"})).await;
    session.forbidden("set_secret", json!({"name": "A", "value": 2})).await;
    admin.done("remove_member", json!({"user_id": user_id})).await;
    let answer = session.at(&second).query("{ secret_names }").await;
    assert!(!answer.errors().is_empty(), "{answer:?}");
    // Password guesses at both are counted together.
    let person = team.person("user").await.guessing("a wrong password");
    let mut refusals = Vec::new();
    // After five guesses they are throttled; on a slow machine, the sixth may be late enough. Servers that counted only
    // their own would allow ten.
    for guess in 0..10 {
        let server = if guess % 2 == 0 { &first } else { &second };
        refusals.push(person.log_in(&server.nobody()).await.refusal("log_in"));
        if refusals.last().is_some_and(|refusal| refusal.contains("Too many")) {
            break;
        }
    }
    let (last, before) = refusals.split_last().expect("some were made");
    assert!(before.len() >= 5 && before.iter().all(|refusal| refusal.contains("is wrong")));
    assert!(last.contains("Too many"), "{refusals:?}");
    // A server with another master key is refused.
    let folder = store.scratch().join("stranger");
    std::fs::create_dir(&folder).expect("directories can be created");
    write_private(folder.join("master.key"), "7f".repeat(32));
    let mut command = Store::bare_command();
    command.arg("--data-dir").arg(&folder).env("STRONGROOM_DATABASE_URL", store.postgres().url());
    assert_says(&store.run_command(command).await.failed(), &["master key"]);
}

#[tokio::test]
async fn two_servers_can_start_at_once_on_an_empty_database() {
    for _ in 0..3 {
        let store = Store::on_postgres(Database::create());
        // The key is created by the first command that needs one; here both need the same.
        store.put_keys("2b".repeat(32));
        let (mut first, second) = tokio::join!(store.serve(), store.serve_elsewhere());
        let token = first.set_up_token().await;
        let (email, password) = ("ada@acme.example", "correct horse battery staple");
        let input = json!({"token": token, "team_name": "Acme", "email": email, "password": password});
        second.nobody().done("set_up", input).await;
        let required = first.nobody().query("{ set_up_required }").await;
        assert_eq!(*required.data("/set_up_required"), json!(false));
    }
}

#[tokio::test]
async fn a_server_with_another_master_key_creates_no_team() {
    let store = Store::on_postgres(Database::create());
    let first = store.serve().await;
    let folder = store.scratch().join("stranger");
    let mut command = Store::bare_command();
    command.args(SERVE).arg("--data-dir").arg(&folder);
    command.env("STRONGROOM_DATABASE_URL", store.postgres().url());
    let stranger = Server::start_command(&store, command).await;
    let team = first.team("acme").await;
    let admin = team.session("administrator").await;
    admin.set("A", json!(1)).await;
    let made = admin.at(&stranger).mutate_for("create_team", json!({"name": "Other"}), "id").await;
    made.assert_error("API_ERROR");
    admin.at(&stranger).try_set("A", json!(2)).await.assert_error("API_ERROR");
    assert_eq!(team.key("runner").await.value("A").await, json!(1));
}

#[tokio::test]
async fn two_servers_share_the_deliveries_of_a_webhook_and_reminders() {
    let database = Database::create();
    let store = Store::on_postgres(database);
    let serve = async || Server::start_on(&store, &NETWORKS).await;
    let (first, second) = (serve().await, serve().await);
    let team = first.team("acme").await;
    let (admin, writer) = (team.key("administrator").await, team.key("user").await);
    let receiver = Receiver::start().await;
    let key = admin.set_webhook(&receiver.url()).await;
    let mut names = Vec::new();
    for (round, server) in [&first, &second].into_iter().cycle().take(40).enumerate() {
        let name = format!("SECRET_{round}");
        writer.at(server).set(&name, json!("a value")).await;
        names.push(name);
    }
    names.sort();
    let events = receiver.receives(40).await;
    let mut told: Vec<_> = events.iter().filter_map(|event| event.about().1).collect();
    told.sort();
    assert_eq!(told, names, "each is delivered once, although both servers look for them");
    assert!(events[39].is_verified(&key).await);

    let soon = from_now(Duration::from_hours(24));
    writer.done("set_secret", json!({"name": "SOON", "value": "a value", "expires_at": soon})).await;
    first.stop().await;
    second.stop().await;
    let (first, _second) = tokio::join!(serve(), serve());
    let notices = json!({"action": {"_eq": "remind:secret"}});
    let is_given = async || !admin.at(&first).audit(notices.clone()).await.is_empty();
    wait::is("a server gives notice", is_given).await;
    let events = receiver.receives(42).await;
    // Two servers deliver, so in any order.
    let mut last: Vec<_> = events[40..].iter().map(Event::about).collect();
    last.sort();
    let soon = Some("SOON".to_owned());
    assert_eq!(last, [("secret.expiring".to_owned(), soon.clone()), ("secret.set".to_owned(), soon)]);
    assert_eq!(admin.at(&first).audit(notices).await.len(), 1);
}
