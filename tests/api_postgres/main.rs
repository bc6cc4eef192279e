//! The stories of `api` on PostgreSQL, without those that look into SQLite's file, those that need no database
//! (credentials, setup, values, errors), and the table of permissions, for which the database has only rows.

#[path = "../api"]
mod stories {
    mod admin;
    mod audit;
    mod audit_actions;
    mod audit_export;
    mod events;
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
    mod webhooks;
}
