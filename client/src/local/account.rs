//! The homes of this computer's accounts, for `~` and `~account`.

/// The variable that has the home of whoever runs this.
#[cfg(not(windows))]
pub(super) const HOME_VARIABLE: &str = "HOME";
/// The variable that has the home of whoever runs this.
#[cfg(windows)]
pub(super) const HOME_VARIABLE: &str = "USERPROFILE";

/// The home of an account, or of whoever runs this when the name is empty.
#[cfg(unix)]
pub(super) fn home(account: &str) -> Option<String> {
    use nix::unistd::{Uid, User};

    let user = if account.is_empty() { User::from_uid(Uid::current()) } else { User::from_name(account) };
    user.ok()??.dir.into_os_string().into_string().ok()
}

/// No other account's home is known here.
#[cfg(not(unix))]
pub(super) fn home(_: &str) -> Option<String> {
    None
}
