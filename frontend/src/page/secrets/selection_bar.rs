//! The bar of actions for the selected secrets.

use std::sync::Arc;

use strongroom_shared::limit::{CHANGED_SECRETS, SECRET_PATTERNS};

use super::Dialog;
use super::rows::SecretRows;
use super::selection::{Selected, Selection, select_all};
use crate::component::lazy::lazy;
use crate::component::{Button, Icon, IconButton, Snackbar};
use crate::prelude::*;

lazy!(rest:
    pub fn selection_bar(
        selection: Selection,
        can_delete: bool,
        opened: RwSignal<Option<Dialog>>
    ) {
        view! { <SelectionBar selection can_delete opened /> }.into_any()
    }
);

/// The most secrets on other pages that are followed. Deleting more is checked by the server alone.
pub const FOLLOWED: usize = 500;

/// Follows the changes of others: deleted secrets leave the selection, and renamed ones stay.
async fn follow(selection: Selection, rows: Arc<SecretRows>) {
    let selected = selection.selected.get_untracked();
    let find = |id| rows.secrets().find(|secret| secret.id == id);
    let elsewhere: Vec<_> = selected.iter().map(|it| it.id).filter(|id| find(*id).is_none()).collect();
    let others = match elsewhere.len() {
        0 => Vec::new(),
        1..=FOLLOWED => match api::secrets_by_id(elsewhere).await {
            Ok(others) => others,
            // The next change of the list asks again.
            Err(_) => return,
        },
        _ => return,
    };
    let find = |id| find(id).or_else(|| others.iter().find(|secret| secret.id == id));
    let kept: Vec<_> = selected.iter().filter_map(|it| find(it.id).map(Selected::of)).collect();
    // The user may have selected others, or left the page.
    if kept != selected && selection.selected.try_get_untracked() == Some(selected) {
        selection.selected.set(kept);
    }
}

#[component]
fn SelectionBar(selection: Selection, can_delete: bool, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let list = selection.list;
    effect(move || {
        if let Some(rows) = list.data.get() {
            spawn_local(follow(selection, rows));
        }
    });
    let snackbar = Snackbar::expect();
    let can_create_key = Session::expect().account().is_some_and(|it| it.may(Permission::CreateApiKey));
    let count = Memo::new(move |_| selection.selected.with(Vec::len));
    let selected = move || selection.selected.get_untracked();
    let is_all = Memo::new(move |_| selection.is_all());
    let obstacles = Memo::new(move |_| selection.selected.with(|selected| Obstacles::of(selected)));
    let copy = move |()| {
        let names = sorted_names(selected());
        spawn_local(async move {
            snackbar.say(if browser::copy(&names.join("\n")).await {
                format!("Copied {}", counted(names.len(), "name"))
            } else {
                "Your browser does not allow copying.".to_owned()
            });
        });
    };
    let clear = move |()| {
        selection.clear();
        request_animation_frame(browser::catch_focus);
    };
    let select_rest = move |()| spawn_local(async move { drop(select_all(selection).await) });
    view! {
        <div class="selection" role="region" aria-label="Selected secrets">
            <span class="selection__count" role="status">{move || format!("{} selected", count.get())}</span>
            <Show when=move || !is_all.get()>
                <Button on_press=select_rest>{move || format!("Select all {}", selection.total())}</Button>
            </Show>
            <span class="selection__close">
                <IconButton icon=Icon::Close label="Clear selection" on_press=clear />
            </span>
            <div class="selection__actions">
                {can_delete.then(|| view! {
                    <Button
                        class="selection__delete button--danger"
                        icon=Icon::Trash
                        disabled=Signal::derive(move || obstacles.with(|it| it.delete.is_some()))
                        on_press=move |()| opened.set(Some(Dialog::Delete(selected())))
                    >
                        "Delete selected"
                    </Button>
                })}
                <Button class="selection__copy" icon=Icon::Copy on_press=copy>"Copy names"</Button>
                {can_create_key.then(|| view! {
                    <Button
                        class="selection__key"
                        icon=Icon::Key
                        disabled=Signal::derive(move || obstacles.with(|it| it.key.is_some()))
                        on_press=move |()| opened.set(Some(Dialog::Key(sorted_names(selected()))))
                    >
                        "Create key for these"
                    </Button>
                })}
            </div>
            {move || {
                let Obstacles { delete, key } = obstacles.get();
                let shown = [delete.filter(|_| can_delete), key.filter(|_| can_create_key)];
                shown.into_iter().flatten().map(|why| view! { <p class="selection__why">{why}</p> }).collect_view()
            }}
        </div>
    }
}

/// Why an action is impossible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Obstacles {
    delete: Option<String>,
    key: Option<String>,
}

impl Obstacles {
    fn of(chosen: &[Selected]) -> Self {
        let too_many = |most, what| (chosen.len() > most).then(|| format!("{what} at most {most} secrets."));
        // In a key's limits, a star at the end stands for any text.
        let starred = chosen.iter().find(|it| it.name.ends_with('*'));
        let starred = starred.map(|it| {
            format!("A key can't be limited to {}: the star would match other secrets, too.", shown(&it.name))
        });
        Self {
            delete: too_many(CHANGED_SECRETS, "You can delete"),
            key: too_many(SECRET_PATTERNS, "A key can be limited to").or(starred),
        }
    }
}

fn sorted_names(chosen: Vec<Selected>) -> Vec<String> {
    let mut names: Vec<_> = chosen.into_iter().map(|selected| selected.name).collect();
    names.sort();
    names
}

pub fn counted(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obstacles_name_the_limit_and_the_star() {
        let selected = |name: &str| Selected { id: Uuid::nil(), name: name.to_owned(), version: 1 };
        assert_eq!(Obstacles::of(&[selected("A*B")]), Obstacles::default());
        let key = Obstacles::of(&[selected("A"), selected("DB_*")]).key.expect("an obstacle");
        assert!(key.contains("limited to DB_*"), "{key}");
        let Obstacles { delete, key } = Obstacles::of(&vec![selected("A"); SECRET_PATTERNS + 1]);
        assert_eq!((delete, key.as_deref()), (None, Some("A key can be limited to at most 100 secrets.")));
        let delete = Obstacles::of(&vec![selected("A"); CHANGED_SECRETS + 1]).delete;
        assert_eq!(delete.as_deref(), Some("You can delete at most 5000 secrets."));
    }
}
