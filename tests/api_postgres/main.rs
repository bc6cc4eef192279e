//! The same stories as in `api`, on PostgreSQL. Left out are those that look into SQLite's file, those that no database has
//! a part in (credentials, set-up, how values are written, what errors say), and the long table of permissions, of which the database knows nothing
//! but rows.

#[path = "../api"]
mod stories {
    mod admin;
    mod audit;
    mod history;
    mod import;
    mod keys;
    mod limited_keys;
    mod listing;
    mod members;
    mod names;
    mod roles;
    mod secrets;
    mod sessions;
    mod teams;
    mod throttle;
}
