//! The pages from a user's view: fields, buttons and texts.

mod account;
mod api_keys;
mod audit_log;
mod entrance;
mod members;
mod trusted_workloads;

use serde_json::Value;
use thirtyfour::prelude::*;

use crate::browser::{Browser, Button, Field, In, Link, quoted};

pub use account::{AccountPage, TeamMenu};
pub use api_keys::{ApiKeysPage, NewKey};
pub use audit_log::AuditLogPage;
pub use entrance::{JoinPage, LogInPage, SetUpPage, log_out};
pub use members::{MembersPage, RolesPage};
pub use trusted_workloads::TrustedWorkloadsPage;

const DIALOG: &str = "//dialog[@open]";

/// The `XPath` of the row of a table that has `text` in one of its cells.
pub fn row(text: &str) -> String {
    let text = quoted(text);
    format!("//tr[(th|td)[normalize-space(.)={text} or .//*[normalize-space(.)={text}]]]")
}

/// A page that an entry of the navigation leads to.
macro_rules! page {
    ($page:ident, $entry:literal) => {
        pub struct $page<'a>(&'a Browser);

        impl<'a> $page<'a> {
            pub async fn enter(browser: &'a Browser) -> Self {
                super::enter(browser, $entry).await;
                Self(browser)
            }

            /// The text of the table's row with this name.
            pub async fn row(&self, name: &str) -> String {
                self.0.text_of(&super::row(name)).await
            }
        }
    };
}

/// Functions that open a dialog: the button, which may hold the argument, and the dialog's title.
macro_rules! dialogs {
    ($($(#[$about:meta])* $name:ident($($argument:ident)?): $button:literal, $title:literal;)*) => {$(
        $(#[$about])*
        pub async fn $name(&self $(, $argument: &str)?) -> Dialog<'a> {
            Dialog::of(self.0, &format_args!($button).to_string(), $title).await
        }
    )*};
}

use {dialogs, page};

pub async fn enter(browser: &Browser, entry: &str) {
    browser.press(In("//nav", &Link(entry))).await;
    is_headed(browser, entry).await;
}

pub async fn is_headed(browser: &Browser, heading: &str) {
    // The placeholder has a heading, too.
    let script = "return document.querySelector('body > :not(#splash) h1')?.textContent";
    let what = format!("the heading is {heading:?}");
    browser.is(&what, async || browser.script(script).await == heading).await;
}

/// The page refreshes when the user returns to its tab.
pub async fn come_back(browser: &Browser) {
    browser.script("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))").await;
}

fn texts(list: Value) -> Vec<String> {
    serde_json::from_value(list).expect("a list of strings")
}

pub struct SecretsPage<'a>(&'a Browser);

pub struct Dialog<'a>(&'a Browser);

impl<'a> SecretsPage<'a> {
    pub async fn open(browser: &'a Browser) -> Self {
        browser.open("/team/secrets").await;
        Self::seen(browser).await
    }

    pub async fn seen(browser: &'a Browser) -> Self {
        browser.arrives_at("/team/secrets").await;
        is_headed(browser, "Secrets").await;
        Self(browser)
    }

    pub async fn names(&self) -> Vec<String> {
        // The cell may have a description below the name.
        let script = "return [...document.querySelectorAll('tbody tr:has(td)')]
            .map(row => row.querySelector('.table__name').firstElementChild.textContent)";
        texts(self.0.script(script).await)
    }

    /// The rows with the headings of groups, such as `DB_ 2`.
    pub async fn entries(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('tbody tr')]
            .map(row => row.querySelector('th, .table__name'))
            .map(cell => cell.matches('th') ? cell.innerText.replace(/\\s+/g, ' ').replace(' secrets', '').trim()
                : cell.firstElementChild.textContent)";
        texts(self.0.script(script).await)
    }

    pub async fn shows_entries(&self, entries: &[&str]) {
        let what = format!("the table shows {entries:?}");
        self.0.is(&what, async || self.entries().await == entries).await;
    }

    pub async fn lists(&self, names: &[&str]) {
        self.0.is(&format!("the table lists {names:?}"), async || self.names().await == names).await;
    }

    dialogs! {
        add(): "Add secret", "Create new secret";
        modify(name): "Modify secret {name}", "Modify secret";
        delete(name): "Delete secret {name}", "Delete secret?";
        delete_selected(): "Delete selected", "Delete secrets?";
        /// Opens *Use and access*, which shows *Use it* first.
        use_it(name): "Use and access of secret {name}", "Use and access";
        history(name): "History of secret {name}", "Version history";
        deleted(): "Recently deleted", "Recently deleted";
        import(): "Import", "Import secrets";
    }

    /// Opens the dialog for a new secret, and fills it in.
    pub async fn draft(&self, name: &str, value: &str) -> Dialog<'a> {
        let dialog = self.add().await;
        dialog.secret(name, value).await;
        dialog
    }

    pub async fn select(&self, names: &[&str]) {
        for name in names {
            self.0.press(Field(&format!("Select {name}"))).await;
        }
    }

    /// Drops a file on the element that the selector finds; returns whether the page takes it from the browser.
    pub async fn drop_on(&self, selector: &str, name: &str, content: &str) -> bool {
        let [selector, name, content] = [selector, name, content].map(Value::from);
        let script = format!(
            "const data = new DataTransfer();
            data.items.add(new File([{content}], {name}));
            const events = ['dragover', 'drop'].map(type =>
                new DragEvent(type, {{dataTransfer: data, bubbles: true, cancelable: true}}));
            events.forEach(event => document.querySelector({selector}).dispatchEvent(event));
            return events.every(event => event.defaultPrevented)"
        );
        self.0.script(&script).await == true
    }

    /// Drops a file on the page, which opens the dialog with it.
    pub async fn drop(&self, name: &str, content: &str) -> Dialog<'a> {
        assert!(self.drop_on("h1", name, content).await, "the page takes the file");
        Dialog::titled(self.0, "Import secrets").await
    }

    pub async fn store(&self, name: &str, format: &str, value: &str) {
        let dialog = self.add().await;
        dialog.press(format).await;
        dialog.secret(name, value).await;
        dialog.succeeds("Add secret", &format!("Added {name}")).await;
        self.0.press(Button("Dismiss")).await;
    }

    pub async fn overwrite(&self, name: &str, value: &str) {
        let dialog = self.modify(name).await;
        dialog.value(value).await;
        dialog.succeeds("Save", &format!("Updated {name}")).await;
    }

    pub async fn remove(&self, name: &str) {
        self.delete(name).await.succeeds("Delete secret", &format!("Deleted {name}")).await;
    }

    pub async fn cell(&self, name: &str, heading: &str) -> String {
        self.0.text_of(&format!("{}//td[@data-label={}]", row(name), quoted(heading))).await
    }

    pub async fn columns(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('thead th button')].map(it => it.textContent)";
        texts(self.0.script(script).await)
    }

    pub async fn toggle_columns(&self, headings: &[&str]) {
        self.tick_in_menu("Columns", headings).await;
    }

    pub async fn toggle_filters(&self, filters: &[&str]) {
        self.tick_in_menu("Filters", filters).await;
    }

    pub async fn press_in_filters(&self, button: &str) {
        self.0.press(Button("Filters")).await;
        self.0.press(Button(button)).await;
        self.0.keys(Key::Escape).await;
    }

    async fn tick_in_menu(&self, menu: &str, labels: &[&str]) {
        self.0.press(Button(menu)).await;
        for text in labels {
            let label = format!("//label[normalize-space(.)={}]", quoted(text));
            self.0.press(In(&label, &Field(text))).await;
        }
        self.0.keys(Key::Escape).await;
    }

    pub async fn says(&self, message: &str) {
        self.0.says(message).await;
    }

    pub async fn search(&self, text: &str) {
        self.0.fill(Field("Search for a secret"), text).await;
    }

    pub async fn order(&self) -> Value {
        self.0.script("return document.querySelector('th[aria-sort]')?.ariaSort").await
    }
}

impl<'a> Dialog<'a> {
    pub async fn of(browser: &'a Browser, button: &str, title: &str) -> Self {
        browser.press(Button(button)).await;
        Self::titled(browser, title).await
    }

    pub async fn titled(browser: &'a Browser, title: &str) -> Self {
        let dialog = Self(browser);
        browser.is(&format!("the dialog {title:?} is open"), async || dialog.title().await == title).await;
        dialog
    }

    pub async fn title(&self) -> String {
        let script = "const it = document.querySelector('dialog[open]');
            return document.getElementById(it?.getAttribute('aria-labelledby'))?.textContent ?? ''";
        self.0.script(script).await.as_str().expect("text").to_owned()
    }

    pub async fn fill(&self, label: &str, text: &str) {
        self.0.fill(In(DIALOG, &Field(label)), text).await;
    }

    pub async fn choose(&self, label: &str, option: &str) {
        self.0.choose(In(DIALOG, &Field(label)), option).await;
    }

    pub async fn tick(&self, label: &str) {
        self.0.press(In(DIALOG, &Field(label))).await;
    }

    pub async fn value_of(&self, label: &str) -> String {
        self.0.value(In(DIALOG, &Field(label))).await
    }

    pub async fn copy(&self, what: &str) {
        self.press(&format!("Copy {what}")).await;
        self.says("Copied").await;
    }

    pub async fn name(&self, text: &str) {
        self.fill("Secret name", text).await;
    }

    pub async fn value(&self, text: &str) {
        self.fill("Secret value", text).await;
    }

    pub async fn secret(&self, name: &str, value: &str) {
        self.name(name).await;
        self.value(value).await;
    }

    pub async fn assert_typed(&self, name: &str, value: &str) {
        assert_eq!([self.value_of("Secret name").await, self.value_of("Secret value").await], [name, value]);
    }

    /// The rows of a preview, as `line name facts change`.
    pub async fn rows(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('dialog[open] .records > li')].map(row => {
            const of = selector => row.querySelector(selector)?.textContent ?? '-';
            const [line, ...facts] = [...row.querySelectorAll('.record__facts > span')].map(it => it.textContent);
            const tick = row.querySelector('input')?.checked ? '✓ ' : '';
            return `${tick}${line} ${of('.record__title') || '-'} (${facts.join(' ')}) ${of('.chip')}`;
        })";
        texts(self.0.script(script).await)
    }

    pub async fn previews(&self, rows: &[&str]) {
        self.0.is(&format!("the preview has {rows:?}"), async || self.rows().await == rows).await;
    }

    /// How the browser masks the typed value: `disc`, or `none`.
    pub async fn mask(&self) -> String {
        let field = self.0.see(In(DIALOG, &Field("Secret value"))).await;
        field.css_value("-webkit-text-security").await.expect("a style")
    }

    pub async fn assert_value_field(&self, expected: &[(&str, &str)]) {
        self.0.assert_attributes(In(DIALOG, &Field("Secret value")), expected).await;
    }

    pub async fn press(&self, button: &str) {
        self.0.press(In(DIALOG, &Button(button))).await;
    }

    /// Presses a button that closes the dialog, and waits for the page's message.
    pub async fn succeeds(&self, button: &str, message: &str) {
        self.finish(button).await;
        self.0.says(message).await;
    }

    /// Presses a button, and waits for a message; the dialog stays open.
    pub async fn refuses(&self, button: &str, message: &str) {
        self.press(button).await;
        self.says(message).await;
    }

    pub async fn finish(&self, button: &str) {
        self.press(button).await;
        self.closes().await;
    }

    pub async fn discard(&self) {
        self.press("Cancel").await;
        self.finish("Discard").await;
    }

    /// Closes the dialog of an import, and discards the file if there is one.
    pub async fn leave_import(&self) {
        self.press("Cancel").await;
        if self.0.shows(In(DIALOG, &Button("Discard"))).await {
            self.press("Discard").await;
        }
        self.closes().await;
    }

    pub async fn can_press(&self, button: &str) -> bool {
        self.0.can_use(In(DIALOG, &Button(button))).await
    }

    pub async fn text_of(&self, xpath: &str) -> String {
        self.0.text_of(&format!("{DIALOG}{xpath}")).await
    }

    pub async fn text(&self) -> String {
        let text = self.0.script("return document.querySelector('dialog[open]')?.innerText ?? ''").await;
        text.as_str().expect("text").to_owned()
    }

    pub async fn says(&self, text: &str) {
        self.0.is(&format!("the dialog says {text:?}"), async || self.text().await.contains(text)).await;
    }

    pub async fn no_longer_says(&self, text: &str) {
        let what = format!("the dialog no longer says {text:?}");
        self.0.is(&what, async || !self.text().await.contains(text)).await;
    }

    pub async fn closes(&self) {
        let script = "return document.querySelector('dialog') === null";
        self.0.is("the dialog is closed", async || self.0.script(script).await == true).await;
    }

    pub async fn assert_open(&self) {
        assert!(!self.title().await.is_empty(), "the dialog is closed");
    }
}
