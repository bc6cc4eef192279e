//! The table of secrets, with everything it can be instead: loading, failed, empty, without a match.

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::operation::Secret;

use super::columns::ColumnsMenu;
use super::editor::draft::Purpose;
use super::facts::{Direction, Fact, Facts};
use super::pager::Pager;
use super::paging::{PageSize, Paging};
use super::rows::{SecretRows, Sort};
use super::{Allowed, Opened};
use crate::browser;
use crate::component::button::IconButton;
use crate::component::fetching::Fetching;
use crate::component::icon::{Icon, Picture};
use crate::component::search::SearchField;
use crate::component::table::{ActionsHead, Empty};
use crate::component::time::RelativeTime;
use crate::fetched::Fetched;
use crate::text::shown;

/// Rows that are drawn at once. Ten thousand of them take seconds, so a long page grows as people scroll down.
const BATCH: usize = 200;

/// More columns than this have to be narrow.
const FEW_FACTS: u32 = 3;

#[derive(Clone, Copy)]
struct Look {
    search: RwSignal<String>,
    sort: RwSignal<Sort>,
    facts: RwSignal<Facts>,
    size: RwSignal<PageSize>,
    number: RwSignal<usize>,
}

impl Look {
    fn new() -> Self {
        Self {
            search: RwSignal::default(),
            sort: RwSignal::default(),
            facts: RwSignal::new(Facts::stored()),
            size: RwSignal::default(),
            number: RwSignal::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Empty,
    NoMatch,
    Rows,
}

#[component]
pub fn SecretTable(
    list: Fetched<SecretRows>,
    allowed: Allowed,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let look = Look::new();
    let Look { search, sort, facts, size, number } = look;

    let found = Memo::new(move |_| {
        let rows = list.data.get();
        rows.map(|rows| search.with(|search| rows.find(search, sort.get()))).unwrap_or_default()
    });
    let paging = Memo::new(move |_| Paging::new(found.with(Vec::len), size.get(), number.get()));
    // What is found for other words, or sorted anew, starts at its first page.
    Effect::watch(
        move || {
            search.track();
            sort.track();
        },
        move |(), _, _| number.set(0),
        false,
    );

    let shown = Memo::new(move |_| match list.data.get() {
        None => Shown::Nothing,
        Some(rows) if rows.len() == 0 => Shown::Empty,
        Some(_) if found.with(Vec::is_empty) => Shown::NoMatch,
        Some(_) => Shown::Rows,
    });
    let is_empty = move || shown.get() == Shown::Empty;
    let total = move || list.data.get().map(|rows| rows.len());

    view! {
        <section class="card secrets" aria-label="The team's secrets">
            // Nothing to search, nothing to turn over: an empty store shows how it is filled, and only that.
            <div class="card__bar secrets__bar" hidden=is_empty>
                <SearchField search label="Search for a secret" />
                <span class="card__count secrets__count">
                    {move || total().map(|total| if total == 1 { "1 secret".to_owned() } else { format!("{total} secrets") })}
                </span>
                <ColumnsMenu facts />
            </div>
            <Fetching
                status=list.status()
                loading="Loading the team's secrets"
                failed="The secrets can't be loaded"
            >
                {move || match shown.get() {
                    Shown::Nothing => ().into_any(),
                    Shown::Empty => view! { <NoSecrets can_add=allowed.create /> }.into_any(),
                    Shown::NoMatch => view! { <NoMatch search /> }.into_any(),
                    Shown::Rows => view! { <Rows list found paging look allowed opened /> }.into_any(),
                }}
            </Fetching>
            <div class="secrets__pager" hidden=move || shown.get() != Shown::Rows>
                <Pager paging size number />
            </div>
        </section>
    }
}

/// Narrow windows show the facts below the name. What then is no table to the browser still is one to screen readers,
/// which is why every part of it has its role.
#[component]
fn Rows(
    list: Fetched<SecretRows>,
    found: Memo<Vec<Arc<Secret>>>,
    paging: Memo<Paging>,
    look: Look,
    allowed: Allowed,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let drawn = growing(paging, move || {
        look.search.track();
        look.sort.track();
        look.size.track();
    });
    let rows = move || {
        let range = paging.get().range();
        let end = range.end.min(range.start + drawn.get());
        found.with(|found| found.get(range.start..end).map(<[_]>::to_vec).unwrap_or_default())
    };
    let facts = look.facts;
    let has_actions = allowed.modify || allowed.delete;
    view! {
        <table
            class="table secrets__table"
            class:secrets__table--many=move || { facts.get().len() > FEW_FACTS }
            role="table"
        >
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHeading column=None sort=look.sort />
                    {move || {
                        shown_facts(facts)
                            .map(|fact| view! { <ColumnHeading column=Some(fact) sort=look.sort /> })
                            .collect_view()
                    }}
                    {has_actions.then(|| view! { <ActionsHead /> })}
                </tr>
            </thead>
            <tbody role="rowgroup">
                <For each=rows key=|secret| secret.id let:secret>
                    <Row list secret=list.follow(secret.clone(), move |rows| rows.get(secret.id)) facts allowed opened />
                </For>
            </tbody>
        </table>
    }
}

fn shown_facts(facts: RwSignal<Facts>) -> impl Iterator<Item = Fact> {
    let facts = facts.get();
    Fact::ALL.into_iter().filter(move |fact| facts.contains(*fact))
}

#[component]
fn ColumnHeading(
    /// The column; `None` is the name.
    column: Option<Fact>,
    sort: RwSignal<Sort>,
) -> impl IntoView {
    let class = column.map_or_else(String::new, |fact| format!("fact fact--{}", fact.as_str()));
    view! {
        <th
            scope="col"
            role="columnheader"
            class=class
            aria-sort=move || sort.get().of(column).map(Direction::as_aria)
        >
            <button
                type="button"
                class="table__sort"
                on:click=move |_| sort.update(|sort| *sort = sort.pressed(column))
            >
                {column.map_or("Name", Fact::label)}
                {move || {
                    sort.get()
                        .of(column)
                        .map(|direction| match direction {
                            Direction::Ascending => view! { <Picture icon=Icon::ArrowUp /> },
                            Direction::Descending => view! { <Picture icon=Icon::ArrowDown /> },
                        })
                }}
            </button>
        </th>
    }
}

#[component]
fn Row(
    list: Fetched<SecretRows>,
    secret: Memo<Arc<Secret>>,
    facts: RwSignal<Facts>,
    allowed: Allowed,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let name = Memo::new(move |before: Option<&String>| {
        let drawn = list.data.with(|rows| rows.as_ref()?.drawn(secret.with(|secret| secret.id)));
        drawn.or_else(|| before.cloned()).unwrap_or_default()
    });
    let label = move |action: &'static str| {
        Signal::derive(move || name.with(|name| format!("{action} secret {name}")))
    };
    let description = move || secret.with(|secret| secret.description.as_deref().map(shown));
    let open = move |what: fn(Arc<Secret>) -> Opened| opened.set(Some(what(secret.get_untracked())));
    view! {
        <tr role="row">
            <td class="table__name" role="cell">
                <span class="secret-name" dir="auto" title=name>{name}</span>
                {move || {
                    description()
                        .map(|text| {
                            let title = text.clone();
                            view! {
                                <span class="secret-description" dir="auto" title=title>{text}</span>
                            }
                        })
                }}
            </td>
            {move || shown_facts(facts).map(|fact| view! { <FactCell fact secret /> }).collect_view()}
            {(allowed.modify || allowed.delete).then(|| view! {
                <td class="table__actions" role="cell">
                    {allowed.modify.then(|| view! {
                        <IconButton
                            icon=Icon::Clock
                            label=label("History of")
                            tooltip="Version history"
                            on_press=move |()| open(|secret| Opened::History(secret.name.as_str().into()))
                        />
                        <IconButton
                            icon=Icon::Pencil
                            label=label("Modify")
                            tooltip="Modify secret"
                            on_press=move |()| open(|secret| Opened::Editor(Purpose::Modify(secret)))
                        />
                    })}
                    {allowed.delete.then(|| view! {
                        <IconButton
                            icon=Icon::Trash
                            label=label("Delete")
                            tooltip="Delete secret"
                            danger=true
                            on_press=move |()| open(Opened::Delete)
                        />
                    })}
                </td>
            })}
        </tr>
    }
}

#[component]
fn FactCell(fact: Fact, secret: Memo<Arc<Secret>>) -> impl IntoView {
    let content = move || {
        let secret = secret.get();
        match fact {
            Fact::Updated => view! { <RelativeTime time=secret.updated.clone() /> }.into_any(),
            Fact::UpdatedBy => view! { <Who name=secret.updated_by.clone() /> }.into_any(),
            Fact::Version => secret.version.into_any(),
            Fact::LastRead => match secret.last_read.clone() {
                Some(time) => view! { <RelativeTime time /> }.into_any(),
                None => "never".into_any(),
            },
            Fact::LastReadBy => match secret.last_read_by.clone() {
                Some(name) => view! { <Who name /> }.into_any(),
                None => "nobody".into_any(),
            },
        }
    };
    view! {
        <td class=format!("fact fact--{}", fact.as_str()) role="cell" data-label=fact.label()>{content}</td>
    }
}

#[component]
fn Who(name: String) -> impl IntoView {
    let name = shown(name);
    let title = name.clone();
    view! {
        <bdi class="fact__who" title=title>{name}</bdi>
    }
}

/// The number of drawn rows: one batch more on scrolling near the end, one batch again when `restart` tracks a change.
fn growing(paging: Memo<Paging>, restart: impl Fn() + 'static) -> RwSignal<usize> {
    let drawn = RwSignal::new(BATCH);
    Effect::watch(restart, move |(), _, _| drawn.set(BATCH), false);
    browser::listen(leptos::ev::scroll, move |_| {
        let rows = drawn.get_untracked();
        if rows < paging.get_untracked().range().len() && browser::is_near_end() {
            drawn.set(rows + BATCH);
        }
    });
    drawn
}

#[component]
fn NoSecrets(can_add: bool) -> impl IntoView {
    view! {
        <Empty icon=Icon::Key title="Your team doesn't have any secrets yet.">
            {can_add.then(|| view! {
                <p class="empty__text">
                    "Choose " <strong>"Add Secret"</strong>
                    " to store the first one, a database password for instance."
                </p>
            })}
        </Empty>
    }
}

#[component]
fn NoMatch(search: RwSignal<String>) -> impl IntoView {
    view! {
        <Empty icon=Icon::Search title="No secret has this in its name.">
            <p class="empty__text">"Nor in its description. Try fewer letters to widen the search."</p>
            <button type="button" class="button" on:click=move |_| search.set(String::new())>
                "Clear search"
            </button>
        </Empty>
    }
}
