//! The team's webhook: its URL, its signing key, which is shown once, and the last deliveries.

use std::sync::Arc;
use std::time::Duration;

use strongroom_shared::input::SetWebhookInput;
use strongroom_shared::operation::{Webhook, WebhookDelivery, Webhooks};
use strongroom_shared::webhook::DeliveryState;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::component::{
    Button, Cell, Checkbox, CloseFooter, ConfirmDialog, CopyField, DialogControl, DialogHost, FactRow,
    Fetching, Field, FormDialog, LeadCell, ModalDialog, Notice, RelativeTime, SaveFailure, Snackbar,
    StackedTable, Submission, TextField, Tone,
};
use crate::live::Live;
use crate::prelude::*;

const COLUMNS: [(&str, &str); 4] =
    [("Event", ""), ("Created", "table__time"), ("Outcome", ""), ("Attempts", "webhook__attempts")];

/// The time between two looks at deliveries that are about to end.
const INTERVAL: Duration = Duration::from_secs(2);
/// How soon a delivery must be due for that.
const SOON_SECONDS: f64 = 60.0;

#[derive(Clone)]
enum Dialog {
    Set(Option<Webhook>),
    Key(Arc<Zeroizing<String>>),
    Remove,
}

#[component]
pub fn WebhookSection() -> impl IntoView {
    let opened = RwSignal::new(None::<Dialog>);
    let known = Fetched::new(api::webhooks);
    DialogHost::provide(opened, move || known.refresh());
    follow_deliveries(known);
    // Its own memo: deliveries must not draw the facts again, with a pending request.
    let webhook = Memo::new(move |_| known.data.with(|known| known.as_ref()?.webhook.clone()));
    let content = move || match webhook.get() {
        None => view! { <NoWebhook opened /> }.into_any(),
        Some(webhook) => view! { <Facts webhook known opened /> }.into_any(),
    };
    let has_deliveries = Memo::new(move |_| {
        known.data.with(|known| known.as_ref().is_some_and(|known| !known.webhook_delivery.is_empty()))
    });
    view! {
        <section class="part" aria-labelledby="webhook-title">
            <h2 class="part__title" id="webhook-title">"Webhook"</h2>
            <div class="card">
                <Fetching status=known.status() what="the webhook">{content}</Fetching>
            </div>
            <Show when=move || has_deliveries.get()>
                <div class="card"><Deliveries known /></div>
            </Show>
        </section>
        {move || opened.get().map(|dialog| match dialog {
            Dialog::Set(webhook) => view! { <SetDialog webhook opened /> }.into_any(),
            Dialog::Key(key) => view! { <KeyDialog key /> }.into_any(),
            Dialog::Remove => view! { <RemoveDialog /> }.into_any(),
        })}
    }
}

/// Fetches deliveries again while one is about to end: the end of one is no change of the team.
fn follow_deliveries(known: Fetched<Webhooks>) {
    let (clock, live) = (Clock::expect(), Live::expect());
    let is_about_to_end = move || {
        known.data.with_untracked(|known| {
            let deliveries = known.iter().flat_map(|known| &known.webhook_delivery);
            let mut pending = deliveries.filter(|delivery| state(delivery) == Some(DeliveryState::Pending));
            pending.any(|delivery| untrack(|| clock.seconds_until(&delivery.due)) < SOON_SECONDS)
        })
    };
    let look = move || {
        if live.is_wanted() && is_about_to_end() {
            known.refresh();
        }
    };
    if let Ok(interval) = set_interval_with_handle(look, INTERVAL) {
        on_cleanup(move || interval.clear());
    }
}

fn state(delivery: &WebhookDelivery) -> Option<DeliveryState> {
    DeliveryState::parse(&delivery.state)
}

#[component]
fn NoWebhook(opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    view! {
        <div class="card--row">
            <p>
                "Get an event at your URL when a secret is set, deleted, restored, about to expire, or first read by a key. Events \
                 contain names, never values."
            </p>
            <Button on_press=move |()| opened.set(Some(Dialog::Set(None)))>"Set webhook…"</Button>
        </div>
    }
}

#[component]
fn Facts(webhook: Webhook, known: Fetched<Webhooks>, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let request = Request::new();
    let test = move |()| {
        request.send(api::test_webhook(), move |()| {
            snackbar.say("Sending a test event.");
            known.refresh();
        });
    };
    let Webhook { url, created, created_by, is_paused } = webhook.clone();
    let same = url.clone();
    let resume = move |()| {
        let resumed = api::mutate(SetWebhookInput { url: same.clone(), new_key: None });
        request.send(resumed, move |payload| match payload.error {
            None => known.refresh(),
            Some(error) => request.error.set(Some(ApiError::Refused(error))),
        });
    };
    let set = move |()| opened.set(Some(Dialog::Set(Some(webhook.clone()))));
    let actions = view! {
        <div class="webhook__actions">
            <Button class="button--small" on_press=set>"Change"</Button>
            <Button class="button--small" on_press=move |()| opened.set(Some(Dialog::Remove))>"Remove"</Button>
        </div>
    };
    let send = view! {
        <Button class="button--small" disabled=request.busy on_press=test>"Send a test event"</Button>
    };
    view! {
        <SaveFailure error=request.error />
        <dl>
            {is_paused.then(move || {
                let resume = view! {
                    <Button class="button--small" disabled=request.busy on_press=resume>"Resume"</Button>
                };
                view! {
                    <FactRow
                        term="Paused"
                        note="The store was restored from a backup. Nothing is sent until you resume."
                        action=Some(resume.into_any())
                    />
                }
            })}
            <FactRow term="URL" action=Some(actions.into_any())><code>{url}</code></FactRow>
            <FactRow term="Signing key">
                "Created " <RelativeTime time=created /> " by " <bdi>{shown(created_by)}</bdi>
            </FactRow>
            <FactRow
                term="Events"
                note="A secret is set, deleted, restored, about to expire, expired, or first read by a key."
                action=Some(send.into_any())
            />
        </dl>
    }
}

#[component]
fn Deliveries(known: Fetched<Webhooks>) -> impl IntoView {
    let deliveries = move || {
        known
            .data
            .with(|known| known.iter().flat_map(|known| known.webhook_delivery.clone()).collect::<Vec<_>>())
    };
    // A delivery that has changed gets another row.
    let key = |delivery: &WebhookDelivery| {
        let WebhookDelivery { id, attempts, state, due, status, error, .. } = delivery.clone();
        (id, attempts, state, due.0, status, error)
    };
    view! {
        <StackedTable columns=&COLUMNS actions=false>
            <For each=deliveries key let:delivery>
                <Delivery delivery />
            </For>
        </StackedTable>
    }
}

#[component]
fn Delivery(delivery: WebhookDelivery) -> impl IntoView {
    let state = state(&delivery);
    let WebhookDelivery { event, created, attempts, due, status, error, .. } = delivery;
    let words = state.map_or("Unknown", DeliveryState::describe);
    let status = status.map(|status| format!(" (status {status})"));
    let error = error.map(|error| view! { <span class="webhook__error">{shown(error)}</span> });
    let next = (state == Some(DeliveryState::Pending) && attempts > 0)
        .then(|| view! { <span class="webhook__error">"Next attempt " <RelativeTime time=due /></span> });
    view! {
        <tr role="row">
            <LeadCell><code>{event}</code></LeadCell>
            <Cell label="Created"><RelativeTime time=created /></Cell>
            <Cell label="Outcome">
                <span class:webhook__failed=state == Some(DeliveryState::Failed)>{words} {status}</span>
                {error}
                {next}
            </Cell>
            <Cell label="Attempts">{attempts}</Cell>
        </tr>
    }
}

/// The dialog that shows a new signing key replaces it.
#[component]
fn SetDialog(webhook: Option<Webhook>, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let DialogHost { changed, .. } = DialogHost::expect();
    let snackbar = Snackbar::expect();
    let is_new = webhook.is_none();
    let before = StoredValue::new(webhook.map(|webhook| webhook.url).unwrap_or_default());
    let url = Field::new("webhook-url", before.get_value(), |text| {
        let is_url = text.trim().starts_with("https://") || text.trim().starts_with("http://");
        (!is_url).then(|| "Enter a URL that starts with https://".to_owned())
    });
    let new_key = RwSignal::new(false);
    let unchanged =
        Signal::derive(move || before.with_value(|before| url.text() == *before) && !new_key.get());
    let fill = move || {
        url.check()?;
        let new_key = new_key.get().then_some(true);
        Ok(api::mutate(SetWebhookInput { url: url.text(), new_key }))
    };
    let next = StoredValue::new(None::<Dialog>);
    let touched = Signal::derive(move || !unchanged.get());
    let submission = Submission::staying(touched, fill, move |payload, control| {
        if payload.success != Some(true) {
            return Err(ApiError::Refused(payload.error.unwrap_or_default()));
        }
        match payload.key {
            Some(key) => next.set_value(Some(Dialog::Key(Arc::new(Zeroizing::new(key))))),
            None => snackbar.say("Webhook changed."),
        }
        changed.run(());
        control.close();
        Ok(())
    });
    let closed = move |()| opened.set(next.try_update_value(Option::take).flatten());
    view! {
        <FormDialog
            submission
            title=if is_new { "Set webhook" } else { "Change webhook" }
            action="Save"
            wide=true
            unchanged
            on_closed=closed
        >
            <TextField
                field=url
                label="URL"
                autofocus=true
                hint=Some("Events are posted here as JSON, signed as Standard Webhooks specifies it.".to_owned())
            />
            {(!is_new).then(|| view! { <Checkbox label="Replace the signing key" checked=new_key /> })}
        </FormDialog>
    }
}

#[component]
fn KeyDialog(key: Arc<Zeroizing<String>>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let control = DialogControl::new(Signal::derive(move || !copied.get()), Signal::stored(false));
    let on_copied = Callback::new(move |()| copied.set(true));
    let text = key.to_string();
    view! {
        <ModalDialog control title="Webhook set">
            <div class="dialog__body">
                <Notice tone=Tone::Warning>
                    <strong>"Copy the signing key now: it will not be shown again."</strong>
                    " The receiver verifies events with it."
                </Notice>
                <CopyField id="webhook-key" label="Signing key" what="the signing key" text=Signal::stored(text) on_copied />
            </div>
            <CloseFooter control question="You have not copied the signing key. It can't be shown again." />
        </ModalDialog>
    }
}

#[component]
fn RemoveDialog() -> impl IntoView {
    let submission = Submission::confirm(api::delete_webhook, "Webhook removed.");
    view! {
        <ConfirmDialog submission title="Remove webhook?" action="Remove webhook">
            <p>"Events that it has not received are dropped."</p>
        </ConfirmDialog>
    }
}
