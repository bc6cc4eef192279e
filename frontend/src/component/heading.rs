//! The top of a page: what it is called and for, and the one thing that most come to do.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::browser;

#[component]
pub fn PageHeading(
    /// What the page is called. It is also the tab's title.
    title: &'static str,
    /// The main button's words; `None` where the person may not do it.
    #[prop(optional_no_strip)]
    action: Option<&'static str>,
    #[prop(into, optional)] on_action: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    browser::set_title(title);
    view! {
        <div class="heading">
            <div class="heading__words">
                // Set as a property, because a page translator may have replaced our text node.
                <h1 class="heading__title" id=browser::HEADING tabindex="-1" prop:textContent=title></h1>
                <p class="heading__text">{children()}</p>
            </div>
            {action.map(|action| view! {
                <button
                    type="button"
                    class="button button--primary button--large"
                    on:click=move |_| {
                        if let Some(on_action) = on_action {
                            on_action.run(());
                        }
                    }
                >
                    <Picture icon=Icon::Plus />
                    {action}
                </button>
            })}
        </div>
    }
}
