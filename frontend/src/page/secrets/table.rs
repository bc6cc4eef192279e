//! The table of secrets.

use std::sync::Arc;

use strongroom_shared::operation::Secret;

use super::columns::{Column, Columns, ColumnsMenu, Direction};
use super::editor::draft::Purpose;
use super::listing::Chosen;
use super::paging::{Pager, Paging};
use super::rows::SecretRows;
use super::{Allowed, Dialog};
use crate::component::{
    ActionsHead, Button, Empty, Fetching, Icon, IconButton, LastTime, Picture, RelativeTime, SearchField,
};
use crate::prelude::*;

/// Ten thousand rows take seconds to draw, so a long page grows by this many as the user scrolls down.
const BATCH: usize = 200;

/// With more columns than this, they must be narrow.
const FEW_COLUMNS: u32 = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Unknown,
    Empty,
    NoMatch,
    Rows,
}

#[component]
pub fn SecretTable(
    list: Fetched<SecretRows>,
    chosen: Chosen,
    allowed: Allowed,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let Chosen { search, listing, .. } = chosen;
    let columns = RwSignal::new(Columns::stored());
    // Turning a page finds nothing anew.
    let order = Memo::new(move |_| listing.with(|listing| (listing.search.clone(), listing.sort)));
    let found = Memo::new(move |_| {
        let rows = list.data.get();
        rows.map(|rows| order.with(|(search, sort)| rows.find(search, *sort))).unwrap_or_default()
    });
    let paging = Memo::new(move |_| {
        let (size, number) = listing.with(|listing| (listing.size(), listing.number));
        Paging::new(found.with(Vec::len), size, number)
    });

    let content = Memo::new(move |_| match list.data.get() {
        None => Content::Unknown,
        Some(rows) if rows.len() == 0 => Content::Empty,
        Some(_) if found.with(Vec::is_empty) => Content::NoMatch,
        Some(_) => Content::Rows,
    });
    let is_empty = move || content.get() == Content::Empty;
    let total = move || match list.data.get()?.len() {
        1 => Some("1 secret".to_owned()),
        total => Some(format!("{total} secrets")),
    };

    view! {
        <section class="card secrets" aria-label="The team's secrets">
            // An empty store has nothing to search.
            <div class="card__bar secrets__bar" hidden=is_empty>
                <SearchField search label="Search for a secret" />
                <span class="card__count secrets__count">{total}</span>
                <ColumnsMenu columns />
            </div>
            <Fetching status=list.status() what="the team's secrets">
                {move || match content.get() {
                    Content::Unknown => ().into_any(),
                    Content::Empty => view! { <NoSecrets can_add=allowed.create opened /> }.into_any(),
                    Content::NoMatch => view! { <NoMatch search /> }.into_any(),
                    Content::Rows => view! { <Rows list found paging chosen columns allowed opened /> }.into_any(),
                }}
            </Fetching>
            <div hidden=move || content.get() != Content::Rows><Pager paging chosen /></div>
        </section>
    }
}

/// Narrow windows show the other columns below the name. Explicit roles keep it a table for screen readers.
#[component]
fn Rows(
    list: Fetched<SecretRows>,
    found: Memo<Vec<Arc<Secret>>>,
    paging: Memo<Paging>,
    chosen: Chosen,
    columns: RwSignal<Columns>,
    allowed: Allowed,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let drawn = growing(paging, move || chosen.listing.track());
    let rows = move || {
        let range = paging.get().range();
        let end = range.end.min(range.start + drawn.get());
        found.with(|found| found.get(range.start..end).map(<[_]>::to_vec).unwrap_or_default())
    };
    let headings = move || {
        visible(columns).map(|column| view! { <ColumnHeading column=Some(column) chosen /> }).collect_view()
    };
    let has_actions = allowed.modify || allowed.delete;
    view! {
        <table
            class="table secrets__table"
            class:secrets__table--many=move || { columns.get().len() > FEW_COLUMNS }
            role="table"
        >
            <thead role="rowgroup">
                <tr role="row">
                    <ColumnHeading column=None chosen />
                    {headings}
                    {has_actions.then(|| view! { <ActionsHead /> })}
                </tr>
            </thead>
            <tbody role="rowgroup">
                <For each=rows key=|secret| secret.id let:secret>
                    <Row
                        list
                        secret=list.follow(secret.clone(), move |rows| rows.get(secret.id))
                        added=chosen.added
                        columns
                        allowed
                        opened
                    />
                </For>
            </tbody>
        </table>
    }
}

fn visible(columns: RwSignal<Columns>) -> impl Iterator<Item = Column> {
    let columns = columns.get();
    Column::ALL.into_iter().filter(move |column| columns.contains(*column))
}

#[component]
fn ColumnHeading(
    /// `None` is the name.
    column: Option<Column>,
    chosen: Chosen,
) -> impl IntoView {
    let class = column.map_or_else(String::new, |column| format!("fact fact--{}", column.as_str()));
    let direction = move || chosen.listing.with(|listing| listing.sort.of(column));
    let arrow = move || match direction()? {
        Direction::Ascending => Some(view! { <Picture icon=Icon::ArrowUp /> }),
        Direction::Descending => Some(view! { <Picture icon=Icon::ArrowDown /> }),
    };
    let press = move |_| {
        chosen.change(|listing| {
            listing.sort = listing.sort.pressed(column);
            listing.number = 0;
        });
    };
    view! {
        <th
            scope="col"
            role="columnheader"
            class=class
            aria-sort=move || direction().map(Direction::as_aria)
        >
            <button type="button" class="table__sort" on:click=press>
                {column.map_or("Name", Column::label)}
                {arrow}
            </button>
        </th>
    }
}

#[component]
fn Row(
    list: Fetched<SecretRows>,
    secret: Memo<Arc<Secret>>,
    added: RwSignal<Option<String>>,
    columns: RwSignal<Columns>,
    allowed: Allowed,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let name = Memo::new(move |before: Option<&String>| {
        let drawn = list.data.with(|rows| rows.as_ref()?.drawn(secret.with(|secret| secret.id)));
        drawn.or_else(|| before.cloned()).unwrap_or_default()
    });
    let label = move |action: &'static str| {
        Signal::derive(move || name.with(|name| format!("{action} secret {name}")))
    };
    let description = move || {
        let text = secret.with(|secret| secret.description.as_deref().map(shown))?;
        let title = text.clone();
        Some(view! { <span class="secret-description" dir="auto" title=title>{text}</span> })
    };
    let open = move |dialog: fn(Arc<Secret>) -> Dialog| opened.set(Some(dialog(secret.get_untracked())));
    let is_added = move || added.with(|added| added.as_ref() == Some(&secret.read().name));
    view! {
        <tr role="row" class:secrets__row--added=is_added>
            <td class="table__name" role="cell">
                <span class="secret-name" dir="auto" title=name>{name}</span>
                {description}
            </td>
            {move || visible(columns).map(|column| view! { <Cell column secret /> }).collect_view()}
            {(allowed.modify || allowed.delete).then(|| view! {
                <td class="table__actions" role="cell">
                    {allowed.modify.then(|| view! {
                        <IconButton
                            icon=Icon::Clock
                            label=label("History of")
                            tooltip="Version history"
                            on_press=move |()| open(|secret| Dialog::History(secret.name.as_str().into()))
                        />
                        <IconButton
                            icon=Icon::Pencil
                            label=label("Modify")
                            tooltip="Modify secret"
                            on_press=move |()| open(|secret| Dialog::Editor(Purpose::Modify(secret)))
                        />
                    })}
                    {allowed.delete.then(|| view! {
                        <IconButton
                            icon=Icon::Trash
                            label=label("Delete")
                            tooltip="Delete secret"
                            danger=true
                            on_press=move |()| open(Dialog::Delete)
                        />
                    })}
                </td>
            })}
        </tr>
    }
}

#[component]
fn Cell(column: Column, secret: Memo<Arc<Secret>>) -> impl IntoView {
    let content = move || {
        let secret = secret.get();
        match column {
            Column::Updated => view! { <RelativeTime time=secret.updated.clone() /> }.into_any(),
            Column::UpdatedBy => view! { <Who name=secret.updated_by.clone() /> }.into_any(),
            Column::Version => secret.version.into_any(),
            Column::LastRead => view! { <LastTime time=secret.last_read.clone() /> }.into_any(),
            Column::LastReadBy => match secret.last_read_by.clone() {
                Some(name) => view! { <Who name /> }.into_any(),
                None => "nobody".into_any(),
            },
        }
    };
    let class = format!("fact fact--{}", column.as_str());
    view! { <td class=class role="cell" data-label=column.label()>{content}</td> }
}

#[component]
fn Who(name: String) -> impl IntoView {
    let name = shown(name);
    let title = name.clone();
    view! { <bdi class="fact__who" title=title>{name}</bdi> }
}

/// The number of drawn rows. Scrolling near the end adds a batch; a change tracked by `restart` starts over.
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
fn NoSecrets(can_add: bool, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let add = move |()| opened.set(Some(Dialog::Editor(Purpose::Create)));
    view! {
        <Empty icon=Icon::Key title="Your team doesn't have any secrets yet.">
            {can_add.then(|| view! {
                <Button class="button--primary" on_press=add>"Add your first secret"</Button>
            })}
        </Empty>
    }
}

#[component]
fn NoMatch(search: RwSignal<String>) -> impl IntoView {
    view! {
        <Empty icon=Icon::Search title="No secret matches.">
            <p class="empty__text">"The search covers names and descriptions."</p>
            <Button on_press=move |()| search.set(String::new())>"Clear search"</Button>
        </Empty>
    }
}
