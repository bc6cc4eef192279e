//! What is about PostgreSQL itself: several servers on one database, a database that goes away, one that would lose
//! commits. That everything else is as on SQLite is what `api_postgres` is for.

mod backup;
mod keys;
mod load;
mod outage;
mod safety;
mod servers;

use std::sync::Arc;

use strongroom_tests::postgres::Database;
use strongroom_tests::{Server, Store, Team};

/// Two servers on one database, each with a folder of its own, and a team.
struct Scene {
    store: Arc<Store>,
    first: Server,
    second: Server,
    team: Team,
}

impl Scene {
    async fn new() -> Self {
        Self::on(Self::store()).await
    }

    fn store() -> Arc<Store> {
        Store::on_postgres(Database::create())
    }

    async fn on(store: Arc<Store>) -> Self {
        let first = store.serve().await;
        let second = store.serve_elsewhere().await;
        let team = first.team("acme").await;
        Self { store, first, second, team }
    }
}
