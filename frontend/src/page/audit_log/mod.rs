//! `/team/audit-log`: who did what, when and from where.
//!
//! The filter is in the URL, so that users can bookmark and share it. It names members, secrets and actions, and never
//! holds a value. Logic without a browser: [`filter`]; [`day`] needs only a calendar.

mod day;
mod entries;
mod feed;
mod filter;
mod filter_bar;
mod toolbar;

use self::entries::Entries;
use self::feed::Feed;
use self::filter::{Filter, Part};
use self::filter_bar::FilterBar;
use self::toolbar::{CheckpointDialog, Toolbar};
use crate::component::{DialogHost, Locked, PageHeading};
use crate::prelude::*;
use crate::query;

const PATH: &str = "/team/audit-log";

/// The filter in the URL.
#[derive(Clone, Copy)]
struct Chosen {
    filter: Memo<Filter>,
    write: Callback<Filter>,
}

impl Chosen {
    fn new() -> Self {
        let (filter, write) = query::in_url(PATH, Filter::from_query, Filter::to_query);
        Self { filter, write }
    }

    fn get(self) -> Filter {
        self.filter.get()
    }

    fn set(self, part: Part, text: impl Into<String>) {
        self.write.run(self.filter.get_untracked().with(part, text));
    }

    fn clear(self) {
        self.write.run(Filter::default());
    }
}

#[component]
pub fn AuditLogPage() -> impl IntoView {
    let account = Session::expect().account();
    account.map(|account| {
        view! {
            <div class="page page--wide">
                <PageHeading title="Audit log">
                    "Who did what, when and from where. Each entry contains the hash of the previous one, so changes and deletions are detectable."
                </PageHeading>
                {if account.may(Permission::ReadAuditLog) {
                    view! { <AuditLog team=account.team.id /> }.into_any()
                } else {
                    view! { <Locked what="this team's audit log" /> }.into_any()
                }}
            </div>
        }
    })
}

#[component]
fn AuditLog(team: Uuid) -> impl IntoView {
    let chosen = Chosen::new();
    let test = Memo::new(move |_| chosen.get().to_test(day::midnight));
    let feed = Feed::new(test.into());
    let checkpoint_opened = RwSignal::new(None);
    DialogHost::provide(checkpoint_opened, || ());

    view! {
        <section class="card audit" aria-label="Audit log entries">
            <Toolbar team test feed checkpoint_opened />
            <FilterBar chosen />
            <Entries feed chosen />
        </section>
        <Show when=move || checkpoint_opened.get().is_some()><CheckpointDialog /></Show>
    }
}
