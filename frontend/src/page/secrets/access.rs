//! Who may read a secret, and who does: the panel *Access*, and the line in the dialogs that change a secret. Only for
//! roles that may read the audit log, from which all of it comes.

use std::sync::Arc;

use js_sys::Date;
use strongroom_shared::operation::{KeyWithAccess, LastRead, LastReader, SecretAccess, SecretReader};
use strongroom_shared::{DateTime, LongInt, SecretPattern};
use wasm_bindgen::JsValue;

use crate::clock::{self, Clock, formatted};
use crate::component::{Chips, Fetching, RelativeTime};
use crate::prelude::*;

const DAY_SECONDS: f64 = 24.0 * 60.0 * 60.0;
const WEEK_SECONDS: f64 = 7.0 * DAY_SECONDS;
/// The heights of a bar above nothing.
const LEVELS: i64 = 8;
const LIMITS_SHOWN: usize = 6;

pub fn is_allowed() -> bool {
    Session::expect().account().is_some_and(|account| account.may(Permission::ReadAuditLog))
}

/// The last reader of a secret, and how many others there are. It has its place before it is loaded.
#[component]
pub fn ReadersLine(#[prop(into)] name: String) -> impl IntoView {
    is_allowed().then(|| {
        let readers = outcome_of(api::secret_readers(name));
        let line = move || match readers.get()? {
            Ok(readers) => Some(view! { <Readers readers /> }.into_any()),
            Err(_) => Some("Could not load who reads it.".into_any()),
        };
        view! { <p class="readers-line" aria-live="polite">{line}</p> }
    })
}

/// How many of several secrets keys have read this week.
#[component]
pub fn ReadLine(ids: Vec<Uuid>) -> impl IntoView {
    let clock = Clock::expect();
    let secrets = outcome_of(api::secrets_by_id(ids));
    let is_recent = move |time: &DateTime| clock.seconds_until(time) > -WEEK_SECONDS;
    let line = move || match secrets.get()? {
        Ok(secrets) => {
            let times = secrets.iter().filter_map(|secret| secret.last_read.as_ref());
            Some(match times.filter(|time| is_recent(time)).count() {
                0 => "No key has read them this week.".to_owned(),
                read => format!("Keys have read {read} of them this week."),
            })
        }
        Err(_) => Some("Could not load who reads them.".to_owned()),
    };
    view! { <p class="readers-line" aria-live="polite">{line}</p> }
}

#[component]
fn Readers(readers: Vec<LastReader>) -> impl IntoView {
    let clock = Clock::expect();
    let mut readers = readers.into_iter();
    let Some(last) = readers.next() else {
        return "No key has read it in the last 30 days.".into_any();
    };
    let others = readers.filter(|other| clock.seconds_until(&other.last_read) > -WEEK_SECONDS).count();
    let others = match others {
        0 => ".".to_owned(),
        1 => " and by 1 other key this week.".to_owned(),
        others => format!(" and by {others} other keys this week."),
    };
    view! {
        "Read by " <strong dir="auto">{shown(last.key_name)}</strong> " " <RelativeTime time=last.last_read /> {others}
    }
    .into_any()
}

#[component]
pub fn AccessPanel(name: Arc<str>) -> impl IntoView {
    let asked = Arc::clone(&name);
    let access = Fetched::new(move || api::secret_access(asked.to_string()));
    let content = move || {
        let Some(access) = access.known() else {
            return view! { <p>"There is no secret with that name any more."</p> }.into_any();
        };
        let SecretAccess { keys, roles, readers, last_reads } = access;
        let roles: Vec<_> = roles.iter().map(|role| role::label(&role.name)).collect();
        let name = Arc::clone(&name);
        let keys = keys.into_iter().map(move |key| view! { <KeyRecord name=Arc::clone(&name) key /> });
        let has_keys = keys.len() > 0;
        let has_readers = !readers.is_empty();
        view! {
            <section class="access">
                <h3 class="access__title">"Reads in the last 30 days"</h3>
                {if has_readers {
                    view! {
                        <ul class="records">
                            {readers.into_iter().map(|reader| view! { <ReaderRecord reader /> }).collect_view()}
                        </ul>
                        <p class="access__note">"One bar for each day in UTC, today's at the right."</p>
                    }.into_any()
                } else {
                    view! { <p class="access__note">"No key has read it in the last 30 days."</p> }.into_any()
                }}
            </section>
            {(!last_reads.is_empty()).then(|| view! {
                <section class="access">
                    <h3 class="access__title">"Last reads"</h3>
                    <ol class="records">
                        {last_reads.into_iter().map(|read| view! { <ReadRecord read /> }).collect_view()}
                    </ol>
                </section>
            })}
            <section class="access">
                <h3 class="access__title">"Keys that can read it"</h3>
                {if has_keys {
                    view! { <ul class="records">{keys.collect_view()}</ul> }.into_any()
                } else {
                    view! { <p class="access__note">"No API key can read it."</p> }.into_any()
                }}
                <p class="access__note">
                    "Only keys with a role that reads values can: " <span dir="auto">{roles.join(", ")}</span> "."
                </p>
            </section>
        }
        .into_any()
    };
    view! { <Fetching status=access.status() what="its access">{content.clone()}</Fetching> }
}

#[component]
fn ReaderRecord(reader: SecretReader) -> impl IntoView {
    let SecretReader { key_name, last_read, reads_by_day } = reader;
    let total = reads_by_day.iter().map(|reads| reads.0).sum();
    view! {
        <li class="record">
            <div class="record__words">
                <span class="record__title" dir="auto">{shown(key_name)}</span>
                <span class="record__facts">
                    <span>{counted(total)}</span>
                    <span>"Last " <RelativeTime time=last_read /></span>
                </span>
            </div>
            <Bars reads_by_day />
        </li>
    }
}

/// A bar for each day. Screen readers get a sentence.
#[component]
fn Bars(reads_by_day: Vec<LongInt>) -> impl IntoView {
    let today = Date::now();
    let last = reads_by_day.len().saturating_sub(1);
    let name = move |place: usize| {
        #[expect(clippy::cast_precision_loss, reason = "a few days")]
        let ago = (last - place) as f64 * DAY_SECONDS * 1000.0;
        let styles = [("day", "numeric"), ("month", "short"), ("timeZone", "UTC")];
        formatted(&Date::new(&JsValue::from_f64(today - ago)), &styles).unwrap_or_default()
    };
    let summary = summary(&reads_by_day, name);
    let most = reads_by_day.iter().map(|reads| reads.0).max().unwrap_or_default();
    let bar = move |(place, reads): (usize, LongInt)| {
        let class = format!("bar bar--{}", level(reads.0, most));
        let title = format!("{}: {}", name(place), counted(reads.0));
        view! { <span class=class title=title></span> }
    };
    view! {
        <div class="bars" role="img" aria-label=summary>
            {reads_by_day.into_iter().enumerate().map(bar).collect_view()}
        </div>
    }
}

#[component]
fn ReadRecord(read: LastRead) -> impl IntoView {
    view! {
        <li class="record record--line">
            <bdi>{shown(read.actor_name)}</bdi>
            <span class="record__facts">
                <RelativeTime time=read.time />
                <span>{shown(read.address)}</span>
            </span>
        </li>
    }
}

#[component]
fn KeyRecord(name: Arc<str>, key: KeyWithAccess) -> impl IntoView {
    let KeyWithAccess { name: key_name, role, secrets, expires_at } = key;
    let limits = secrets.map(|secrets| matching(secrets, &name));
    view! {
        <li class="record">
            <div class="record__words">
                <span class="record__title" dir="auto">{shown(key_name)}</span>
                <span class="record__facts">
                    <span>"Role " <bdi>{role::label(&role)}</bdi></span>
                    {expires_at.map(|time| view! { <span>"Expires " {clock::exact(&time)}</span> })}
                </span>
            </div>
            {match limits {
                Some(limits) => view! { <div><Chips names=limits limit=LIMITS_SHOWN /></div> }.into_any(),
                None => view! { <span class="record__aside">"All secrets"</span> }.into_any(),
            }}
        </li>
    }
}

/// Those of a key's limits that a secret matches.
fn matching(limits: Vec<String>, name: &str) -> Vec<String> {
    let is_match =
        |limit: &String| SecretPattern::parse(limit.clone()).is_ok_and(|limit| limit.matches(name));
    limits.into_iter().filter(is_match).collect()
}

fn counted(reads: i64) -> String {
    if reads == 1 { "1 read".to_owned() } else { format!("{reads} reads") }
}

/// The height of a day's bar, so that any read can be seen.
fn level(reads: i64, most: i64) -> i64 {
    if reads <= 0 { 0 } else { (reads.saturating_mul(LEVELS) + most - 1) / most.max(1) }
}

/// What the bars show, in words. `name` names the day at a place.
fn summary(reads_by_day: &[LongInt], name: impl Fn(usize) -> String) -> String {
    let total = reads_by_day.iter().map(|reads| reads.0).sum();
    let days = reads_by_day.iter().filter(|reads| reads.0 > 0).count();
    let most = reads_by_day.iter().enumerate().max_by_key(|(_, reads)| reads.0);
    let most = most.map(|(place, reads)| format!(", most on {}: {}", name(place), reads.0));
    let count = reads_by_day.len();
    format!("{} on {days} of {count} days{}", counted(total), most.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_matching_limits_are_shown() {
        let limits = ["DB_*", "DB_URL", "AWS_*", "DB_URL_2"].map(str::to_owned).to_vec();
        assert_eq!(matching(limits, "DB_URL"), ["DB_*", "DB_URL"]);
    }

    #[test]
    fn any_read_has_a_bar_and_the_most_reads_the_highest() {
        for (reads, most, expected) in [
            (0, 0, 0),
            (0, 9, 0),
            (1, 1, 8),
            (1, 1_000_000, 1),
            (500_000, 1_000_000, 4),
            (7, 8, 7),
            (8, 8, 8),
        ] {
            assert_eq!(level(reads, most), expected, "{reads} of {most}");
        }
    }

    #[test]
    fn bars_are_described_in_words() {
        let days = [0, 3, 0, 9, 1].map(LongInt);
        let name = |place| format!("day {place}");
        assert_eq!(summary(&days, name), "13 reads on 3 of 5 days, most on day 3: 9");
        assert_eq!(summary(&[LongInt(1)], name), "1 read on 1 of 1 days, most on day 0: 1");
    }
}
