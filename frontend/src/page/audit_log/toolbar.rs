//! Whether new entries come in by themselves, and the ways to take the log along.

use leptos::prelude::*;
use strongroom_shared::Uuid;
use strongroom_shared::operation::AuditFilter;

use super::feed::Feed;
use super::query;
use crate::browser;
use crate::component::icon::{Icon, Picture};

#[component]
pub fn Toolbar(
    team: Uuid,
    /// What passes the filter is what is exported.
    test: Memo<AuditFilter>,
    feed: Feed,
    checkpoint_opened: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <div class="audit__tools">
            <LiveSwitch feed />
            <div class="audit__exports">
                <ExportLink path="/audit-log.jsonl" label="Export JSON lines" team test />
                <ExportLink path="/audit-log.csv" label="Export CSV" team test />
                <button type="button" class="button" on:click=move |_| checkpoint_opened.set(true)>
                    <Picture icon=Icon::Shield />
                    "Checkpoint"
                </button>
            </div>
        </div>
    }
}

#[component]
fn LiveSwitch(feed: Feed) -> impl IntoView {
    let is_on = move || feed.live.get();
    view! {
        <div class="live">
            <button
                type="button"
                class="live__switch"
                class:live__switch--on=is_on
                role="switch"
                aria-checked=move || if is_on() { "true" } else { "false" }
                on:click=move |_| feed.live.update(|live| *live = !*live)
            >
                <span class="live__dot" aria-hidden="true"></span>
                "Live"
            </button>
            <span class="live__state" aria-live="polite">
                {move || match (is_on(), feed.away.get(), feed.interruption.get()) {
                    (false, ..) => "New entries wait until you turn this on.".to_owned(),
                    (true, true, _) => "Paused, because nobody has been here for half an hour.".to_owned(),
                    (true, false, Some(error)) => format!("Interrupted. {}", error.message()),
                    (true, false, None) => String::new(),
                }}
            </span>
        </div>
    }
}

/// A plain link: the browser stores what the server sends.
#[component]
fn ExportLink(path: &'static str, label: &'static str, team: Uuid, test: Memo<AuditFilter>) -> impl IntoView {
    let href = move || test.with(|test| export_address(&browser::link(path), team, test));
    view! {
        <a class="button" href=href download="" rel="external">
            <Picture icon=Icon::Download />
            {label}
        </a>
    }
}

/// Where an export is. Without a filter, the whole log is.
fn export_address(path: &str, team: Uuid, test: &AuditFilter) -> String {
    let mut address = format!("{path}?team={team}");
    if *test != AuditFilter::default()
        && let Ok(json) = serde_json::to_string(test)
    {
        address.push_str("&where=");
        address.push_str(&query::encode(&json));
    }
    address
}

#[cfg(test)]
mod tests {
    use strongroom_shared::operation::TextTest;

    use super::*;

    #[test]
    fn an_export_is_of_what_is_shown() {
        let team = Uuid::from_u128(1);
        assert_eq!(
            export_address("/audit-log.csv", team, &AuditFilter::default()),
            "/audit-log.csv?team=00000000-0000-0000-0000-000000000001"
        );
        let test = AuditFilter {
            actor_name: Some(TextTest { ilike: Some("%ada%".into()), ..TextTest::default() }),
            ..AuditFilter::default()
        };
        assert_eq!(
            export_address("/audit-log.csv", team, &test),
            "/audit-log.csv?team=00000000-0000-0000-0000-000000000001\
             &where=%7B%22actor_name%22:%7B%22_ilike%22:%22%25ada%25%22%7D%7D"
        );
    }
}
