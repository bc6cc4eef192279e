//! Authentication: credentials, login and sessions, passwords and their throttle, single sign-on, logins of programs.
//!
//! Not here: permissions (`admission`, `team`), and hashing (`crypto`).

pub mod authentication;
pub mod issuers;
pub mod login;
pub mod password;
pub mod session;
pub mod single_sign_on;
mod throttle;
