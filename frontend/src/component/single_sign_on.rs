//! The way in through another provider.

use leptos::prelude::*;
use strongroom_shared::operation::SingleSignOn;

use super::icon::{Icon, Picture};
use crate::browser;

#[component]
pub fn SingleSignOnLink(provider: SingleSignOn) -> impl IntoView {
    let SingleSignOn { name, path } = provider;
    view! {
        <div class="sign-on">
            // For the browser, not for the page: the server leads on from there.
            <a class="button button--wide button--tall" href=browser::link(&path) rel="external">
                <Picture icon=Icon::External />
                {format!("Continue with {name}")}
            </a>
            <p class="sign-on__or">"or with your password"</p>
        </div>
    }
}
