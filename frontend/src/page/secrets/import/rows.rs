//! The rows of the preview. Values are never drawn: a row has the length of its value.

use std::collections::HashSet;
use std::sync::Arc;

use strongroom_shared::payload::ImportChange;

use super::Importing;
use super::plan::{Content, Plan, Row, masked};
use crate::component::Button;
use crate::prelude::*;

/// More rows take long to draw, so they are drawn when the user wants to see them. Refused ones then come first.
const DRAWN: usize = 500;

#[component]
pub fn Rows(importing: Importing) -> impl IntoView {
    let drawn = RwSignal::new(DRAWN);
    move || {
        let plan = importing.plan()?;
        let number = plan.rows.len().min(drawn.get());
        let mut order: Vec<_> = (0..plan.rows.len()).collect();
        if order.len() > DRAWN {
            order.sort_by_key(|index| !matches!(plan.rows[*index].content, Content::Refused(_)));
        }
        let rows = order
            .into_iter()
            .take(number)
            .map(|index| view! { <PlanRow importing plan=Arc::clone(&plan) index /> });
        let left = plan.rows.len() - number;
        Some(view! {
            <ul class="records import__rows" aria-label="Preview">{rows.collect_view()}</ul>
            {(left > 0).then(|| view! {
                <Button on_press=move |()| drawn.set(usize::MAX)>{format!("Show {left} more")}</Button>
            })}
        })
    }
}

#[component]
fn PlanRow(importing: Importing, plan: Arc<Plan>, index: usize) -> impl IntoView {
    let Row { line, name, content } = &plan.rows[index];
    let line = format!("Line {line}");
    let title = name.as_deref().map(shown);
    match content {
        Content::Refused(rule) => view! {
            <li class="record">
                <div class="record__words">
                    <span class="record__title" dir="auto">{title}</span>
                    <span class="record__facts">
                        <span>{line}</span>
                        <span class="import__refused">{rule.clone()}</span>
                    </span>
                </div>
                <span class="chip chip--refused">"refused"</span>
            </li>
        }
        .into_any(),
        Content::Value { value, hint } => {
            let id = format!("import-{index}");
            let name = StoredValue::new(name.clone().unwrap_or_default());
            let change = Memo::new(move |_| {
                importing.preview.with(|preview| name.with_value(|name| preview.as_ref()?.change(name)))
            });
            let can_tick =
                move || matches!(change.get(), Some(ImportChange::Created | ImportChange::Overwritten));
            let is_ticked = Memo::new(move |_| {
                can_tick()
                    && importing.unticked.with(|unticked| name.with_value(|name| !unticked.contains(name)))
            });
            let tick = move |ticked: bool| {
                importing.unticked.update(|unticked: &mut HashSet<String>| {
                    if ticked {
                        name.with_value(|name| unticked.remove(name));
                    } else {
                        unticked.insert(name.get_value());
                    }
                });
            };
            view! {
                <li class="record">
                    <input
                        type="checkbox"
                        class="import__tick"
                        id=id.clone()
                        disabled=move || !can_tick()
                        prop:checked=is_ticked
                        on:change:target=move |event| tick(event.target().checked())
                    />
                    <div class="record__words">
                        <label class="record__title" dir="auto" for=id>{title}</label>
                        <span class="record__facts">
                            <span>{line}</span>
                            <span>"Hidden, " {masked(value)}</span>
                            {hint.clone().map(|hint| view! { <span class="import__hint">{hint}</span> })}
                        </span>
                    </div>
                    {move || change.get().map(|change| {
                        let (class, word) = chip(change);
                        view! { <span class=class>{word}</span> }
                    })}
                </li>
            }
            .into_any()
        }
    }
}

const fn chip(change: ImportChange) -> (&'static str, &'static str) {
    match change {
        ImportChange::Created => ("chip", "new"),
        ImportChange::Overwritten => ("chip chip--overwritten", "overwritten"),
        ImportChange::Unchanged => ("chip chip--plain", "unchanged"),
    }
}
