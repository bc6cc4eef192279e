//! The question before a secret is deleted, and the way back after it.

use std::sync::Arc;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{self, ApiError};
use crate::component::button::SubmitButton;
use crate::component::dialog::{DialogControl, DialogFooter, ModalDialog};
use crate::component::failure::SaveFailure;
use crate::component::snackbar::Snackbar;

/// As much of a name as a message has room for.
const MESSAGE_CHARS: usize = 60;

/// The question before a secret is deleted.
#[component]
pub fn DeleteDialog(
    /// Which secret.
    name: Arc<str>,
    /// Whether the one who deletes it may bring it back.
    can_restore: bool,
    /// The list is not what it was.
    #[prop(into)]
    on_changed: Callback<()>,
    /// The dialog is closed.
    #[prop(into)]
    on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let error = RwSignal::new(None::<ApiError>);
    let text = name.to_string();

    let to_delete = Arc::clone(&name);
    let delete = Action::new_local(move |(): &()| api::secret::delete(to_delete.to_string()));
    let deleting = Signal::from(delete.pending());
    let control = DialogControl::new(Signal::stored(false), deleting);
    Effect::new(move |_| {
        match delete.value().get() {
            None => return,
            Some(Ok(())) => {
                let message = format!("Deleted {}", shortened(&name));
                if can_restore {
                    let name = name.to_string();
                    snackbar.offer(message, "Undo", move || undo(name.clone(), snackbar, on_changed));
                } else {
                    snackbar.say(message);
                }
            }
            // The one thing the server refuses here is a name that there is not: somebody was quicker.
            Some(Err(ApiError::Refused(_))) => snackbar.say("That secret was already gone."),
            Some(Err(failure)) => return error.set(Some(failure)),
        }
        control.close();
        on_changed.run(());
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        error.set(None);
        delete.dispatch_local(());
    };

    view! {
        <ModalDialog control title="Delete secret?" small=true on_closed>
            <form class="dialog__form" on:submit=submit>
                <div class="dialog__body">
                    <SaveFailure error />
                    <p>
                        <strong class="dialog__name" dir="auto">
                            {text}
                        </strong>
                    </p>
                    <p>"Programs stop getting it at once."</p>
                    <p class="dialog__aside">
                        "For 7 days, it can be brought back under " <strong>"Recently deleted"</strong>
                        ". After that, its value is gone for good."
                    </p>
                </div>
                <DialogFooter control>
                    <SubmitButton label="Delete" busy=deleting danger=true />
                </DialogFooter>
            </form>
        </ModalDialog>
    }
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

/// A name in a message of one or two lines.
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
