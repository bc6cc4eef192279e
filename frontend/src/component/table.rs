//! What stands in place of a table's rows while there are none. Tables themselves are plain `<table class="table">`.

use leptos::prelude::*;

use super::icon::{Icon, Picture};

/// The head of a table: its columns with their classes, and one without words for what can be done with a row.
#[component]
pub fn TableHead(
    /// The columns, and the classes that give them their width.
    columns: &'static [(&'static str, &'static str)],
) -> impl IntoView {
    let columns = columns.iter().map(|&(label, class)| view! { <th scope="col" class=class>{label}</th> });
    view! {
        <thead>
            <tr>
                {columns.collect_view()} <th scope="col" class="table__actions">
                    <span class="visually-hidden">"Actions"</span>
                </th>
            </tr>
        </thead>
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

/// Nothing there, and what to do about it.
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
