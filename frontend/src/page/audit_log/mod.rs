//! `/team/audit-log`: who did what, when and from where. It is read here, and nothing of it can be changed.
//!
//! What people filter by lives in the address, so that it can be kept and passed on; it names people, secrets and
//! actions, and never holds a value. Logic without a browser: [`filter`], [`query`]; [`day`] needs a calendar only.

mod checkpoint;
mod day;
mod entries;
mod feed;
mod filter;
mod filter_bar;
mod query;
mod toolbar;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use strongroom_shared::{Permission, Uuid};

use self::checkpoint::CheckpointDialog;
use self::entries::Entries;
use self::feed::Feed;
use self::filter::{Filter, Part};
use self::filter_bar::FilterBar;
use self::toolbar::Toolbar;
use crate::component::heading::PageHeading;
use crate::component::icon::Icon;
use crate::component::notice::{Notice, Tone};
use crate::session::Session;

const PATH: &str = "/team/audit-log";

/// What people filter by: read from the address, and written there.
#[derive(Clone, Copy)]
struct Chosen {
    filter: Memo<Filter>,
    write: Callback<Filter>,
}

impl Chosen {
    fn new() -> Self {
        let search = use_location().search;
        let navigate = use_navigate();
        let write = move |filter: Filter| {
            let options = NavigateOptions {
                // Each letter that is typed would be a step back otherwise.
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&format!("{PATH}{}", filter.to_query()), options);
        };
        Self {
            filter: Memo::new(move |_| search.with(|search| Filter::from_query(search))),
            write: Callback::new(write),
        }
    }

    fn get(self) -> Filter {
        self.filter.get()
    }

    fn set(self, part: Part, text: impl Into<String>) {
        let filter = self.filter.get_untracked();
        let changed = filter.clone().with(part, text);
        if changed != filter {
            self.write.run(changed);
        }
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
                <PageHeading title="Audit Log">
                    "Who did what, when and from where. Each entry carries the hash of the one before it, so none can be changed or taken out unnoticed."
                </PageHeading>
                {if account.may(Permission::ReadAuditLog) {
                    view! { <AuditLog team=account.team.id /> }.into_any()
                } else {
                    view! {
                        <Notice tone=Tone::Warning icon=Icon::Lock>
                            <strong>"You can't see this team's audit log."</strong>
                            " Ask an administrator if you need to."
                        </Notice>
                    }.into_any()
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
    let checkpoint_opened = RwSignal::new(false);

    view! {
        <section class="card audit" aria-label="Entries of the audit log">
            <Toolbar team test feed checkpoint_opened />
            <FilterBar chosen />
            <Entries feed chosen />
        </section>
        {move || {
            checkpoint_opened
                .get()
                .then(|| view! {
                    <CheckpointDialog on_closed=move |()| checkpoint_opened.set(false) />
                })
        }}
    }
}
