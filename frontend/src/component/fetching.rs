//! What stands around something fetched: on its way, failed, or there and perhaps out of date.

use leptos::prelude::*;

use super::notice::{LoadError, Notice, Tone};
use super::table::Skeleton;
use crate::fetched::Status;

/// Shows its children as soon as there is something to show, and what keeps them away until then.
#[component]
pub fn Fetching(
    status: Status,
    loading: &'static str,
    failed: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let Status { is_known, is_loading, error, retry } = status;
    move || {
        if is_known.get() {
            let children = children.clone();
            return view! {
                <StaleNotice error retry />
                <div aria-busy=move || if is_loading.get() { "true" } else { "false" }>{children()}</div>
            }
            .into_any();
        }
        match error.get() {
            Some(error) => {
                view! { <LoadError what=failed why=error.message() busy=is_loading on_retry=retry /> }
                    .into_any()
            }
            None => view! {
                <div aria-busy="true">
                    <Skeleton label=loading />
                </div>
            }
            .into_any(),
        }
    }
}

/// Above what is known, when it could not be brought up to date: better old than nothing.
#[component]
fn StaleNotice(error: Signal<Option<crate::api::ApiError>>, retry: Callback<()>) -> impl IntoView {
    move || {
        error.get().map(|error| {
            view! {
                <div class="card__notice">
                    <Notice tone=Tone::Warning>
                        "This list may be out of date. " {error.message()} " "
                        <button type="button" class="link" on:click=move |_| retry.run(())>"Retry"</button>
                    </Notice>
                </div>
            }
        })
    }
}
