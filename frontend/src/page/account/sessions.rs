//! The table of one's own sessions.

use leptos::prelude::*;
use strongroom_shared::operation::BrowserSession;

use super::user_agent;
use crate::component::fetching::Fetching;
use crate::component::icon::{Icon, Picture};
use crate::component::table::TableHead;
use crate::component::time::RelativeTime;
use crate::fetched::Fetched;
use crate::text::shown;

const COLUMNS: [(&str, &str); 4] =
    [("Browser", ""), ("Address", ""), ("Began", "table__time"), ("Last used", "table__time")];

#[component]
pub fn SessionTable(
    sessions: Fetched<Vec<BrowserSession>>,
    #[prop(into)] on_end: Callback<BrowserSession>,
    #[prop(into)] on_end_all: Callback<()>,
) -> impl IntoView {
    view! {
        <section class="part" aria-labelledby="sessions-title">
            <div class="part__head">
                <h2 class="part__title" id="sessions-title">"Sessions"</h2>
                <button type="button" class="button" on:click=move |_| on_end_all.run(())>
                    <Picture icon=Icon::LogOut />
                    "Log out everywhere"
                </button>
            </div>
            <div class="card">
                <Fetching
                    status=sessions.status()
                    loading="Loading your sessions"
                    failed="Your sessions can't be loaded"
                >
                    <table class="table table--stacked">
                        <TableHead columns=&COLUMNS />
                        <tbody>
                            {move || {
                                let sessions = sessions.known().into_iter();
                                sessions.map(|session| view! { <Row session on_end /> }).collect_view()
                            }}
                        </tbody>
                    </table>
                </Fetching>
            </div>
        </section>
    }
}

#[component]
fn Row(session: BrowserSession, on_end: Callback<BrowserSession>) -> impl IntoView {
    let browser = user_agent::label(&session.user_agent);
    let title = shown(&session.user_agent);
    let address = session.address.clone();
    let (created, last_used) = (session.created.clone(), session.last_used.clone());
    let is_current = session.is_current;
    let label = format!("End the session of {browser} at {address}");
    view! {
        <tr>
            <td class="table__lead">
                <span class="table__who" title=title>
                    <span class="table__text">{browser}</span>
                    {is_current.then(|| view! { <span class="chip">"this one"</span> })}
                </span>
            </td>
            <td data-label="Address">
                <code class="table__text">{address}</code>
            </td>
            <td data-label="Began">
                <RelativeTime time=created />
            </td>
            <td data-label="Last used">
                <RelativeTime time=last_used />
            </td>
            <td class="table__actions">
                {(!is_current).then(|| view! {
                    <button
                        type="button"
                        class="button button--small"
                        aria-label=label
                        on:click=move |_| on_end.run(session.clone())
                    >
                        "End"
                    </button>
                })}
            </td>
        </tr>
    }
}
