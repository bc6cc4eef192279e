//! The invitations whose links still work.

use leptos::prelude::*;
use strongroom_shared::operation::Invitation;

use super::Opened;
use crate::component::fetching::Fetching;
use crate::component::table::TableHead;
use crate::component::time::RelativeTime;
use crate::fetched::Fetched;
use crate::role;
use crate::text::shown;

const COLUMNS: [(&str, &str); 4] =
    [("Invited", ""), ("Role", "table__role"), ("By", ""), ("Link expires", "table__time")];

#[component]
pub fn InvitationTable(
    invitations: Fetched<Vec<Invitation>>,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let list = Memo::new(move |_| invitations.known());
    let is_nothing = move || list.with(Vec::is_empty) && invitations.error().is_none();
    view! {
        <section class="part" aria-labelledby="invitations-title" hidden=is_nothing>
            <h2 class="part__title" id="invitations-title">"Pending invitations"</h2>
            <div class="card">
                <Fetching
                    status=invitations.status()
                    loading="Loading invitations"
                    failed="The invitations can't be loaded"
                >
                    <table class="table table--stacked">
                        <TableHead columns=&COLUMNS />
                        <tbody>
                            {move || {
                                list.get()
                                    .into_iter()
                                    .map(|invitation| view! { <Row invitation opened /> })
                                    .collect_view()
                            }}
                        </tbody>
                    </table>
                </Fetching>
            </div>
        </section>
    }
}

#[component]
fn Row(invitation: Invitation, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let email = shown(&invitation.email);
    let title = email.clone();
    let by = shown(&invitation.created_by);
    let by_title = by.clone();
    let role = role::label(&invitation.role);
    let expires = invitation.expires_at.clone();
    let label = format!("Withdraw the invitation of {email}");
    view! {
        <tr>
            <td class="table__lead">
                <span class="table__text" title=title>{email}</span>
            </td>
            <td data-label="Role">{role}</td>
            <td data-label="By">
                <span class="table__text" title=by_title>{by}</span>
            </td>
            <td data-label="Link expires">
                <RelativeTime time=expires />
            </td>
            <td class="table__actions">
                <button
                    type="button"
                    class="button button--small"
                    aria-label=label
                    on:click=move |_| opened.set(Some(Opened::Withdraw(invitation.clone())))
                >
                    "Withdraw"
                </button>
            </td>
        </tr>
    }
}
