//! What the requests of this tab have in common: the team that it shows, and who hears when one is denied.
//!
//! All tabs share one session. The header keeps two tabs from acting in each other's team.

use std::cell::{Cell, RefCell};

use leptos::prelude::Callable;
use leptos::prelude::UnsyncCallback;
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

/// Who wants to hear that a request was denied: what the person may do is not what the page believes.
pub fn on_denied(callback: UnsyncCallback<()>) {
    ON_DENIED.set(Some(callback));
}

pub(super) fn tell_denied() {
    let callback = ON_DENIED.with_borrow(Clone::clone);
    if let Some(callback) = callback {
        callback.run(());
    }
}
