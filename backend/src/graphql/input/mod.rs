//! What lists take: conditions, order and window, in Hasura's form.
//!
//! Inputs of mutations are in `shared`, because the page sends them too; it sends none of these.

pub mod compare;
pub mod list;
