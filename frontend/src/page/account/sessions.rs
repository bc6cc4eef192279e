//! The table of the user's sessions.

use strongroom_shared::operation::BrowserSession;

use super::{Dialog, user_agent};
use crate::component::{Button, Fetching, Icon, RelativeTime, TableHead};
use crate::prelude::*;

const COLUMNS: [(&str, &str); 4] =
    [("Browser", ""), ("Address", ""), ("Started", "table__time"), ("Last used", "table__time")];

#[component]
pub fn SessionTable(
    sessions: Fetched<Vec<BrowserSession>>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
    let rows =
        move || sessions.known().into_iter().map(|session| view! { <Row session opened /> }).collect_view();
    view! {
        <section class="part" aria-labelledby="sessions-title">
            <div class="part__head">
                <h2 class="part__title" id="sessions-title">"Sessions"</h2>
                <Button icon=Icon::LogOut on_press=move |()| opened.set(Some(Dialog::Everywhere))>
                    "Log out everywhere"
                </Button>
            </div>
            <div class="card">
                <Fetching status=sessions.status() what="your sessions">
                    <table class="table table--stacked">
                        <TableHead columns=&COLUMNS />
                        <tbody>{rows}</tbody>
                    </table>
                </Fetching>
            </div>
        </section>
    }
}

#[component]
fn Row(session: BrowserSession, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    let browser = user_agent::label(&session.user_agent);
    let title = shown(&session.user_agent);
    let address = session.address.clone();
    let (created, last_used) = (session.created.clone(), session.last_used.clone());
    let is_current = session.is_current;
    let label = format!("End the session of {browser} at {address}");
    let end = move |()| opened.set(Some(Dialog::End(session.clone())));
    view! {
        <tr>
            <td class="table__lead">
                <span class="table__who" title=title>
                    <span class="table__text">{browser}</span>
                    {is_current.then(|| view! { <span class="chip">"this one"</span> })}
                </span>
            </td>
            <td data-label="Address"><code class="table__text">{address}</code></td>
            <td data-label="Started"><RelativeTime time=created /></td>
            <td data-label="Last used"><RelativeTime time=last_used /></td>
            <td class="table__actions">
                {(!is_current).then(|| view! {
                    <Button class="button--small" label on_press=end>"End"</Button>
                })}
            </td>
        </tr>
    }
}
