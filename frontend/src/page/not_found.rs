//! Any other URL.

use crate::component::{EntryPage, PageHeading};
use crate::prelude::*;

const TITLE: &str = "Page not found";
const TEXT: &str = "There is nothing at this address. The link may be outdated or incomplete.";

#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <EntryPage title=TITLE>
            <p class="entry__text">{TEXT}</p>
            <a href=browser::link(browser::HOME) class="button button--primary button--wide">
                "Go to your team's secrets"
            </a>
        </EntryPage>
    }
}

/// The same among the team's pages, where the drawer leads on.
#[component]
pub fn TeamNotFoundPage() -> impl IntoView {
    view! { <div class="page"><PageHeading title=TITLE>{TEXT}</PageHeading></div> }
}
