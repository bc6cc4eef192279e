//! The dialog *Go to…*: finds pages, secrets and actions by words in their names.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::keys::{activate, find};
use crate::browser::HOME;
use crate::component::drawer;
use crate::component::{CloseFooter, DialogControl, Icon, ModalDialog, Picture, ShellDialog};
use crate::prelude::*;
use crate::query;
use crate::router::Router;

const LIST: &str = "go-to-list";
const SECRETS_SHOWN: usize = 8;
/// Long enough to type the next letter.
const PAUSE: Duration = Duration::from_millis(150);
/// How often the page looks for the button of an action, at each frame, until its own code has been loaded.
const FRAMES: u32 = 300;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Page(&'static str),
    Secret(String),
    /// A button of the page at this path.
    Button(&'static str, &'static str),
    Keys,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    label: String,
    icon: Icon,
    target: Target,
}

impl Entry {
    fn new(label: impl Into<String>, icon: Icon, target: Target) -> Self {
        Self { label: label.into(), icon, target }
    }

    const fn kind(&self) -> &'static str {
        match self.target {
            Target::Page(_) => "Page",
            Target::Secret(_) => "Secret",
            Target::Button(..) | Target::Keys => "Action",
        }
    }

    fn id(place: usize) -> String {
        format!("go-to-{place}")
    }
}

/// The pages and actions of the user; the actions for a selection only while there is one.
fn entries(account: &Account) -> Vec<Entry> {
    let pages = drawer::entries(account.permissions);
    let mut entries: Vec<_> =
        pages.map(|(label, path, icon, _)| Entry::new(label, icon, Target::Page(path))).collect();
    entries.push(Entry::new("Account", Icon::Person, Target::Page("/account")));
    for (label, icon, path, needed) in [
        ("Add secret", Icon::Plus, HOME, Permission::UpdateSecret | Permission::CreateSecret),
        ("Create API key", Icon::Plus, "/team/api-keys", Permission::CreateApiKey.into()),
        ("Trust a workload", Icon::Plus, "/team/trusted-workloads", Permission::CreateApiKey.into()),
        ("Invite a member", Icon::Plus, "/team/members", Permission::CreateMember | Permission::ReadMember),
        ("Create role", Icon::Plus, "/team/roles", Permission::CreateRole | Permission::ReadMember),
    ] {
        if account.permissions.is_superset(needed) {
            entries.push(Entry::new(label, icon, Target::Button(path, "[aria-keyshortcuts=n]")));
        }
    }
    for (label, icon, selector) in [
        ("Recently deleted", Icon::Undo, ".secrets__below .link"),
        ("Delete selected", Icon::Trash, ".selection__delete:enabled"),
        ("Copy names", Icon::Copy, ".selection__copy"),
        ("Create key for these", Icon::Key, ".selection__key:enabled"),
    ] {
        if find(selector).is_some() {
            entries.push(Entry::new(label, icon, Target::Button(HOME, selector)));
        }
    }
    entries.push(Entry::new("Keyboard shortcuts", Icon::Log, Target::Keys));
    entries
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "_-.".contains(c)).filter(|word| !word.is_empty())
}

/// The entries whose labels have all words, first those that begin with the first one.
fn matching(entries: &[Entry], text: &str) -> Vec<Entry> {
    let text = text::lower(text);
    let words: Vec<_> = words(&text).collect();
    let has_all = |entry: &&Entry| {
        let label = text::lower(&entry.label);
        words.iter().all(|word| label.contains(word))
    };
    let begins =
        |entry: &Entry| words.first().is_some_and(|first| text::lower(&entry.label).starts_with(*first));
    let found = entries.iter().filter(has_all).cloned();
    let (mut found, others): (Vec<_>, Vec<_>) = found.partition(begins);
    found.extend(others);
    found
}

/// A pattern for the words in this order, whatever is between them. The server ignores their case.
fn pattern(text: &str) -> Option<String> {
    let escaped = words(text).map(|word| word.replace('\\', "\\\\").replace('%', "\\%"));
    let words: Vec<_> = escaped.collect();
    (!words.is_empty()).then(|| format!("%{}%", words.join("%")))
}

#[component]
pub fn GoToDialog(opened: RwSignal<Option<ShellDialog>>) -> impl IntoView {
    let router = Router::expect();
    let control = DialogControl::new(Signal::stored(false), Signal::stored(false));
    let account = Session::expect().account();
    let can_list = account.as_ref().is_some_and(|account| account.may(Permission::ReadSecret));
    let known = StoredValue::new(account.as_ref().map(entries).unwrap_or_default());
    let text = RwSignal::new(String::new());
    let secrets = RwSignal::new(Vec::<Entry>::new());
    let place = RwSignal::new(0_usize);
    let found = Memo::new(move |_| {
        let text = text.get();
        let mut found = known.with_value(|known| matching(known, &text));
        found.extend(secrets.with(|secrets| matching(secrets, &text)).into_iter().take(SECRETS_SHOWN));
        found
    });
    let type_in = move |typed: String| {
        text.set(typed.clone());
        place.set(0);
        if can_list {
            look_up(typed, text, secrets);
        }
    };

    let chosen = StoredValue::new(None::<Target>);
    let choose = move |place: usize| {
        if let Some(entry) = found.with_untracked(|found| found.get(place).cloned()) {
            chosen.set_value(Some(entry.target));
            control.close();
        }
    };
    let closed = move |()| {
        let target = chosen.try_update_value(Option::take).flatten();
        opened.set((target == Some(Target::Keys)).then_some(ShellDialog::Keys));
        if let Some(target) = target {
            go(router, target);
        }
    };
    let turn = move |forward: bool| {
        let count = found.with_untracked(Vec::len).max(1);
        place.update(|place| *place = (*place + if forward { 1 } else { count - 1 }) % count);
        request_animation_frame(move || {
            let option =
                document().get_element_by_id(&Entry::id(place.try_get_untracked().unwrap_or_default()));
            if let Some(option) = option.and_then(|option| option.dyn_into::<HtmlElement>().ok()) {
                option.scroll_into_view_with_bool(false);
            }
        });
    };
    let press = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        match &*event.key() {
            "ArrowDown" => turn(true),
            "ArrowUp" => turn(false),
            "Enter" => choose(place.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    let option = move |(number, entry)| {
        let is_selected = Signal::derive(move || place.get() == number);
        view! { <Found number entry is_selected on_press=move |()| choose(number) /> }
    };
    let status = move || match found.with(Vec::len) {
        0 => "Nothing matches.".to_owned(),
        1 => "1 result".to_owned(),
        count => format!("{count} results"),
    };

    view! {
        <ModalDialog control title="Go to…" on_closed=Some(Callback::new(closed))>
            <div class="dialog__body go-to">
                <input
                    class="field__input"
                    type="text"
                    role="combobox"
                    aria-label="Page, secret or action"
                    aria-expanded="true"
                    aria-controls=LIST
                    aria-autocomplete="list"
                    aria-activedescendant=move || {
                        found.with(|found| !found.is_empty()).then(|| Entry::id(place.get()))
                    }
                    placeholder="Page, secret or action"
                    autofocus=true
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    dir="auto"
                    on:input:target=move |event| type_in(event.target().value())
                    on:keydown=press
                />
                <ul id=LIST class="go-to__list" role="listbox" aria-label="Results">
                    {move || found.get().into_iter().enumerate().map(option).collect_view()}
                </ul>
                <p class="soft" role="status">{status}</p>
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}

/// Asks for the secrets that match, once the user pauses.
fn look_up(typed: String, text: RwSignal<String>, secrets: RwSignal<Vec<Entry>>) {
    let is_current = move |typed: &str| text.try_with_untracked(|text| text == typed) == Some(true);
    set_timeout(
        move || {
            let Some(pattern) = pattern(&typed).filter(|_| is_current(&typed)) else { return };
            spawn_local(async move {
                // Without an answer, it finds pages and actions.
                let names = api::secret_names_like(pattern).await.unwrap_or_default();
                if is_current(&typed) {
                    let entry = |name: String| Entry::new(&*name, Icon::Lock, Target::Secret(name.clone()));
                    secrets.set(names.into_iter().map(entry).collect());
                }
            });
        },
        PAUSE,
    );
}

#[component]
fn Found(
    number: usize,
    entry: Entry,
    is_selected: Signal<bool>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    let kind = entry.kind();
    view! {
        <li
            id=Entry::id(number)
            class="go-to__entry"
            role="option"
            aria-selected=move || is_selected.get().to_string()
            on:click=move |_| on_press.run(())
        >
            <Picture icon=entry.icon />
            <span class="go-to__label" dir="auto">{shown(entry.label)}</span>
            <small class="soft">{kind}</small>
        </li>
    }
}

fn go(router: Router, target: Target) {
    match target {
        Target::Page(path) => router.go(path),
        Target::Secret(name) => router.go(&(HOME.to_owned() + &query::written([("search", name)]))),
        Target::Button(path, selector) => {
            let mut before = None;
            if untrack(|| router.with_path(|current| current != path)) {
                // The page that is left may have such a button as well.
                before = find(selector);
                router.go(path);
            }
            press_when_there(path, selector, before, FRAMES);
        }
        Target::Keys => {}
    }
}

/// Presses a button as soon as its page is drawn.
fn press_when_there(path: &'static str, selector: &'static str, before: Option<HtmlElement>, frames: u32) {
    if browser::without_base(&window().location().pathname().unwrap_or_default()) != path {
        return;
    }
    let button = find(selector);
    if button.is_some() && button != before {
        activate(button);
    } else if let Some(left) = frames.checked_sub(1) {
        request_animation_frame(move || press_when_there(path, selector, before, left));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_match_by_words_and_beginnings_come_first() {
        let entry = |label: &str| Entry::new(label, Icon::Lock, Target::Page("/"));
        let entries = ["Team", "API keys", "Create API key", "Recently deleted"].map(entry);
        for (text, expected) in [
            ("", &["Team", "API keys", "Create API key", "Recently deleted"][..]),
            ("API", &["API keys", "Create API key"]),
            ("key create", &["Create API key"]),
            ("api_key", &["API keys", "Create API key"]),
            ("zzz", &[]),
        ] {
            let found = matching(&entries, text);
            assert_eq!(found.iter().map(|it| it.label.as_str()).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn patterns_find_words_in_order_and_take_wildcards_literally() {
        assert_eq!(pattern("  DB_url "), Some("%DB%url%".to_owned()));
        assert_eq!(pattern(r"50% \ off"), Some(r"%50\%%\\%off%".to_owned()));
        assert_eq!(pattern(" _ "), None);
    }
}
