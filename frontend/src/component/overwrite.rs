//! Conflicts with somebody else's change: the user decides whether to overwrite it.

use strongroom_shared::error_code::CHANGED_MEANWHILE;

use super::DialogHost;
use crate::prelude::*;

/// The user's consent to overwrite what somebody else has changed since a dialog was opened.
#[derive(Clone, Copy)]
pub struct Overwrite {
    agreed: StoredValue<bool>,
    changed: Callback<()>,
}

impl Overwrite {
    pub fn new() -> Self {
        Self { agreed: StoredValue::new(false), changed: DialogHost::expect().changed }
    }

    /// What the next request expects: what the dialog was opened with, unless the user knows of the other change.
    pub fn unless_agreed<Expected>(self, expected: Option<Expected>) -> Option<Expected> {
        expected.filter(|_| !self.agreed.get_value())
    }

    /// Tells the user of another change. Sending the form again is their consent.
    pub fn ask(self, asked: Reply<()>) -> Reply<()> {
        Box::pin(async move {
            asked.await.map_err(|error| match error {
                ApiError::Refused(why) if why == CHANGED_MEANWHILE => {
                    self.agreed.try_update_value(|agreed| *agreed = true);
                    self.changed.try_run(());
                    ApiError::Refused(format!("{why} Try again to overwrite it."))
                }
                error => error,
            })
        })
    }
}
