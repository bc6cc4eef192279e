//! Which rows are shown, and the way to the others.

use leptos::prelude::*;

use super::paging::{PageSize, Paging};
use crate::component::button::IconButton;
use crate::component::icon::Icon;

#[component]
pub fn Pager(paging: Memo<Paging>, size: RwSignal<PageSize>, number: RwSignal<usize>) -> impl IntoView {
    let at_first = Signal::derive(move || paging.with(Paging::is_first));
    let at_last = Signal::derive(move || paging.with(Paging::is_last));
    let shown = move || paging.get_untracked().number;
    view! {
        <div class="pager">
            <label class="pager__size">
                "Rows per page"
                <select
                    class="pager__select"
                    on:change:target=move |event| {
                        if let Some(chosen) = PageSize::parse(&event.target().value()) {
                            size.set(chosen);
                            number.set(0);
                        }
                    }
                >
                    {PageSize::ALL
                        .into_iter()
                        .map(|option| view! {
                            <option value=option.label() selected=move || size.get() == option>
                                {option.label()}
                            </option>
                        })
                        .collect_view()}
                </select>
            </label>
            <span class="pager__label" aria-live="polite">{move || paging.with(Paging::label)}</span>
            <div class="pager__buttons" role="group" aria-label="Pages">
                <IconButton icon=Icon::First label="First page" disabled=at_first on_press=move |()| number.set(0) />
                <IconButton
                    icon=Icon::Previous
                    label="Previous page"
                    disabled=at_first
                    on_press=move |()| number.set(shown().saturating_sub(1))
                />
                <IconButton
                    icon=Icon::Next
                    label="Next page"
                    disabled=at_last
                    on_press=move |()| number.set(shown() + 1)
                />
                <IconButton
                    icon=Icon::Last
                    label="Last page"
                    disabled=at_last
                    on_press=move |()| number.set(paging.get_untracked().last)
                />
            </div>
        </div>
    }
}
