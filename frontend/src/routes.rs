//! Addresses that more than the route table of [`crate::app`] has to know.

pub const HOME: &str = "/team/secrets";
