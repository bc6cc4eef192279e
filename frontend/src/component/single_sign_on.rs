//! The way in through another provider.

use leptos::prelude::*;
use strongroom_shared::operation::SingleSignOn;

use super::icon::{Icon, Picture};
use crate::browser;

/// The way in through another provider, apart from the form below it.
#[component]
pub fn SingleSignOnLink(
    /// The provider.
    provider: SingleSignOn,
) -> impl IntoView {
    view! {
        <div class="sign-on">
            // For the browser, not for the page: the server leads on from there.
            <a class="button button--wide button--tall" href=browser::link(&provider.path) rel="external">
                <Picture icon=Icon::External />
                {format!("Continue with {}", provider.name)}
            </a>
            <p class="sign-on__or">"or with your password"</p>
        </div>
    }
}
