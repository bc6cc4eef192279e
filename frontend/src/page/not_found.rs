//! In place of a page that there is not.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::browser;
use crate::component::entry::EntryPage;
use crate::routes::HOME;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <EntryPage title="Page not found">
            <p class="entry__text">
                "There is nothing at this address. The link may be old, or a letter of it got lost."
            </p>
            <A href=browser::link(HOME) attr:class="button button--primary button--wide">
                "Go to your team's secrets"
            </A>
        </EntryPage>
    }
}
