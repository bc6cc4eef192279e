//! Backup and restore.

mod content;
mod damage;
mod migration;
mod refusal;

use std::sync::Arc;

use strongroom_tests::Store;

async fn back_up(store: &Store) -> String {
    let file = store.beside(&format!("{}.backup", store.next_number()));
    store.run(&["backup", &file]).await.succeeded();
    file
}

async fn restored(of: &Store, file: &str) -> Arc<Store> {
    let store = of.empty_with_key();
    store.run(&["restore", file]).await.succeeded();
    store
}
