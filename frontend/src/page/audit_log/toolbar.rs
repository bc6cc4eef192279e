//! The switch of the live feed, the exports, and the checkpoint.

use strongroom_shared::operation::AuditFilter;

use super::feed::Feed;
use crate::component::{Button, CloseFooter, CopyField, DialogControl, Fetching, Icon, ModalDialog, Picture};
use crate::prelude::*;
use crate::query;

#[component]
pub fn Toolbar(
    team: Uuid,
    test: Memo<AuditFilter>,
    feed: Feed,
    checkpoint_opened: RwSignal<Option<()>>,
) -> impl IntoView {
    view! {
        <div class="audit__tools">
            <LiveSwitch feed />
            <div class="audit__exports">
                <ExportLink path="/audit-log.jsonl" label="Export JSON lines" team test />
                <ExportLink path="/audit-log.csv" label="Export CSV" team test />
                <Button icon=Icon::Shield on_press=move |()| checkpoint_opened.set(Some(()))>"Checkpoint"</Button>
            </div>
        </div>
    }
}

#[component]
fn LiveSwitch(feed: Feed) -> impl IntoView {
    let is_on = move || feed.live.get();
    let state = move || match (is_on(), feed.stream.away.get(), feed.interruption.get()) {
        (false, ..) => "Turn this on to see new entries.".to_owned(),
        (true, true, _) => "Paused after half an hour without activity.".to_owned(),
        (true, false, Some(error)) => format!("Interrupted. {}", error.message()),
        (true, false, None) => String::new(),
    };
    view! {
        <div class="live">
            <button
                type="button"
                class="live__switch"
                class:live__switch--on=is_on
                role="switch"
                aria-checked=move || is_on().to_string()
                on:click=move |_| feed.live.update(|live| *live = !*live)
            >
                <span class="live__dot" aria-hidden="true"></span>
                "Live"
            </button>
            <span class="live__state" aria-live="polite">{state}</span>
        </div>
    }
}

/// A plain link, because the browser saves the file.
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

/// The URL of an export; without a filter, of the whole log.
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

#[component]
pub fn CheckpointDialog() -> impl IntoView {
    let checkpoint = Fetched::new(api::audit_checkpoint);
    let control = DialogControl::new(Signal::stored(false), Signal::stored(false));
    let line = Signal::derive(move || {
        checkpoint.data.get().map(|checkpoint| checkpoint.line.clone()).unwrap_or_default()
    });
    let command =
        Signal::derive(move || format!("strongroom-server admin audit verify --checkpoint '{}'", line.get()));
    let count = move || checkpoint.data.get().map(|checkpoint| checkpoint.count);
    view! {
        <ModalDialog control title="Checkpoint">
            <div class="dialog__body">
                <p class="dialog__intro">
                    "Keep this line where the server's operators can't change it. It will show whether entries were rewritten, or cut off the end of the log."
                </p>
                <Fetching status=checkpoint.status() what="the checkpoint">
                    <CopyField id="checkpoint" label="Checkpoint" what="the checkpoint" text=line />
                    <CopyField
                        id="checkpoint-command"
                        label="To check it later, on the server"
                        what="the command"
                        text=command
                    />
                    <p class="dialog__aside">{move || count().map(|count| format!("Covers all entries up to number {count}."))}</p>
                </Fetching>
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::operation::TextTest;

    use super::*;

    #[test]
    fn export_has_the_filter_of_the_page() {
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
