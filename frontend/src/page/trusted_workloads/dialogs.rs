//! The dialogs *How to log in*, *Test a token* and *Remove trust?*.

use strongroom_shared::input::{DeleteTrustInput, TestTrustInput};
use strongroom_shared::operation::{Trust, TrustLogin};
use strongroom_shared::payload::{TestTrustPayload, TrustCheck};

use super::draft::{Draft, Part};
use super::settings::{Names, settings};
use super::{SecretNames, role_of};
use crate::clock;
use crate::component::{
    CloseFooter, ConfirmDialog, DialogControl, DialogName, Field, FormDialog, Icon, ModalDialog, Picture,
    RelativeTime, SUBMIT, Snippets, Submission, TextArea,
};
use crate::page::api_keys::limits;
use crate::prelude::*;

#[component]
pub fn LogInDialog(
    draft: Draft,
    /// `None` for a trust that was added just now.
    logins: Option<Vec<TrustLogin>>,
    names: SecretNames,
) -> impl IntoView {
    let control = DialogControl::new(Signal::stored(false), Signal::stored(false));
    let role = role_of(draft.text(Part::Name));
    let (site, mount) = (browser::site(), outcome_of(api::kv_mount()));
    let lifetime = clock::lasting(draft.lifetime.into());
    let shown_role = shown(&role);
    let snippets = Signal::derive(move || {
        let mount = mount.get().and_then(Result::ok).flatten();
        let secret = limits::first_readable(draft.text(Part::Secrets), names);
        let identity = draft.identity();
        settings(Names { identity, site: site.clone(), role: role.clone(), secret, mount })
    });
    let title = if logins.is_some() { "How to log in" } else { "Workload trusted" };
    let logins = logins.filter(|logins| !logins.is_empty());
    view! {
        <ModalDialog control title>
            <div class="dialog__body">
                <p class="dialog__intro">
                    "Programs log in with the role " <strong dir="auto">{shown_role}</strong> ". A login lasts "
                    {lifetime} "."
                </p>
                <Snippets snippets label="Settings" what="the settings" />
                {logins.map(|logins| view! {
                    <section class="access">
                        <h3 class="access__title">"Last logins"</h3>
                        <ol class="records">
                            {logins.into_iter().map(|login| view! { <Login login /> }).collect_view()}
                        </ol>
                    </section>
                })}
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}

/// The token is cleared after an outcome, and when the dialog closes.
#[component]
pub fn TestDialog(trust: Trust) -> impl IntoView {
    let Trust { id: trust_id, name, .. } = trust;
    let token =
        Field::new("trust-token", "", |text| text.trim().is_empty().then(|| "Paste a token.".to_owned()));
    on_cleanup(move || _ = token.value.try_set(String::new()));
    let outcome = RwSignal::new(None::<TestTrustPayload>);
    let fill = move || {
        outcome.set(None);
        token.check()?;
        Ok(api::mutate(TestTrustInput { trust_id, token: token.text() }))
    };
    let submission = Submission::staying(false, fill, move |tested: TestTrustPayload, _| {
        if let Some(why) = tested.error {
            return Err(ApiError::Refused(why));
        }
        token.clear();
        outcome.set(Some(tested));
        // A busy button can't keep the focus.
        request_animation_frame(|| browser::focus_id(SUBMIT));
        Ok(())
    });
    let checks = move || {
        outcome.get().map(|TestTrustPayload { success, checks, .. }| {
            let verdict = if success == Some(true) {
                "This token can log in."
            } else {
                "This token can't log in."
            };
            view! {
                <p><strong>{verdict}</strong></p>
                <ul class="records">{checks.into_iter().map(|check| view! { <Check check /> }).collect_view()}</ul>
            }
        })
    };
    view! {
        <FormDialog submission title="Test a token" action="Test the token" leave="Close" wide=true>
            <DialogName name />
            <TextArea
                field=token
                label="Token"
                code="eyJ…"
                masked=true
                hint=Some("It is checked without logging in, and not stored.".to_owned())
            />
            <div class="access" role="status">{checks}</div>
        </FormDialog>
    }
}

#[component]
fn Check(check: TrustCheck) -> impl IntoView {
    let TrustCheck { name, passed, problem } = check;
    let icon = if passed { Icon::Check } else { Icon::Close };
    let words = problem.unwrap_or_else(|| if passed { "Passed" } else { "Failed" }.to_owned());
    view! {
        <li class="record record--line">
            <Picture icon />
            <span class="record__words" class:check--failed=!passed>
                <bdi>{shown(name)}</bdi>
                <span class="record__facts">{shown(words)}</span>
            </span>
        </li>
    }
}

#[component]
fn Login(login: TrustLogin) -> impl IntoView {
    let TrustLogin { created, subject, address, is_ended, .. } = login;
    view! {
        <li class="record record--line">
            <bdi>{shown(subject)}</bdi>
            <span class="record__facts">
                <RelativeTime time=created />
                <span>{shown(address)}</span>
                {is_ended.then(|| view! { <span class="chip chip--plain">"ended"</span> })}
            </span>
        </li>
    }
}

#[component]
pub fn RemoveDialog(trust: Trust) -> impl IntoView {
    let Trust { id: trust_id, name, .. } = trust;
    let ask = move || api::change(DeleteTrustInput { trust_id });
    let submission = Submission::removal(ask, "Trust removed.", "That trust was already removed.");
    view! {
        <ConfirmDialog submission title="Remove trust?" action="Remove trust" subject=name>
            <p>"Programs that log in with it are refused immediately, and their logins end. This can't be undone."</p>
        </ConfirmDialog>
    }
}
