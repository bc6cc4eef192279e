//! The dialog that deletes secrets, all or none, and the undo.

use strongroom_shared::input::{
    DeleteSecretInput, DeleteSecretsInput, RestoreSecretInput, RestoreSecretsInput,
};
use strongroom_shared::operation::Limits;
use strongroom_shared::payload::{RefusedSecret, SecretConflict, SecretsPayload};

use super::access::{ReadLine, ReadersLine};
use super::selection::Selected;
use super::selection_bar::{FOLLOWED, counted};
use crate::clock::lasting;
use crate::component::{Chips, ConfirmDialog, DialogHost, DialogName, Snackbar, Submission};
use crate::prelude::*;

const MESSAGE_CHARS: usize = 60;
const NAMES_SHOWN: usize = 12;

#[component]
pub fn DeleteDialog(
    secrets: Vec<Selected>,
    can_restore: bool,
    /// Takes the rows out of the list. Their ids are sorted.
    removed: Callback<Vec<Uuid>>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let DialogHost { changed, .. } = DialogHost::expect();
    let mut names: Vec<_> = secrets.iter().map(|secret| secret.name.clone()).collect();
    names.sort_by_key(|name| text::lower(name));
    let ids: Vec<_> = secrets.iter().map(|secret| secret.id).collect();
    let is_one = names.len() == 1;
    let pending = RwSignal::new(secrets);
    let asked = ids.clone();
    let submission = Submission::new(
        false,
        move || Ok(delete(pending, is_one, changed)),
        move |deleted: Vec<Selected>| {
            removed.run(ids.clone());
            let message = format!("Deleted {}", named(&deleted));
            if deleted.is_empty() {
                snackbar.say(gone(ids.len(), is_one));
            } else if can_restore {
                snackbar.offer(message, "Undo", move || undo(deleted.clone(), snackbar, changed));
            } else {
                snackbar.say(message);
            }
            changed.run(());
        },
    );
    let (title, action, it, its_value) = if is_one {
        ("Delete secret?", "Delete secret", "It", "its value is")
    } else {
        ("Delete secrets?", "Delete secrets", "They", "their values are")
    };
    let subject = names.first().filter(|_| is_one).cloned();
    let readers = match &subject {
        Some(name) => view! { <ReadersLine name=name.as_str() /> }.into_any(),
        None if asked.len() <= FOLLOWED => view! { <ReadLine ids=asked /> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <ConfirmDialog submission title action>
            {match subject {
                Some(name) => view! { <DialogName name /> }.into_any(),
                None => view! {
                    <p><strong>{counted(names.len(), "secret")}</strong></p>
                    <Chips names limit=NAMES_SHOWN />
                }.into_any(),
            }}
            <p>"Programs lose access immediately."</p>
            {readers}
            <p class="dialog__aside">
                {match expect_context::<Limits>().restore_seconds.0 {
                    0 => "This can't be undone.".into_any(),
                    window => view! {
                        {it} " can be restored for " {lasting(window)} " under " <strong>"Recently deleted"</strong>
                        ". After that, " {its_value} " purged."
                    }.into_any(),
                }}
            </p>
        </ConfirmDialog>
    }
}

/// Returns the secrets that it has deleted: none if all were gone. If the server refuses because some are gone or have
/// changed, nothing is deleted, and the next attempt expects the others as they are now.
fn delete(pending: RwSignal<Vec<Selected>>, is_one: bool, changed: Callback<()>) -> Reply<Vec<Selected>> {
    let secrets = pending.get_untracked();
    let inputs = secrets.iter().map(|Selected { id, name, version }| DeleteSecretInput {
        name: name.clone(),
        expected_id: Some(*id),
        expected_version: Some(*version),
    });
    let asked = api::mutate(DeleteSecretsInput { secrets: inputs.collect() });
    Box::pin(async move {
        let SecretsPayload { success, error, refused } = asked.await?;
        if success == Some(true) {
            return Ok(secrets);
        }
        if refused.is_empty() {
            return Err(ApiError::Refused(error.unwrap_or_default()));
        }
        let asks = question(&secrets, &refused, is_one);
        let left = left(secrets, refused);
        if left.is_empty() {
            return Ok(left);
        }
        // The dialog may have been closed.
        if pending.try_set(left).is_some() {
            changed.run(());
        }
        Err(ApiError::Refused(asks))
    })
}

/// The secret as it is now; `None` if it was deleted or renamed.
fn current(refused: &RefusedSecret) -> Option<&SecretConflict> {
    refused.conflict.as_ref().filter(|now| now.version > 0 && now.name == refused.name)
}

/// The secrets that are still there, as they are now.
fn left(secrets: Vec<Selected>, refused: Vec<RefusedSecret>) -> Vec<Selected> {
    // In the order of the secrets.
    let mut refused = refused.into_iter().peekable();
    let now = |secret: Selected| match refused.next_if(|it| it.name == secret.name) {
        None => Some(secret),
        Some(refused) => current(&refused).map(|now| Selected { version: now.version, ..secret }),
    };
    secrets.into_iter().filter_map(now).collect()
}

fn question(secrets: &[Selected], refused: &[RefusedSecret], is_one: bool) -> String {
    let changed: Vec<_> = refused.iter().filter_map(current).collect();
    let missing = refused.len() - changed.len();
    let mut text = if missing > 0 { format!("{} ", gone(missing, is_one)) } else { String::new() };
    if let [SecretConflict { name, updated_by, .. }, others @ ..] = &changed[..] {
        let what = if is_one { "it".to_owned() } else { shortened(name) };
        text += &shown(format!("{updated_by} has changed {what}. "));
        if !others.is_empty() {
            text += &counted(others.len(), "other");
            text += " changed as well. ";
        }
    }
    let rest = if is_one {
        "it anyway".to_owned()
    } else if changed.is_empty() {
        format!("the other {}", secrets.len() - missing)
    } else {
        format!("{} anyway", counted(secrets.len() - missing, "secret"))
    };
    text + &format!("Delete {rest}?")
}

fn gone(count: usize, is_one: bool) -> String {
    match count {
        1 if is_one => "That secret was already deleted or renamed.".to_owned(),
        1 => "1 secret was already deleted or renamed.".to_owned(),
        count => format!("{count} secrets were already deleted or renamed."),
    }
}

/// Restores secrets that were just deleted. The dialog is gone, so the outcome is a message.
fn undo(secrets: Vec<Selected>, snackbar: Snackbar, changed: Callback<()>) {
    let what = named(&secrets);
    let input = |Selected { id, name, .. }| RestoreSecretInput { name, expected_id: Some(id) };
    let asked = api::mutate(RestoreSecretsInput { secrets: secrets.into_iter().map(input).collect() });
    spawn_local(async move {
        let why = match asked.await {
            Ok(SecretsPayload { success: Some(true), .. }) => None,
            Ok(SecretsPayload { error, .. }) => Some(error.unwrap_or_default()),
            Err(error) => Some(error.message()),
        };
        snackbar.say(match why {
            None => format!("Restored {what}"),
            Some(why) => format!("Could not restore {what}. {why}"),
        });
        // The page may be gone.
        changed.try_run(());
    });
}

fn named(secrets: &[Selected]) -> String {
    match secrets {
        [secret] => shortened(&secret.name),
        secrets => counted(secrets.len(), "secret"),
    }
}

pub fn shortened(name: &str) -> String {
    match name.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::DateTime;

    use super::*;

    #[test]
    fn only_long_names_are_shortened() {
        assert_eq!(shortened(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(shortened(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }

    fn selected(name: &str) -> Selected {
        Selected { id: Uuid::nil(), name: name.to_owned(), version: 1 }
    }

    fn refused(name: &str, now: Option<(&str, i32)>) -> RefusedSecret {
        let conflict = now.map(|(name, version)| SecretConflict {
            name: name.to_owned(),
            description: None,
            version,
            updated: DateTime(String::new()),
            updated_by: "bob".to_owned(),
            expires_at: None,
        });
        RefusedSecret { name: name.to_owned(), error: String::new(), conflict }
    }

    #[test]
    fn the_next_attempt_leaves_out_what_is_gone_and_expects_what_has_changed() {
        let secrets = ["A", "B", "C", "D"].map(selected).to_vec();
        let refused = vec![refused("A", None), refused("B", Some(("B", 3))), refused("D", Some(("D", 0)))];
        let asks = question(&secrets, &refused, false);
        assert_eq!(
            asks,
            "2 secrets were already deleted or renamed. bob has changed B. Delete 2 secrets anyway?"
        );
        let left = left(secrets, refused);
        assert_eq!(left, [Selected { version: 3, ..selected("B") }, selected("C")]);
    }

    #[test]
    fn questions_fit_the_number_of_secrets() {
        let two = ["A", "B"].map(selected);
        let renamed = refused("A", Some(("A2", 1)));
        assert_eq!(
            question(&two, &[renamed], false),
            "1 secret was already deleted or renamed. Delete the other 1?"
        );
        let changed = ["A", "B"].map(|name| refused(name, Some((name, 2))));
        assert_eq!(
            question(&two, &changed, false),
            "bob has changed A. 1 other changed as well. Delete 2 secrets anyway?"
        );
        assert_eq!(question(&two[..1], &changed[..1], true), "bob has changed it. Delete it anyway?");
    }
}
