//! What is special about PostgreSQL: several servers on one database, a database that goes away, one that would lose
//! commits. `api_postgres` shows that everything else is as on SQLite.

mod backup;
mod listing;
mod load;
mod outage;
mod safety;
mod servers;

use std::sync::Arc;

use strongroom_tests::postgres::Database;
use strongroom_tests::{Server, Store, Team};

/// Two servers on one database, each with a directory of its own, and a team.
struct Scene {
    store: Arc<Store>,
    first: Server,
    second: Server,
    team: Team,
}

impl Scene {
    async fn new() -> Self {
        let store = Store::on_postgres(Database::create());
        let first = store.serve().await;
        let second = store.serve_elsewhere().await;
        let team = first.team("acme").await;
        Self { store, first, second, team }
    }
}
