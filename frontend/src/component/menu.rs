//! A menu behind a button, on the browser's own popover: it opens, closes and gives the focus back by itself.
//!
//! What is in it are plain buttons and links of the class `menu__action`. One that should close it names it in
//! `popovertarget`, with `popovertargetaction="hide"`.

use leptos::prelude::*;

#[component]
pub fn Menu(
    /// Its id, which the button names in `popovertarget`.
    id: &'static str,
    label: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div id=id class="menu" popover="auto" role="group" aria-label=label>{children()}</div>
    }
}
