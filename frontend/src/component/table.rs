//! Parts of tables. The tables themselves are plain `<table class="table">`.

use super::{Icon, Picture};
use crate::prelude::*;

/// The head of a table. It names its roles, because blocks in narrow windows are no table to the browser.
#[component]
pub fn TableHead(
    /// Their labels, and the classes that set their widths.
    columns: &'static [(&'static str, &'static str)],
    #[prop(default = true)] actions: bool,
) -> impl IntoView {
    let columns = columns
        .iter()
        .map(|&(label, class)| view! { <th scope="col" role="columnheader" class=class>{label}</th> });
    view! {
        <thead role="rowgroup">
            <tr role="row">{columns.collect_view()} {actions.then(|| view! { <ActionsHead /> })}</tr>
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
pub fn Empty(icon: Icon, title: &'static str, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__picture"><Picture icon /></span>
            <p class="empty__title">{title}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// At most `limit` names.
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
