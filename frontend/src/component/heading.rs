//! The heading of a page, and the rows of a page of settings.

use super::{Icon, Picture};
use crate::prelude::*;

#[component]
pub fn PageHeading(
    /// The heading and the title of the tab.
    title: &'static str,
    /// The label of the main button; `None` if the user may not press it.
    #[prop(optional_no_strip)]
    action: Option<&'static str>,
    #[prop(into, optional)] on_action: Option<Callback<()>>,
    /// Further buttons, before the main one.
    #[prop(optional_no_strip)]
    other: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let session = Session::expect();
    let team = Memo::new(move |_| session.with_account(|account| shown(&account.team.name)));
    effect(move || team.with(|team| browser::set_title(title, team.as_deref())));
    let act = move |_| {
        if let Some(on_action) = on_action {
            on_action.run(());
        }
    };
    view! {
        <div class="heading">
            <div class="heading__words">
                // Set as a property, because a page translator may have replaced our text node.
                <h1 class="heading__title" id=browser::HEADING tabindex="-1" prop:textContent=title></h1>
                <p class="heading__text">{children()}</p>
            </div>
            <div class="heading__actions">
                {other}
                {action.map(|action| view! {
                    <button
                        type="button"
                        class="button button--primary button--large"
                        aria-keyshortcuts="n"
                        on:click=act
                    >
                        <Picture icon=Icon::Plus />
                        {action}
                    </button>
                })}
            </div>
        </div>
    }
}

#[component]
pub fn FactRow(
    term: &'static str,
    #[prop(optional)] note: Option<&'static str>,
    /// A button, for example.
    #[prop(optional_no_strip)]
    action: Option<AnyView>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="facts__row">
            <dt>{term}</dt>
            <dd>
                {children.map(|children| children())}
                {note.map(|note| view! { <p class="facts__note">{note}</p> })}
            </dd>
            {action.map(|action| view! { <dd>{action}</dd> })}
        </div>
    }
}
