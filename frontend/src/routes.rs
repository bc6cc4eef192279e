//! Addresses that more than the route table of [`crate::app`] has to know.

/// Where people land when they wanted no other page.
pub const HOME: &str = "/team/secrets";
