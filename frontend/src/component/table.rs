//! Parts of tables: heads, chips, and what stands in place of rows. Tables themselves are plain `<table class="table">`.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::text::shown;

/// The head of a table. It has its roles, because what narrow windows show as blocks is no table to the browser.
#[component]
pub fn TableHead(
    /// The columns, and the classes that give them their width.
    columns: &'static [(&'static str, &'static str)],
    /// Whether there is a column for what can be done with a row.
    #[prop(default = true)]
    actions: bool,
) -> impl IntoView {
    let columns = columns
        .iter()
        .map(|&(label, class)| view! { <th scope="col" role="columnheader" class=class>{label}</th> });
    view! {
        <thead role="rowgroup">
            <tr role="row">
                {columns.collect_view()}
                {actions.then(|| view! { <ActionsHead /> })}
            </tr>
        </thead>
    }
}

#[component]
pub fn ActionsHead() -> impl IntoView {
    view! {
        <th scope="col" role="columnheader" class="table__actions">
            <span class="visually-hidden">"Actions"</span>
        </th>
    }
}

#[component]
pub fn Skeleton(label: &'static str) -> impl IntoView {
    view! {
        <div class="skeleton">
            <span class="visually-hidden">{label}</span>
            {(0..6).map(|_| view! { <div class="skeleton__row" aria-hidden="true"></div> }).collect_view()}
        </div>
    }
}

#[component]
pub fn Empty(
    icon: Icon,
    title: &'static str,
    /// What to do about it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__picture">
                <Picture icon />
            </span>
            <p class="empty__title">{title}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// Names beside each other, up to `limit` of them.
#[component]
pub fn Chips(names: Vec<String>, limit: usize, #[prop(optional)] title: Option<String>) -> impl IntoView {
    let more = names.len().saturating_sub(limit);
    let names = names.into_iter().take(limit);
    let names = names.map(|name| view! { <li class="chip chip--name" dir="auto">{shown(name)}</li> });
    view! {
        <ul class="chips" title=title>
            {names.collect_view()}
            {(more > 0).then(|| view! { <li class="chips__more">{format!("and {more} more")}</li> })}
        </ul>
    }
}
