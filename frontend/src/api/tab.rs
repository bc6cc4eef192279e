//! The shared state of this tab's requests: its team, and a callback for denied requests.
//!
//! All tabs share one session. The header keeps two tabs from acting in each other's team.

use std::cell::{Cell, RefCell};

use leptos::prelude::{Callable, UnsyncCallback};
use strongroom_shared::Uuid;

pub const TEAM_HEADER: &str = "X-PREFECT-TENANT-ID";

thread_local! {
    static TEAM: Cell<Option<Uuid>> = const { Cell::new(None) };
    static ON_DENIED: RefCell<Option<UnsyncCallback<()>>> = const { RefCell::new(None) };
}

/// The team that this tab shows, once that is known.
pub fn team() -> Option<Uuid> {
    TEAM.get()
}

pub fn set_team(team: Option<Uuid>) {
    TEAM.set(team);
}

/// Registers a callback for denied requests: the user's permissions differ from those the page knows.
pub fn on_denied(callback: UnsyncCallback<()>) {
    ON_DENIED.set(Some(callback));
}

pub(super) fn report_denied() {
    if let Some(callback) = ON_DENIED.with_borrow(Clone::clone) {
        callback.run(());
    }
}
