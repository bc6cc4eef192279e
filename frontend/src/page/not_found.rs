//! Any other URL.

use leptos_router::components::A;

use crate::component::EntryPage;
use crate::prelude::*;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <EntryPage title="Page not found">
            <p class="entry__text">"There is nothing at this address. The link may be outdated or incomplete."</p>
            <A href=browser::link(browser::HOME) attr:class="button button--primary button--wide">
                "Go to your team's secrets"
            </A>
        </EntryPage>
    }
}
