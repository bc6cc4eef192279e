//! The frame of the pages outside the team: login, setup, invitations and "not found".

use leptos::ev::SubmitEvent;
use strongroom_shared::operation::SingleSignOn;

use super::{ErrorNotice, Icon, Notice, Picture, SubmitButton, Tone};
use crate::prelude::*;

/// A card in the middle of the window, under the product's name.
#[component]
pub fn EntryPage(
    /// The heading and the title of the tab.
    #[prop(into)]
    title: Signal<String>,
    children: Children,
) -> impl IntoView {
    effect(move || title.with(|title| browser::set_title(title, None)));
    view! {
        <main class="entry">
            <div class="entry__brand">
                <span class="entry__mark"><Picture icon=Icon::Mark /></span>
                "Strongroom"
            </div>
            <section class="card entry__card">
                <h1 class="entry__title" prop:textContent=move || title.get()></h1>
                {children()}
            </section>
        </main>
    }
}

#[component]
pub fn EntryForm(
    action: &'static str,
    request: Request,
    /// Sends the request. Fails with the id of the first wrong field, which gets the focus.
    send: impl Fn() -> Result<(), &'static str> + 'static,
    children: Children,
) -> impl IntoView {
    let error = Signal::derive(move || request.error.get().map(|error| error.message()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        request.error.set(None);
        if let Err(field) = untrack(&send) {
            browser::focus_id(field);
        }
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <ErrorNotice error />
            {children()}
            <SubmitButton label=action busy=request.busy />
        </form>
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

/// Shown instead of a form: why there is none, and what to do.
#[component]
pub fn EntryText(
    title: &'static str,
    #[prop(into)] text: String,
    /// The text of a link to the login page.
    #[prop(optional)]
    log_in: Option<&'static str>,
    /// Whether screen readers announce it.
    #[prop(optional)]
    alert: bool,
) -> impl IntoView {
    view! {
        <div class="entry__text" role=alert.then_some("alert")>
            <p><strong>{title}</strong></p>
            <p>{text}</p>
            {log_in.map(|label| view! { <p><a href=browser::link("/log-in")>{label}</a></p> })}
        </div>
    }
}

#[component]
pub fn SingleSignOnLink(provider: SingleSignOn) -> impl IntoView {
    let SingleSignOn { name, path } = provider;
    view! {
        <div class="sign-on">
            // External, because the server redirects from there.
            <a class="button button--wide button--tall" href=browser::link(&path) rel="external">
                <Picture icon=Icon::External />
                {format!("Continue with {name}")}
            </a>
            <p class="sign-on__or">"or with your password"</p>
        </div>
    }
}
