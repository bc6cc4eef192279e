//! The question before a secret is deleted, and the way back after it.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError, Reply};
use crate::component::confirm::ConfirmDialog;
use crate::component::form_dialog::Submission;
use crate::component::snackbar::Snackbar;

const MESSAGE_CHARS: usize = 60;

#[component]
pub fn DeleteDialog(
    name: String,
    version: i32,
    can_restore: bool,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let (subject, to_delete) = (name.clone(), name.clone());
    let version = RwSignal::new(version);
    let submission = Submission::new(
        false,
        move || Ok(delete(to_delete.clone(), version, on_changed)),
        move |was_there| {
            let message = format!("Deleted {}", shortened(&name));
            if !was_there {
                snackbar.say("That secret was already gone.");
            } else if can_restore {
                let name = name.clone();
                snackbar.offer(message, "Undo", move || undo(name.clone(), snackbar, on_changed));
            } else {
                snackbar.say(message);
            }
            on_changed.run(());
        },
    );
    view! {
        <ConfirmDialog submission title="Delete secret?" action="Delete" subject on_closed>
            <p>"Programs stop getting it at once."</p>
            <p class="dialog__aside">
                "For 7 days, it can be brought back under " <strong>"Recently deleted"</strong>
                ". After that, its value is gone for good."
            </p>
        </ConfirmDialog>
    }
}

/// Returns whether it existed. At another version it is not deleted, and the next attempt expects that version.
fn delete(name: String, version: RwSignal<i32>, on_changed: Callback<()>) -> Reply<bool> {
    let asked = api::secret::delete(name, version.get_untracked());
    Box::pin(async move {
        let payload = asked.await?;
        let Some(current) = payload.current_version else {
            return Ok(payload.success == Some(true));
        };
        // The dialog may have been closed.
        if version.try_set(current).is_none() {
            on_changed.run(());
        }
        let why = payload.error.unwrap_or_default();
        Err(ApiError::Refused(format!("{why} Press Delete again to delete it anyway.")))
    })
}

/// Brings a secret back that was just deleted. Where it was deleted is gone, so the message tells what came of it.
fn undo(name: String, snackbar: Snackbar, on_changed: Callback<()>) {
    spawn_local(async move {
        let restored = api::secret::restore(name.clone()).await;
        let name = shortened(&name);
        snackbar.say(match restored {
            Ok(()) => format!("Restored {name}"),
            Err(error) => format!("{name} was not restored. {}", error.message()),
        });
        // People may have left the page meanwhile.
        on_changed.try_run(());
    });
}

pub fn shortened(name: &str) -> String {
    match name.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_names_are_shortened() {
        assert_eq!(shortened("DB_URL"), "DB_URL");
        assert_eq!(shortened(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(shortened(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
