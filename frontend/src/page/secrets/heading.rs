//! The top of the page: what it is for, the way to add a secret, and why there may be none.

use leptos::prelude::*;
use strongroom_shared::Role;

use crate::browser;
use crate::component::app_bar::role_label;
use crate::component::icon::{Icon, Picture};
use crate::component::notice::{Notice, Tone};

const DOCS: &str = "https://docs-v1.prefect.io/orchestration/concepts/secrets.html";
const HEADING: &str = "page-heading";

/// Title, explanation and the button.
#[component]
pub fn Heading(
    /// Whether secrets can be added.
    can_add: bool,
    /// Add one.
    #[prop(into)]
    on_add: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="heading">
            <div class="heading__words">
                <h1 class="heading__title" id=HEADING tabindex="-1">
                    "Secrets"
                </h1>
                <p class="heading__text">
                    "Keep the "
                    <a href=DOCS target="_blank" rel="noopener noreferrer">
                        "secrets"
                        <Picture icon=Icon::External />
                        <span class="visually-hidden">" (opens in a new tab)"</span>
                    </a>
                    " that your team's flow runs need. A value is set here and never shown again: only programs with a runner key get to read it."
                </p>
            </div>
            {can_add
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="button button--primary button--large"
                            on:click=move |_| on_add.run(())
                        >
                            <Picture icon=Icon::Plus />
                            "Add Secret"
                        </button>
                    }
                })}
        </div>
    }
}

/// Why there is nothing to press here.
#[component]
pub fn LockNotice(
    /// What the one without permissions is.
    role: Role,
    /// Whether they may see names all the same.
    can_read: bool,
) -> impl IntoView {
    let role = role_label(role);
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

/// Gives the focus to the heading if the row that had it is gone, so that the keyboard does not start over at the top.
pub fn catch_focus() {
    if browser::has_lost_focus() {
        browser::focus_id(HEADING);
    }
}
