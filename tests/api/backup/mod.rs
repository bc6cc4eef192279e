//! Backup and restore: what was acknowledged before is in it, nothing of it shows, and a file that is not whole restores
//! nothing.

mod content;
mod damage;
mod migration;
mod refusal;

use std::fs;
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

/// What is left beside a data folder of files in the making.
fn drafts(store: &Store) -> Vec<String> {
    let names = fs::read_dir(store.scratch()).expect("the folder can be read");
    let names = names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains(".draft")).collect()
}
