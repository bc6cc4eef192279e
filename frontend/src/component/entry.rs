//! The frame of the pages that lead in: log-in, set-up, invitations and what is not found.

use leptos::prelude::*;

use super::icon::{Icon, Picture};

/// A card in the middle of the window, under the product's name.
#[component]
pub fn EntryPage(
    /// The page's heading, which is also its title.
    #[prop(into)]
    title: Signal<String>,
    /// What is in the card.
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| title.with(|title| crate::browser::set_title(title)));
    view! {
        <main class="entry">
            <div class="entry__brand">
                <span class="entry__mark">
                    <Picture icon=Icon::Mark />
                </span>
                "Strongroom"
            </div>
            <section class="card entry__card">
                <h1 class="entry__title" prop:textContent=move || title.get()></h1>
                {children()}
            </section>
        </main>
    }
}
