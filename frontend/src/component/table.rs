//! Tables and their parts.

use super::{Icon, Picture};
use crate::prelude::*;

/// A table whose rows become blocks where it is narrow. It names its roles, because to the browser, blocks are not a
/// table.
#[component]
pub fn StackedTable(
    /// Their labels, and the classes that set their widths.
    columns: &'static [(&'static str, &'static str)],
    #[prop(default = true)] actions: bool,
    #[prop(optional)] class: &'static str,
    /// Rows of the role `row`, each of which begins with a [`LeadCell`].
    children: Children,
) -> impl IntoView {
    let columns = columns
        .iter()
        .map(|&(label, class)| view! { <th scope="col" role="columnheader" class=class>{label}</th> });
    view! {
        <table class=format!("table table--stacked {class}") role="table">
            <thead role="rowgroup">
                <tr role="row">{columns.collect_view()} {actions.then(|| view! { <ActionsHead /> })}</tr>
            </thead>
            <tbody role="rowgroup">{children()}</tbody>
        </table>
    }
}

#[component]
pub fn LeadCell(children: Children) -> impl IntoView {
    view! { <td role="cell" class="table__lead">{children()}</td> }
}

#[component]
pub fn Cell(
    /// The column's, for blocks.
    label: &'static str,
    children: Children,
) -> impl IntoView {
    view! { <td role="cell" data-label=label><div>{children()}</div></td> }
}

#[component]
pub fn ActionsCell(children: Children) -> impl IntoView {
    view! { <td role="cell" class="table__actions">{children()}</td> }
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
pub fn Empty(
    icon: Icon,
    #[prop(into)] title: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__picture"><Picture icon /></span>
            <p class="empty__title">{title}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// Names, of which those after `limit` are folded away.
#[component]
pub fn Chips(names: Vec<String>, limit: usize) -> impl IntoView {
    let list = |names: Vec<String>| {
        let names = names.into_iter();
        let names = names.map(|name| view! { <li class="chip chip--name" dir="auto">{shown(name)}</li> });
        view! { <ul class="chips">{names.collect_view()}</ul> }
    };
    let mut names = names;
    let more = names.split_off(limit.min(names.len()));
    view! {
        {list(names)}
        {(!more.is_empty()).then(|| view! {
            <details class="chips__more">
                <summary>{format!("and {} more", more.len())}</summary>
                {list(more)}
            </details>
        })}
    }
}
