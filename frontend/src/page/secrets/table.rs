//! The table of names, with everything it can be instead: loading, failed, empty, without a match.

use std::sync::Arc;

use leptos::prelude::*;

use super::editor::draft::Purpose;
use super::list::SecretList;
use super::names::{Direction, Names};
use super::pager::Pager;
use super::paging::{PageSize, Paging};
use super::search::SearchField;
use super::{Allowed, Opened};
use crate::api::ApiError;
use crate::browser;
use crate::component::icon::{Icon, Picture};
use crate::component::notice::{LoadError, Notice, Tone};

/// Rows that are drawn at once. Ten thousand of them take seconds, so a long page grows as people scroll down.
const BATCH: usize = 200;

/// How people look at the names.
#[derive(Clone, Copy)]
struct Look {
    search: RwSignal<String>,
    direction: RwSignal<Direction>,
    size: RwSignal<PageSize>,
    number: RwSignal<usize>,
}

impl Look {
    fn new() -> Self {
        Self {
            search: RwSignal::default(),
            direction: RwSignal::default(),
            size: RwSignal::default(),
            number: RwSignal::default(),
        }
    }
}

/// What the card shows.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Loading,
    Failed(ApiError),
    Empty,
    NoMatch,
    Rows,
}

/// The table of names.
#[component]
pub fn SecretTable(
    /// The names.
    list: SecretList,
    /// What may be done with them.
    allowed: Allowed,
    /// Where a row's buttons open their dialogs.
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let look = Look::new();
    let Look {
        search,
        direction,
        size,
        number,
    } = look;

    let found = Memo::new(move |_| {
        let names = list.names.get();
        names
            .map(|names| search.with(|search| names.find(search, direction.get())))
            .unwrap_or_default()
    });
    let paging = Memo::new(move |_| Paging::new(found.with(Vec::len), size.get(), number.get()));
    // What is found for other words starts at its first page.
    Effect::watch(move || search.track(), move |(), _, _| number.set(0), false);

    let shown = Memo::new(move |_| match (list.names.get(), list.error()) {
        (None, Some(error)) => Shown::Failed(error),
        (None, None) => Shown::Loading,
        (Some(names), _) if names.len() == 0 => Shown::Empty,
        (Some(_), _) if found.with(Vec::is_empty) => Shown::NoMatch,
        (Some(_), _) => Shown::Rows,
    });
    let is_empty = move || shown.get() == Shown::Empty;
    let total = move || list.names.get().map(|names: Arc<Names>| names.len());
    // Names that are known are worth more than the news that they could not be brought up to date.
    let stale = move || list.names.with(Option::is_some).then(|| list.error()).flatten();

    view! {
        <section class="card secrets" aria-label="The team's secrets">
            // Nothing to search, nothing to turn over: an empty store shows how it is filled, and only that.
            <div class="secrets__bar" hidden=is_empty>
                <SearchField search />
                <span class="secrets__count">
                    {move || total().map(|total| if total == 1 { "1 secret".to_owned() } else { format!("{total} secrets") })}
                </span>
            </div>
            {move || {
                stale()
                    .map(|error| {
                        view! {
                            <div class="secrets__stale">
                                <Notice tone=Tone::Warning>
                                    "This list may be out of date. " {error.message()} " "
                                    <button type="button" class="link" on:click=move |_| list.refresh()>
                                        "Retry"
                                    </button>
                                </Notice>
                            </div>
                        }
                    })
            }}
            <div aria-busy=move || if list.loading.get() { "true" } else { "false" }>
                {move || match shown.get() {
                    Shown::Loading => view! { <Skeleton /> }.into_any(),
                    Shown::Failed(error) => {
                        view! {
                            <LoadError
                                what="The secrets can't be loaded"
                                why=error.message()
                                busy=list.loading
                                on_retry=move |()| list.refresh()
                            />
                        }
                            .into_any()
                    }
                    Shown::Empty => view! { <NoSecrets can_add=allowed.create /> }.into_any(),
                    Shown::NoMatch => view! { <NoMatch search /> }.into_any(),
                    Shown::Rows => view! { <Rows found paging look allowed opened /> }.into_any(),
                }}
            </div>
            <div class="secrets__pager" hidden=move || shown.get() != Shown::Rows>
                <Pager paging size number />
            </div>
        </section>
    }
}

#[component]
fn Rows(
    found: Memo<Vec<Arc<str>>>,
    paging: Memo<Paging>,
    look: Look,
    allowed: Allowed,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let drawn = growing(paging, move || {
        look.search.track();
        look.direction.track();
        look.size.track();
    });
    let rows = move || {
        let range = paging.get().range();
        let end = range.end.min(range.start + drawn.get());
        found.with(|found| found.get(range.start..end).map(<[_]>::to_vec).unwrap_or_default())
    };
    let has_actions = allowed.modify || allowed.delete;
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th scope="col" aria-sort=move || look.direction.get().as_aria()>
                        <button
                            type="button"
                            class="table__sort"
                            on:click=move |_| look.direction.update(|now| *now = now.reversed())
                        >
                            "Name"
                            {move || match look.direction.get() {
                                Direction::Ascending => view! { <Picture icon=Icon::ArrowUp /> },
                                Direction::Descending => view! { <Picture icon=Icon::ArrowDown /> },
                            }}
                        </button>
                    </th>
                    {has_actions
                        .then(|| {
                            view! {
                                <th scope="col" class="table__actions">
                                    <span class="visually-hidden">"Actions"</span>
                                </th>
                            }
                        })}
                </tr>
            </thead>
            <tbody>
                <For each=rows key=Arc::clone let:name>
                    <Row name allowed opened />
                </For>
            </tbody>
        </table>
    }
}

#[component]
fn Row(name: Arc<str>, allowed: Allowed, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let text = name.to_string();
    let title = name.to_string();
    let delete_name = Arc::clone(&name);
    let modify_label = format!("Modify secret {name}");
    let delete_label = format!("Delete secret {name}");
    view! {
        <tr>
            <td class="table__name">
                <span class="secret-name" dir="auto" title=title>
                    {text}
                </span>
            </td>
            {(allowed.modify || allowed.delete)
                .then(|| {
                    view! {
                        <td class="table__actions">
                            {allowed
                                .modify
                                .then(|| {
                                    view! {
                                        <button
                                            type="button"
                                            class="icon-button"
                                            aria-label=modify_label
                                            data-tooltip="Modify secret"
                                            on:click=move |_| {
                                                opened.set(Some(Opened::Editor(Purpose::Modify(Arc::clone(&name)))));
                                            }
                                        >
                                            <Picture icon=Icon::Pencil />
                                        </button>
                                    }
                                })}
                            {allowed
                                .delete
                                .then(|| {
                                    view! {
                                        <button
                                            type="button"
                                            class="icon-button icon-button--danger"
                                            aria-label=delete_label
                                            data-tooltip="Delete secret"
                                            on:click=move |_| {
                                                opened.set(Some(Opened::Delete(Arc::clone(&delete_name))));
                                            }
                                        >
                                            <Picture icon=Icon::Trash />
                                        </button>
                                    }
                                })}
                        </td>
                    }
                })}
        </tr>
    }
}

/// How many rows of the page are drawn: one batch, and one more whenever people get near the end of it. Starts over
/// when what `restart` tracks changes.
fn growing(paging: Memo<Paging>, restart: impl Fn() + 'static) -> RwSignal<usize> {
    let drawn = RwSignal::new(BATCH);
    Effect::watch(restart, move |(), _, _| drawn.set(BATCH), false);
    let scrolled = window_event_listener(leptos::ev::scroll, move |_| {
        let rows = drawn.get_untracked();
        if rows < paging.get_untracked().range().len() && browser::is_near_end() {
            drawn.set(rows + BATCH);
        }
    });
    on_cleanup(move || scrolled.remove());
    drawn
}

#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton">
            <span class="visually-hidden">"Loading the team's secrets"</span>
            {(0..6).map(|_| view! { <div class="skeleton__row" aria-hidden="true"></div> }).collect_view()}
        </div>
    }
}

#[component]
fn NoSecrets(can_add: bool) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__picture">
                <Picture icon=Icon::Key />
            </span>
            <p class="empty__title">"Your team doesn't have any secrets yet."</p>
            {can_add
                .then(|| {
                    view! {
                        <p class="empty__text">
                            "Choose " <strong>"Add Secret"</strong>
                            " to store the first one, a database password for instance."
                        </p>
                    }
                })}
        </div>
    }
}

#[component]
fn NoMatch(search: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__picture">
                <Picture icon=Icon::Search />
            </span>
            <p class="empty__title">"No secret has this in its name."</p>
            <p class="empty__text">"Try fewer letters to widen the search."</p>
            <button type="button" class="button" on:click=move |_| search.set(String::new())>
                "Clear search"
            </button>
        </div>
    }
}
