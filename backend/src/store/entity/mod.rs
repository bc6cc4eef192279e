//! The tables as sea-orm sees them. Rows stay in `store`: what leaves it are domain types.
//!
//! To add a table: a file here, its `create_table` in a new migration, and a query file beside this folder.

pub mod api_key;
pub mod audit_entry;
pub mod data_key;
pub mod identity;
pub mod invitation;
pub mod log_in_attempt;
pub mod membership;
pub mod removed_vault_value;
pub mod revoked_api_key;
pub mod role;
pub mod secret;
pub mod secret_version;
pub mod session;
pub mod setup_token;
pub mod team;
pub mod user;
pub mod vault_store;
