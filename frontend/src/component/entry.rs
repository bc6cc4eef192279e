//! The frame of the pages that lead in: log-in, set-up, invitations and what is not found.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use super::notice::{Notice, Tone};
use crate::browser;

/// A card in the middle of the window, under the product's name.
#[component]
pub fn EntryPage(
    /// The page's heading, which is also its title.
    #[prop(into)]
    title: Signal<String>,
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| title.with(|title| browser::set_title(title)));
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

/// Browsers don't keep the session cookie over plain http, so the form would seem to do nothing.
#[component]
pub fn InsecureNotice() -> impl IntoView {
    (!browser::can_keep_session()).then(|| {
        view! {
            <Notice tone=Tone::Warning>
                "This address uses plain http. Sessions need HTTPS, so logging in will not work here."
            </Notice>
        }
    })
}

/// In place of a form: why there is none, and the way on.
#[component]
pub fn EntryText(
    title: &'static str,
    #[prop(into)] text: String,
    /// The words that lead to the log-in page.
    #[prop(optional)]
    log_in: Option<&'static str>,
    /// Whether screen readers say it at once.
    #[prop(optional)]
    alert: bool,
) -> impl IntoView {
    view! {
        <div class="entry__text" role=alert.then_some("alert")>
            <p>
                <strong>{title}</strong>
            </p>
            <p>{text}</p>
            {log_in.map(|words| view! {
                <p>
                    <a href=browser::link("/log-in")>{words}</a>
                </p>
            })}
        </div>
    }
}
