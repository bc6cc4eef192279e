//! The top of the page: what it is for, the way to add a secret, and why there may be none.

use leptos::prelude::*;

use crate::component::heading::PageHeading;
use crate::component::icon::{Icon, Picture};
use crate::component::notice::{Notice, Tone};

const DOCS: &str = "https://docs-v1.prefect.io/orchestration/concepts/secrets.html";

#[component]
pub fn Heading(can_add: bool, #[prop(into)] on_add: Callback<()>) -> impl IntoView {
    view! {
        <PageHeading title="Secrets" action=can_add.then_some("Add Secret") on_action=on_add>
            "Keep the "
            <a href=DOCS target="_blank" rel="noopener noreferrer">
                "secrets"
                <Picture icon=Icon::External />
                <span class="visually-hidden">" (opens in a new tab)"</span>
            </a>
            " that your team's flow runs need. A value is set here and never shown again: only programs with a runner key get to read it."
        </PageHeading>
    }
}

#[component]
pub fn LockNotice(
    /// What the one without permissions is.
    role: String,
    can_read: bool,
) -> impl IntoView {
    let allowed = if can_read {
        "You can see the names of secrets, but not add, change or delete them."
    } else {
        "You can't see or manage secrets."
    };
    view! {
        <Notice tone=Tone::Warning icon=Icon::Lock>
            <strong>"You can't manage this team's secrets."</strong>
            " "
            {allowed}
            " Your role is "
            <strong>{role}</strong>
            "; ask an administrator if you need more."
        </Notice>
    }
}
