//! Content that is fetched: a skeleton while it loads, an error if that fails, and a warning if it may be out of date.

use super::{Button, Icon, Notice, Picture, Tone};
use crate::fetched::Status;
use crate::prelude::*;

#[component]
pub fn Fetching(
    status: Status,
    /// The noun in the messages: `the team's secrets`.
    what: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let Status { is_known, is_loading, error, retry } = status;
    move || {
        if is_known.get() {
            let children = children.clone();
            return view! {
                <StaleNotice error retry />
                <div aria-busy=move || is_loading.get().to_string()>{children()}</div>
            }
            .into_any();
        }
        match error.get() {
            Some(error) => {
                view! { <LoadError what why=error.message() busy=is_loading on_retry=retry /> }.into_any()
            }
            None => view! { <div aria-busy="true"><Skeleton what /></div> }.into_any(),
        }
    }
}

#[component]
fn StaleNotice(error: Signal<Option<ApiError>>, retry: Callback<()>) -> impl IntoView {
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

#[component]
pub fn LoadError(
    what: &'static str,
    why: String,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="empty" role="alert">
            <span class="empty__picture empty__picture--error"><Picture icon=Icon::Warning /></span>
            <p class="empty__title">"Could not load " {what}</p>
            <p class="empty__text">{shown(why)}</p>
            <Button icon=Icon::Refresh disabled=busy on_press=move |()| on_retry.run(())>"Retry"</Button>
        </div>
    }
}

#[component]
pub fn Skeleton(what: &'static str) -> impl IntoView {
    view! {
        <div>
            <span class="visually-hidden">"Loading " {what}</span>
            {(0..6).map(|_| view! { <div class="skeleton__row" aria-hidden="true"></div> }).collect_view()}
        </div>
    }
}
