//! The filter's fields, and a removable chip for each part in use.

use strongroom_shared::AuditAction;

use super::Chosen;
use super::filter::{GROUPS, Part, action_label, group};
use crate::component::{Icon, Picture};
use crate::prelude::*;
use crate::query;

const FIELDS: &str = "audit-filters";

#[component]
pub fn FilterBar(chosen: Chosen) -> impl IntoView {
    // Only narrow windows fold the fields away.
    let unfolded = RwSignal::new(false);
    let count = move || chosen.get().parts().count();
    view! {
        <div class="filters" role="search" aria-label="Audit log filters">
            <button
                type="button"
                class="button filters__fold"
                aria-expanded=move || unfolded.get().to_string()
                aria-controls=FIELDS
                on:click=move |_| unfolded.update(|unfolded| *unfolded = !*unfolded)
            >
                <Picture icon=Icon::Filter />
                "Filters"
                {move || (count() > 0).then(|| view! { <span class="chip">{count()}</span> })}
            </button>
            <div id=FIELDS class="filters__fields" class:filters__fields--unfolded=unfolded>
                <TextFilter id="filter-who" part=Part::Who chosen />
                <TextFilter id="filter-object" part=Part::Object chosen />
                <ActionFilter chosen />
                <DateFilter id="filter-from" part=Part::From chosen />
                <DateFilter id="filter-to" part=Part::To chosen />
            </div>
            <FilterChips chosen />
        </div>
    }
}

#[component]
fn TextFilter(id: &'static str, part: Part, chosen: Chosen) -> impl IntoView {
    let applied = Memo::new(move |_| chosen.filter.with(|filter| filter.part(part).to_owned()));
    let apply = move |text: String| chosen.set(part, text);
    let typed = query::typed(applied, Callback::new(apply));
    view! {
        <div class="filters__field">
            <label for=id>{part.describe()}</label>
            <input
                id=id
                class="field__input"
                type="search"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                dir="auto"
                prop:value=typed
                on:input:target=move |event| typed.set(event.target().value())
                on:keydown=move |event| {
                    if event.key() == "Enter" {
                        apply(typed.get_untracked().trim().to_owned());
                    }
                }
            />
        </div>
    }
}

#[component]
fn ActionFilter(chosen: Chosen) -> impl IntoView {
    let is_chosen = move |text: &str| chosen.filter.with(|filter| filter.part(Part::Action) == text);
    let option = move |action: &AuditAction| {
        let value = action.as_str();
        view! { <option value=value selected=move || is_chosen(value)>{action_label(*action)}</option> }
    };
    let options = move |name: &'static str| {
        let actions = AuditAction::ALL.iter().filter(|action| group(**action) == name);
        view! { <optgroup label=name>{actions.map(option).collect_view()}</optgroup> }
    };
    view! {
        <div class="filters__field">
            <label for="filter-action">{Part::Action.describe()}</label>
            <div class="field__box">
                <select
                    id="filter-action"
                    class="field__input field__select"
                    on:change:target=move |event| chosen.set(Part::Action, event.target().value())
                >
                    <option value="" selected=move || is_chosen("")>"Any action"</option>
                    {GROUPS.into_iter().map(options).collect_view()}
                </select>
            </div>
        </div>
    }
}

#[component]
fn DateFilter(id: &'static str, part: Part, chosen: Chosen) -> impl IntoView {
    view! {
        <div class="filters__field filters__field--date">
            <label for=id>{part.describe()}</label>
            <input
                id=id
                class="field__input"
                type="date"
                prop:value=move || chosen.filter.with(|filter| filter.part(part).to_owned())
                on:change:target=move |event| chosen.set(part, event.target().value())
            />
        </div>
    }
}

#[component]
fn FilterChips(chosen: Chosen) -> impl IntoView {
    let parts = Memo::new(move |_| {
        let filter = chosen.get();
        filter.parts().map(|part| (part, shown(filter.describe(part)))).collect::<Vec<_>>()
    });
    let remove = move |part| {
        chosen.set(part, "");
        // The chip that had the focus is gone.
        request_animation_frame(|| {
            if browser::has_lost_focus() {
                browser::focus_first(".filters__chips button, #filter-who");
            }
        });
    };
    let chip = move |(part, text): (Part, String)| {
        let label = format!("Remove the filter {text}");
        view! {
            <li>
                <button type="button" class="filter-chip" aria-label=label on:click=move |_| remove(part)>
                    <span class="filter-chip__text">{text}</span>
                    <Picture icon=Icon::Close />
                </button>
            </li>
        }
    };
    move || {
        let parts = parts.get();
        let clear = (parts.len() > 1).then(|| {
            view! {
                <li>
                    <button type="button" class="link" on:click=move |_| chosen.clear()>"Clear all filters"</button>
                </li>
            }
        });
        (!parts.is_empty()).then(|| {
            view! {
                <ul class="filters__chips" aria-label="Filtered by">
                    {parts.into_iter().map(chip).collect_view()}
                    {clear}
                </ul>
            }
        })
    }
}
