//! The list of entries, grouped by day.

use std::sync::Arc;

use strongroom_shared::operation::AuditEntry;
use strongroom_shared::{AuditAction, DateTime, LongInt};

use super::Chosen;
use super::day;
use super::feed::Feed;
use super::filter::{Filter, Part};
use crate::clock::Clock;
use crate::component::{Button, Empty, Icon, LoadError, Notice, Picture, Skeleton, Tone};
use crate::fetched::Progress;
use crate::prelude::*;

#[derive(Clone)]
enum Line {
    /// A time of the day that begins, and the number of its last entry. A day appears twice after a clock was set back.
    Day(DateTime, LongInt),
    Entry(Arc<AuditEntry>),
}

impl Line {
    fn key(&self) -> String {
        match self {
            Self::Day(_, last) => format!("day {last}"),
            Self::Entry(entry) => entry.sequence.to_string(),
        }
    }
}

fn lines(entries: &[Arc<AuditEntry>]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(entries.len() + 8);
    let mut last = None;
    for entry in entries {
        let day = Some(day::day_of(&entry.time));
        if day != last {
            lines.push(Line::Day(entry.time.clone(), entry.sequence));
            last = day;
        }
        lines.push(Line::Entry(Arc::clone(entry)));
    }
    lines
}

#[component]
pub fn Entries(feed: Feed, chosen: Chosen) -> impl IntoView {
    let Progress { error, loading, .. } = feed.progress;
    browser::listen(leptos::ev::scroll, move |_| {
        if browser::is_near_end() && error.with_untracked(Option::is_none) {
            feed.load_older();
        }
    });

    let is_known = Memo::new(move |_| feed.entries.with(Option::is_some));
    let is_empty =
        Memo::new(move |_| feed.entries.with(|entries| entries.as_ref().is_none_or(Vec::is_empty)));
    let failed = Memo::new(move |_| error.get());
    let what = "the audit log";
    let content = move || match (is_known.get(), is_empty.get(), failed.get()) {
        (false, _, Some(error)) => {
            let retry = move |()| feed.start_over();
            view! { <LoadError what why=error.message() busy=loading on_retry=retry /> }.into_any()
        }
        (false, _, None) => view! { <Skeleton what /> }.into_any(),
        (true, true, _) => view! { <NoEntries chosen /> }.into_any(),
        (true, ..) => view! { <List feed chosen /> }.into_any(),
    };
    view! {
        <NewsPill feed />
        <div aria-busy=move || loading.get().to_string()>{content}</div>
    }
}

#[component]
fn List(feed: Feed, chosen: Chosen) -> impl IntoView {
    let Progress { error, loading, .. } = feed.progress;
    let clock = Clock::expect();
    let each = move || feed.entries.with(|entries| entries.as_deref().map(lines).unwrap_or_default());
    let line = move |line| match line {
        Line::Day(time, _) => {
            let label = move || {
                clock.track();
                day::day_label(&time)
            };
            view! { <li class="audit__day"><h2>{label}</h2></li> }.into_any()
        }
        Line::Entry(entry) => {
            let is_new = entry.sequence > feed.seen.get_untracked();
            view! { <Entry entry is_new chosen /> }.into_any()
        }
    };
    let failure = move || {
        error.get().map(|error| {
            view! { <Notice tone=Tone::Error>"Could not load older entries. " {error.message()}</Notice> }
        })
    };
    let older = move || {
        if feed.is_whole.get() {
            return "There are no older entries.".into_any();
        }
        view! {
            <Button disabled=loading on_press=move |()| feed.load_older()>
                {move || if loading.get() { "Loading…" } else { "Load older entries" }}
            </Button>
        }
        .into_any()
    };
    view! {
        <ol class="audit__list" aria-label="Entries, newest first">
            <For each key=Line::key children=line />
        </ol>
        <footer class="audit__end">{failure} {older}</footer>
    }
}

#[component]
fn Entry(entry: Arc<AuditEntry>, is_new: bool, chosen: Chosen) -> impl IntoView {
    let action = AuditAction::parse(&entry.action);
    let words = action.map_or_else(|| entry.action.clone(), |action| action.describe().to_owned());
    let (words, rest) = match words.split_once(" … ") {
        Some((words, rest)) => (words.to_owned(), Some(rest.to_owned())),
        None => (words, None),
    };
    let is_refusal = entry.action.starts_with("refused:");
    let object = entry.object_name.clone().filter(|name| !name.is_empty());
    let detail = entry.detail.clone().filter(|detail| !detail.is_empty());
    let address = entry.address.clone();
    view! {
        <li class="entry-line" class:entry-line--new=is_new class:entry-line--refused=is_refusal>
            <time class="entry-line__time" datetime=entry.time.0.clone() title=day::in_full(&entry.time)>
                {day::time_of_day(&entry.time)}
            </time>
            <span class="entry-line__what">
                <Actor kind=entry.actor_kind.clone() name=entry.actor_name.clone() chosen />
                " "
                <span class="entry-line__action" title=entry.action.clone()>{words}</span>
                {object.map(|name| view! { " " <Named name part=Part::Object chosen /> })}
                {rest.map(|rest| view! { " " <span class="entry-line__action">{rest}</span> })}
                {detail.map(|detail| view! { " " <bdi class="entry-line__detail">{shown(detail)}</bdi> })}
            </span>
            <span class="entry-line__address" title=address.clone()>
                {(!address.is_empty()).then(|| view! { <span class="visually-hidden">"from "</span> })}
                {address.clone()}
            </span>
        </li>
    }
}

#[component]
fn Actor(kind: String, name: String, chosen: Chosen) -> impl IntoView {
    let (icon, label) = match kind.as_str() {
        "user" => (Icon::Person, "Person"),
        "api_key" => (Icon::Key, "API key"),
        "system" => (Icon::Cog, "System"),
        _ => (Icon::EyeOff, "Unknown"),
    };
    view! {
        <span class="entry-line__kind" title=label>
            <Picture icon />
            <span class="visually-hidden">{label} " "</span>
        </span>
        {if name.is_empty() {
            "somebody".into_any()
        } else {
            view! { <Named name part=Part::Who chosen /> }.into_any()
        }}
    }
}

/// A name that filters the log when pressed.
#[component]
fn Named(name: String, part: Part, chosen: Chosen) -> impl IntoView {
    let text = shown(&name);
    let title = format!("Show only entries for {text}");
    view! {
        <button
            type="button"
            class="named"
            class:named--object=part == Part::Object
            title=title
            on:click=move |_| chosen.set(part, name.clone())
        >
            <bdi>{text}</bdi>
        </button>
    }
}

/// Shown if new entries arrive while the user reads further down, so that nothing moves.
#[component]
fn NewsPill(feed: Feed) -> impl IntoView {
    let count = Memo::new(move |_| feed.waiting.with(Vec::len));
    let show = move |_| {
        feed.show_waiting();
        window().scroll_to_with_x_and_y(0.0, 0.0);
        browser::focus_first(".audit__list button");
    };
    let label = move || match count.get() {
        1 => "1 new entry".to_owned(),
        count => format!("{count} new entries"),
    };
    view! {
        <div class="news" aria-live="polite">
            <Show when=move || { count.get() > 0 }>
                <button type="button" class="news__pill" on:click=show>
                    <Picture icon=Icon::ArrowUp />
                    {label}
                </button>
            </Show>
        </div>
    }
}

#[component]
fn NoEntries(chosen: Chosen) -> impl IntoView {
    move || {
        if chosen.get() == Filter::default() {
            return view! {
                <Empty icon=Icon::Log title="Nothing has happened yet.">
                    <p class="empty__text">"Logins, reads and changes will appear here."</p>
                </Empty>
            }
            .into_any();
        }
        view! {
            <Empty icon=Icon::Search title="No entry matches these filters.">
                <p class="empty__text">"Remove a filter, or choose more days."</p>
                <Button on_press=move |()| chosen.clear()>"Clear filters"</Button>
            </Empty>
        }
        .into_any()
    }
}
