//! A database that would lose commits is refused with the name of the setting, and its password is never shown.

use strongroom_tests::postgres::Database;
use strongroom_tests::{SERVE, Store};

#[tokio::test]
async fn settings_that_lose_commits_are_refused_by_name_and_the_password_is_never_shown() {
    const PASSWORD: &str = "not-the-password-of-anyone";
    let store = Store::on_postgres(Database::create());
    store.must_stay_secret(PASSWORD);
    // With the most verbose log. The right password is searched for, too.
    let create = ["--log", "trace", "admin", "create-team", "--slug", "acme", "--name", "Acme"];
    store.run(&create).await.succeeded();
    let (_, server) = store.postgres().url().split_once('@').expect("a URL with a user");
    for url in [
        format!("postgres://strongroom:{PASSWORD}@{server}"),
        format!("postgresql://strongroom:{PASSWORD}@127.0.0.1:1/none"),
        format!("postgres://strongroom:{PASSWORD}@not a host/none"),
        format!("postgres://strongroom:{PASSWORD}@127.0.0.1:port/none"),
        format!("postgres://strongroom@127.0.0.1/none?pasword={PASSWORD}"),
        format!("postgres://strongroom@127.0.0.1/none?sslmode={PASSWORD}"),
        format!("mysql://strongroom:{PASSWORD}@{server}"),
    ] {
        let mut command = store.command(["--log", "trace", "admin", "audit", "verify"]);
        command.env("STRONGROOM_DATABASE_URL", url);
        let complaint = store.run_command(command).await.failed();
        assert!(!complaint.contains(PASSWORD), "{complaint}");
    }
    // Settings that lose commits are refused by name.
    let name = store.postgres().name().to_owned();
    for (setting, value) in [
        ("synchronous_commit", "off"),
        ("synchronous_commit", "local"),
        ("synchronous_commit", "remote_write"),
        ("default_transaction_read_only", "on"),
    ] {
        store.sql(&format!("ALTER DATABASE {name} SET {setting} = {value}")).await;
        let shown = setting.trim_start_matches("default_");
        for arguments in [&SERVE[..], &["admin", "audit", "checkpoint"]] {
            store.refused(arguments, &format!("{shown}={value}")).await;
        }
        store.sql(&format!("BEGIN READ WRITE; ALTER DATABASE {name} RESET {setting}; COMMIT")).await;
    }
    store.sql(&format!("ALTER DATABASE {name} SET synchronous_commit = remote_apply")).await;
    store.serve().await.stop().await;
}
