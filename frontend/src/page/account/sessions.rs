//! The table of the user's sessions.

use strongroom_shared::operation::BrowserSession;

use super::{Dialog, user_agent};
use crate::component::{ActionsCell, Button, Cell, Fetching, Icon, LeadCell, RelativeTime, StackedTable};
use crate::prelude::*;

const COLUMNS: [(&str, &str); 4] =
    [("Browser", ""), ("Address", ""), ("Started", "table__time"), ("Last used", "table__time")];

#[component]
pub fn SessionTable(
    sessions: Fetched<Vec<BrowserSession>>,
    opened: RwSignal<Option<Dialog>>,
) -> impl IntoView {
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
                    <StackedTable columns=&COLUMNS>
                        <For each=move || sessions.known() key=|session| session.id let:session>
                            <Row session=sessions.row(session, |session| session.id) opened />
                        </For>
                    </StackedTable>
                </Fetching>
            </div>
        </section>
    }
}

#[component]
fn Row(session: Memo<BrowserSession>, opened: RwSignal<Option<Dialog>>) -> impl IntoView {
    // Nothing else about a session changes.
    let last_used = move || view! { <RelativeTime time=session.with(|session| session.last_used.clone()) /> };
    let BrowserSession { user_agent, address, created, is_current, .. } = session.get_untracked();
    let browser = user_agent::label(&user_agent);
    let label = format!("End the session of {browser} at {address}");
    let end = move |()| opened.set(Some(Dialog::End(session.get_untracked())));
    view! {
        <tr role="row">
            <LeadCell>
                <span title=shown(user_agent)>{browser}</span>
                " "
                {is_current.then(|| view! { <span class="chip">"this one"</span> })}
            </LeadCell>
            <Cell label="Address"><code>{address}</code></Cell>
            <Cell label="Started"><RelativeTime time=created /></Cell>
            <Cell label="Last used">{last_used}</Cell>
            <ActionsCell>
                {(!is_current).then(|| view! {
                    <Button class="button--small" label on_press=end>"End"</Button>
                })}
            </ActionsCell>
        </tr>
    }
}
