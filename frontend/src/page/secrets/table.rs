//! The table of secrets.
//!
//! To add an action of a row: a button in [`RowActions`].

use std::sync::Arc;

use strongroom_shared::operation::{Secret, SecretGroup, SecretRow};

use super::columns::{Column, Columns, ColumnsMenu, Direction};
use super::editor::draft::Purpose;
use super::filters::{FiltersMenu, filter_chips};
use super::listing::{Chosen, Listing};
use super::paging::{Pager, Paging};
use super::rows::{Entry, SecretRows};
use super::selection::{SelectCell, SelectHead, Selected, Selection};
use super::selection_bar::selection_bar;
use super::{Allowed, Dialog, ImportButton};
use crate::component::lazy;
use crate::component::{
    ActionsHead, Button, Empty, ExpiryBadge, Fetching, Icon, IconButton, LastTime, Picture, RelativeTime,
    SearchField,
};
use crate::prelude::*;

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
    selection: Selection,
    allowed: Allowed,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let Selection { list, chosen, .. } = selection;
    let columns = RwSignal::new(Columns::stored());
    let paging = Memo::new(move |_| {
        let (total, start) =
            list.data.with(|rows| rows.as_ref().map(|rows| (rows.total, rows.offset)).unwrap_or_default());
        Paging::new(total, chosen.listing.with(Listing::size), start)
    });
    let has_selection = Memo::new(move |_| selection.selected.with(|selected| !selected.is_empty()));
    let content = Memo::new(move |_| {
        list.data.with(|rows| match rows {
            None => Content::Unknown,
            Some(rows) if rows.all == 0 => Content::Empty,
            Some(rows) if rows.total == 0 => Content::NoMatch,
            Some(_) => Content::Rows,
        })
    });
    let has_filters = Memo::new(move |_| chosen.listing.with(|listing| !listing.filters.is_empty()));
    let is_empty = move || content.get() == Content::Empty;
    let total = move || {
        let (found, all) = list.data.with(|rows| rows.as_ref().map(|rows| (rows.found, rows.all)))?;
        let found = if found == all { String::new() } else { format!("{found} of ") };
        Some(format!("{found}{all} secret{}", if all == 1 { "" } else { "s" }))
    };

    view! {
        <section class="card secrets" aria-label="The team's secrets">
            // An empty store has nothing to search.
            <div class="card__bar secrets__bar" hidden=is_empty>
                <SearchField search=chosen.search label="Search for a secret" />
                <span class="card__count secrets__count">{total}</span>
                <FiltersMenu chosen />
                <ColumnsMenu columns />
            </div>
            {move || has_filters.get().then(|| lazy::part(filter_chips(chosen)))}
            <Fetching status=list.status() what="the team's secrets">
                {move || match content.get() {
                    Content::Unknown => ().into_any(),
                    Content::Empty => view! { <NoSecrets can_add=allowed.create opened /> }.into_any(),
                    Content::NoMatch => view! { <NoMatch chosen /> }.into_any(),
                    Content::Rows => view! { <Rows list selection chosen columns allowed opened /> }.into_any(),
                }}
            </Fetching>
            <div hidden=move || content.get() != Content::Rows><Pager paging chosen /></div>
            {move || has_selection.get().then(|| {
                lazy::part(selection_bar(selection, allowed.delete, opened))
            })}
        </section>
    }
}

/// Narrow windows show the other columns below the name. Explicit roles keep it a table for screen readers.
#[component]
fn Rows(
    list: Fetched<SecretRows>,
    selection: Selection,
    chosen: Chosen,
    columns: RwSignal<Columns>,
    allowed: Allowed,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    grow(list, chosen);
    let entries = move || list.data.with(|rows| rows.as_ref().map(|rows| rows.entries()).unwrap_or_default());
    let headings = move || {
        visible(columns).map(|column| view! { <ColumnHeading column=Some(column) chosen /> }).collect_view()
    };
    let width = move || columns.get().len() + 3;
    let entry = move |entry: Entry| match entry {
        Entry::Group(group) => view! { <GroupHeading list group chosen width /> }.into_any(),
        Entry::Row { row, is_grouped } => {
            let id = row.secret.id;
            let row = list.follow(row, move |rows| rows.get(id));
            view! { <Row row is_grouped added=chosen.added selection columns allowed opened /> }.into_any()
        }
    };
    view! {
        <table
            class="table secrets__table"
            class:secrets__table--many=move || { columns.get().len() > FEW_COLUMNS }
            role="table"
        >
            <thead role="rowgroup">
                <tr role="row">
                    <SelectHead selection />
                    <ColumnHeading column=None chosen />
                    {headings}
                    <ActionsHead />
                </tr>
            </thead>
            <tbody role="rowgroup">
                <For each=entries key=Entry::key children=entry />
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
                {column.map_or("Name", Column::describe)}
                {arrow}
            </button>
        </th>
    }
}

/// The heading of a group, with a button that folds it; not in a search, which looks into all groups.
#[component]
fn GroupHeading(
    list: Fetched<SecretRows>,
    group: SecretGroup,
    chosen: Chosen,
    width: impl Fn() -> u32 + Send + Sync + 'static,
) -> impl IntoView {
    let prefix = StoredValue::new(group.prefix.clone());
    let group = list.follow(group, move |rows| prefix.with_value(|prefix| rows.group(prefix)));
    let is_searching = move || chosen.listing.with(|listing| !listing.search.is_empty());
    let toggle = move |_| chosen.folds.update(|folds| prefix.with_value(|prefix| folds.toggle(prefix)));
    let words = move || {
        let (name, count) = group.with(|group| (shown(&group.prefix), group.count));
        view! {
            <span class="secret-name" dir="auto">{name}</span>
            <span class="chip">{count} <span class="visually-hidden">" secrets"</span></span>
        }
    };
    view! {
        <tr role="row" class="secrets__group">
            <th scope="rowgroup" role="rowheader" colspan=move || width().to_string()>
                {move || if is_searching() {
                    view! { <span class="group-fold">{words}</span> }.into_any()
                } else {
                    view! {
                        <button
                            type="button"
                            class="group-fold"
                            aria-expanded=move || group.with(|group| (!group.folded).to_string())
                            on:click=toggle
                        >
                            <Picture icon=Icon::ChevronDown />
                            {words}
                        </button>
                    }.into_any()
                }}
            </th>
        </tr>
    }
}

#[component]
fn Row(
    row: Memo<Arc<SecretRow>>,
    is_grouped: bool,
    added: RwSignal<Option<String>>,
    selection: Selection,
    columns: RwSignal<Columns>,
    allowed: Allowed,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let name =
        Memo::new(move |_| row.with(|row| row.drawn.clone().unwrap_or_else(|| row.secret.name.clone())));
    let description = move || {
        let text = row.with(|row| row.secret.description.as_deref().map(shown))?;
        let title = text.clone();
        Some(view! { <span class="secret-description" dir="auto" title=title>{text}</span> })
    };
    let expiry = move || {
        let time = row.with(|row| row.secret.expires_at.clone())?;
        Some(view! { <ExpiryBadge time /> })
    };
    let is_added = move || added.with(|added| added.as_ref() == Some(&row.read().secret.name));
    view! {
        <tr role="row" class:secrets__row--added=is_added class:secrets__row--grouped=is_grouped>
            <SelectCell selection row name />
            <td class="table__name" role="cell">
                <span class="secret-name" dir="auto" title=name>{name}</span>
                {expiry}
                {description}
            </td>
            {move || visible(columns).map(|column| view! { <Cell column row /> }).collect_view()}
            <RowActions row name allowed opened />
        </tr>
    }
}

#[component]
fn RowActions(
    row: Memo<Arc<SecretRow>>,
    name: Memo<String>,
    allowed: Allowed,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let label = move |action: &'static str| {
        Signal::derive(move || name.with(|name| format!("{action} secret {name}")))
    };
    let open = move |dialog: fn(Arc<Secret>) -> Dialog| {
        opened.set(Some(dialog(Arc::new(row.with_untracked(|row| row.secret.clone())))));
    };
    let (use_label, use_tooltip) =
        if allowed.access { ("Use and access of", "Use and access") } else { ("Use", "Use it") };
    view! {
        <td class="table__actions" role="cell">
            <IconButton
                icon=Icon::Code
                label=label(use_label)
                tooltip=use_tooltip
                on_press=move |()| open(|secret| Dialog::Use(secret.name.as_str().into()))
            />
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
                    keys="e"
                    on_press=move |()| open(|secret| Dialog::Editor(Purpose::Modify(secret)))
                />
            })}
            {allowed.delete.then(|| view! {
                <IconButton
                    icon=Icon::Trash
                    label=label("Delete")
                    tooltip="Delete secret"
                    danger=true
                    on_press=move |()| open(|secret| Dialog::Delete(vec![Selected::of(&secret)]))
                />
            })}
        </td>
    }
}

#[component]
fn Cell(column: Column, row: Memo<Arc<SecretRow>>) -> impl IntoView {
    let content = move || {
        let row = row.get();
        let secret = &row.secret;
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
    view! { <td class=class role="cell" data-label=column.describe()>{content}</td> }
}

#[component]
fn Who(name: String) -> impl IntoView {
    let name = shown(name);
    let title = name.clone();
    view! { <bdi class="fact__who" title=title>{name}</bdi> }
}

/// Adds rows to a long page when the user scrolls near its end.
fn grow(list: Fetched<SecretRows>, chosen: Chosen) {
    let busy = StoredValue::new(false);
    let grown = move |part, rows: &SecretRows| {
        let rows = rows.clone().followed_by(part);
        chosen.grown.set_value(rows.len());
        rows
    };
    browser::listen(leptos::ev::scroll, move |_| {
        if busy.get_value() || !browser::is_near_end() {
            return;
        }
        let asked = list.data.with_untracked(|rows| chosen.ask_more(rows.as_ref()?));
        if let Some(asked) = asked {
            busy.set_value(true);
            let listing = chosen.listing.get_untracked();
            spawn_local(async move {
                let part = asked.await;
                // The user may have left the page, or chosen another one.
                if busy.try_set_value(false).is_none()
                    && let Ok(part) = part
                    && chosen.listing.get_untracked() == listing
                {
                    list.update(|rows| grown(part, rows));
                }
            });
        }
    });
}

#[component]
fn NoSecrets(can_add: bool, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let add = move |()| opened.set(Some(Dialog::Editor(Purpose::Create)));
    view! {
        <Empty icon=Icon::Key title="Your team doesn't have any secrets yet.">
            {can_add.then(|| view! {
                <Button class="button--primary" on_press=add>"Add your first secret"</Button>
                <ImportButton opened />
            })}
        </Empty>
    }
}

#[component]
fn NoMatch(chosen: Chosen) -> impl IntoView {
    let has_filters = move || chosen.listing.with(|listing| !listing.filters.is_empty());
    let is_searching = move || chosen.listing.with(|listing| !listing.search.is_empty());
    let clear_search = move |()| chosen.search.set(String::new());
    let clear_filters = move |()| {
        chosen.change(|listing| {
            listing.filters.clear();
            listing.number = 0;
        });
    };
    view! {
        <Empty icon=Icon::Search title="No secret matches.">
            <Show when=is_searching>
                <p class="empty__text">"The search covers names and descriptions."</p>
                <Button on_press=clear_search>"Clear search"</Button>
            </Show>
            <Show when=has_filters><Button on_press=clear_filters>"Clear filters"</Button></Show>
        </Empty>
    }
}
