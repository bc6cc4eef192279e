//! The dialog that deletes a secret, and the undo.

use strongroom_shared::input::{DeleteSecretInput, RestoreSecretInput};
use strongroom_shared::operation::Limits;
use strongroom_shared::payload::SecretConflict;

use crate::clock::lasting;
use crate::component::{ConfirmDialog, DialogHost, Snackbar, Submission};
use crate::prelude::*;

const MESSAGE_CHARS: usize = 60;

#[component]
pub fn DeleteDialog(
    name: String,
    version: i32,
    can_restore: bool,
    /// Takes the row out of the list.
    removed: Callback<String>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let DialogHost { changed, .. } = DialogHost::expect();
    let (subject, to_delete) = (name.clone(), name.clone());
    let version = RwSignal::new(version);
    let submission = Submission::new(
        false,
        move || Ok(delete(to_delete.clone(), version, changed)),
        move |was_there| {
            removed.run(name.clone());
            let message = format!("Deleted {}", shortened(&name));
            if !was_there {
                snackbar.say("That secret was already deleted or renamed.");
            } else if can_restore {
                let name = name.clone();
                snackbar.offer(message, "Undo", move || undo(name.clone(), snackbar, changed));
            } else {
                snackbar.say(message);
            }
            changed.run(());
        },
    );
    view! {
        <ConfirmDialog submission title="Delete secret?" action="Delete secret" subject>
            <p>"Programs lose access immediately."</p>
            <p class="dialog__aside">
                {match expect_context::<Limits>().restore_seconds.0 {
                    0 => "This can't be undone.".into_any(),
                    window => view! {
                        "It can be restored for " {lasting(window)} " under " <strong>"Recently deleted"</strong>
                        ". After that, its value is purged."
                    }.into_any(),
                }}
            </p>
        </ConfirmDialog>
    }
}

/// Returns whether the secret existed. If it has another version, it stays, and the next attempt expects that version.
fn delete(name: String, version: RwSignal<i32>, changed: Callback<()>) -> Reply<bool> {
    let asked = api::mutate(DeleteSecretInput { name, expected_version: Some(version.get_untracked()) });
    Box::pin(async move {
        let payload = asked.await?;
        let Some(current) = payload.current_version else {
            return Ok(payload.success == Some(true));
        };
        // The dialog may have been closed.
        if version.try_set(current).is_none() {
            changed.run(());
        }
        let why = match payload.conflict {
            Some(SecretConflict { updated_by, .. }) => format!("{} has changed it.", shown(updated_by)),
            None => payload.error.unwrap_or_default(),
        };
        Err(ApiError::Refused(format!("{why} Delete it anyway?")))
    })
}

/// Restores a secret that was just deleted. The dialog is gone, so the outcome is a message.
fn undo(name: String, snackbar: Snackbar, changed: Callback<()>) {
    spawn_local(async move {
        let restored = api::change(RestoreSecretInput { name: name.clone() }).await;
        let name = shortened(&name);
        snackbar.say(match restored {
            Ok(()) => format!("Restored {name}"),
            Err(error) => format!("Could not restore {name}. {}", error.message()),
        });
        // The page may be gone.
        changed.try_run(());
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
        assert_eq!(shortened(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(shortened(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
