//! Who someone is: log-in and sessions, passwords and their throttle, single sign-on.
//!
//! Not here: what they may do in a team (`team`), and how passwords and tokens are hashed (`crypto`).

pub mod authentication;
pub mod password;
pub mod session;
pub mod single_sign_on;
mod throttle;
