//! The pages of a long table, and the buttons that turn them.

use super::listing::{Chosen, PageSize};
use crate::component::{Icon, IconButton};
use crate::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    start: usize,
    end: usize,
    total: usize,
    /// From 0.
    pub number: usize,
    pub last: usize,
}

impl Paging {
    /// The page that begins with row `start` of `total`.
    pub fn new(total: usize, size: PageSize, start: usize) -> Self {
        let rows = size.rows();
        let last = total.saturating_sub(1) / rows;
        Self { start, end: start.saturating_add(rows).min(total), total, number: start / rows, last }
    }

    pub fn label(&self) -> String {
        if self.total == 0 {
            "0 of 0".to_owned()
        } else {
            format!("{}–{} of {}", self.start + 1, self.end, self.total)
        }
    }

    pub const fn is_first(&self) -> bool {
        self.number == 0
    }

    pub const fn is_last(&self) -> bool {
        self.number == self.last
    }
}

#[component]
pub fn Pager(paging: Memo<Paging>, chosen: Chosen) -> impl IntoView {
    let at_first = Signal::derive(move || paging.with(Paging::is_first));
    let at_last = Signal::derive(move || paging.with(Paging::is_last));
    // Not that of the rows, which may be about to be replaced.
    let shown =
        move || chosen.listing.with_untracked(|listing| listing.number).min(paging.get_untracked().last);
    let turn = move |number| chosen.change(|listing| listing.number = number);
    let choose = move |text: &str| {
        if let Some(size) = PageSize::parse(text) {
            size.store();
            chosen.change(|listing| {
                listing.size = Some(size);
                listing.number = 0;
            });
        }
    };
    let option = move |option: PageSize| {
        let is_chosen = move || chosen.listing.with(|listing| listing.size() == option);
        view! { <option value=option.label() selected=is_chosen>{option.label()}</option> }
    };
    view! {
        <div class="pager">
            <label class="pager__size">
                "Rows per page"
                <select class="pager__select" on:change:target=move |event| choose(&event.target().value())>
                    {PageSize::ALL.into_iter().map(option).collect_view()}
                </select>
            </label>
            <span aria-live="polite">{move || paging.with(Paging::label)}</span>
            <div class="pager__buttons" role="group" aria-label="Pages">
                <IconButton icon=Icon::First label="First page" disabled=at_first on_press=move |()| turn(0) />
                <IconButton
                    icon=Icon::Previous
                    label="Previous page"
                    disabled=at_first
                    on_press=move |()| turn(shown().saturating_sub(1))
                />
                <IconButton
                    icon=Icon::Next
                    label="Next page"
                    disabled=at_last
                    on_press=move |()| turn(shown() + 1)
                />
                <IconButton
                    icon=Icon::Last
                    label="Last page"
                    disabled=at_last
                    on_press=move |()| turn(paging.get_untracked().last)
                />
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_a_label_and_know_the_ends() {
        for (total, size, start, expected, is_first, is_last) in [
            (25, "10", 0, "1–10 of 25", true, false),
            (25, "10", 10, "11–20 of 25", false, false),
            (25, "10", 20, "21–25 of 25", false, true),
            (30, "25", 25, "26–30 of 30", false, true),
            (50, "50", 0, "1–50 of 50", true, true),
            (25, "All", 0, "1–25 of 25", true, true),
            (0, "10", 0, "0 of 0", true, true),
            (0, "All", 0, "0 of 0", true, true),
        ] {
            let size = PageSize::parse(size).expect(size);
            let paging = Paging::new(total, size, start);
            assert_eq!(paging.label(), expected);
            assert_eq!((paging.is_first(), paging.is_last()), (is_first, is_last), "{expected}");
        }
        assert_eq!(Paging::new(25, PageSize::ALL[0], 10).last, 2);
    }
}
