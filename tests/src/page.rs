//! The pages, as people use them: what can be typed and pressed where, and what is seen.

mod account;
mod api_keys;
mod audit_log;
mod entrance;
mod members;

use serde_json::Value;
use thirtyfour::prelude::*;

use crate::browser::{Browser, Button, Field, In, Link, quoted};

pub use account::{AccountPage, TeamMenu, TeamPage};
pub use api_keys::{ApiKeysPage, NewKey};
pub use audit_log::AuditLogPage;
pub use entrance::{JoinPage, LogInPage, SetUpPage, log_out};
pub use members::{MembersPage, RolesPage};

/// The `XPath` of the dialog that is open.
const DIALOG: &str = "//dialog[@open]";

/// The `XPath` of the row of a table that has `text` in one of its cells.
pub fn row(text: &str) -> String {
    let text = quoted(text);
    format!("//tr[(th|td)[normalize-space(.)={text} or .//*[normalize-space(.)={text}]]]")
}

/// Goes to a page of the team by its entry in the drawer, which is also its heading.
pub async fn enter(browser: &Browser, entry: &str) {
    browser.press(In("//nav", &Link(entry))).await;
    is_headed(browser, entry).await;
}

/// Waits until the page's heading is this.
pub async fn is_headed(browser: &Browser, heading: &str) {
    let script = "return document.querySelector('h1')?.textContent";
    browser
        .is(&format!("the heading is {heading:?}"), async || browser.script(script).await == heading)
        .await;
}

/// Coming back to the tab is when the page looks for news.
pub async fn come_back(browser: &Browser) {
    browser.script("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))").await;
}

/// The texts in a list.
fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("text").to_owned()).collect()
}

pub struct SecretsPage<'a>(&'a Browser);

/// A dialog that is open.
pub struct Dialog<'a>(&'a Browser);

impl<'a> SecretsPage<'a> {
    pub async fn open(browser: &'a Browser) -> Self {
        browser.open("/team/secrets").await;
        Self::seen(browser).await
    }

    /// Waits for the page to show.
    pub async fn seen(browser: &'a Browser) -> Self {
        browser.arrives_at("/team/secrets").await;
        is_headed(browser, "Secrets").await;
        Self(browser)
    }

    /// The names in the table, from top to bottom.
    pub async fn names(&self) -> Vec<String> {
        // Below the name, a cell may say what it is for.
        let script = "return [...document.querySelectorAll('tbody tr')]
            .map(row => row.cells[0].firstElementChild.textContent)";
        texts(&self.0.script(script).await)
    }

    /// Waits until the table holds exactly these names in this order.
    pub async fn lists(&self, names: &[&str]) {
        self.0.is(&format!("the table lists {names:?}"), async || self.names().await == names).await;
    }

    pub async fn add(&self) -> Dialog<'a> {
        Dialog::of(self.0, "Add Secret", "Create New Secret").await
    }

    pub async fn modify(&self, name: &str) -> Dialog<'a> {
        Dialog::of(self.0, &format!("Modify secret {name}"), "Modify Secret").await
    }

    pub async fn delete(&self, name: &str) -> Dialog<'a> {
        Dialog::of(self.0, &format!("Delete secret {name}"), "Delete secret?").await
    }

    pub async fn history(&self, name: &str) -> Dialog<'a> {
        Dialog::of(self.0, &format!("History of secret {name}"), "Version history").await
    }

    pub async fn deleted(&self) -> Dialog<'a> {
        Dialog::of(self.0, "Recently deleted", "Recently deleted").await
    }

    /// Adds a secret, text or json, which has to succeed.
    pub async fn store(&self, name: &str, format: &str, value: &str) {
        let dialog = self.add().await;
        dialog.name(name).await;
        dialog.format(format).await;
        dialog.value(value).await;
        dialog.finish("Confirm").await;
        self.says("Secret added.").await;
        self.0.press(Button("Dismiss")).await;
    }

    /// Changes a value, which has to succeed.
    pub async fn overwrite(&self, name: &str, value: &str) {
        let dialog = self.modify(name).await;
        dialog.value(value).await;
        dialog.finish("Confirm").await;
        self.says("Secret updated.").await;
    }

    /// Deletes a secret, which has to succeed.
    pub async fn remove(&self, name: &str) {
        self.delete(name).await.finish("Delete").await;
        self.says(&format!("Deleted {name}")).await;
    }

    /// What a row says in the column of that heading.
    pub async fn fact(&self, name: &str, heading: &str) -> String {
        let xpath = format!("{}//td[@data-label={}]", row(name), quoted(heading));
        self.0.text_of(&xpath).await
    }

    /// The headings of the columns that are shown, from left to right.
    pub async fn columns(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('thead th button')].map(it => it.textContent)";
        texts(&self.0.script(script).await)
    }

    /// Ticks or unticks columns in the menu.
    pub async fn toggle_columns(&self, headings: &[&str]) {
        self.0.press(Button("Columns")).await;
        for heading in headings {
            let label = format!("//label[normalize-space(.)={}]", quoted(heading));
            self.0.press(In(&label, &Field(heading))).await;
        }
        self.0.keys(Key::Escape).await;
    }

    /// Waits for the message at the bottom of the window.
    pub async fn says(&self, message: &str) {
        self.0.says(message).await;
    }

    pub async fn search(&self, text: &str) {
        self.0.fill(Field("Search for a secret"), text).await;
    }

    /// Presses the heading of the column with the names.
    pub async fn sort(&self) {
        self.0.press(Button("Name")).await;
    }

    /// Waits until the pager says which rows are shown: `1–10 of 25`.
    pub async fn counts(&self, label: &str) {
        self.0.reads(label).await;
    }

    /// The table's sort order, as screen readers say it.
    pub async fn order(&self) -> String {
        let order = self.0.script("return document.querySelector('th[aria-sort]')?.ariaSort ?? ''").await;
        order.as_str().expect("text").to_owned()
    }
}

impl<'a> Dialog<'a> {
    /// Presses the button that opens it.
    pub async fn of(browser: &'a Browser, button: &str, title: &str) -> Self {
        browser.press(Button(button)).await;
        Self::titled(browser, title).await
    }

    /// Waits for the dialog of that title.
    pub async fn titled(browser: &'a Browser, title: &str) -> Self {
        let dialog = Self(browser);
        browser.is(&format!("the dialog {title:?} is open"), async || dialog.title().await == title).await;
        dialog
    }

    /// Its title, or nothing when no dialog is open.
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

    /// Ticks or unticks a box, or chooses one of several.
    pub async fn tick(&self, label: &str) {
        self.0.press(In(DIALOG, &Field(label))).await;
    }

    pub async fn value_of(&self, label: &str) -> String {
        self.0.value(In(DIALOG, &Field(label))).await
    }

    /// Presses the button that copies `what`, and waits until that is done.
    pub async fn copy(&self, what: &str) {
        self.press(&format!("Copy {what}")).await;
        self.says("Copied").await;
    }

    pub async fn name(&self, text: &str) {
        self.fill("Secret Name", text).await;
    }

    pub async fn value(&self, text: &str) {
        self.fill("Secret value", text).await;
    }

    /// The name and the value that are typed.
    pub async fn typed(&self) -> (String, String) {
        (self.value_of("Secret Name").await, self.value_of("Secret value").await)
    }

    /// Checks that the name and the value are typed still.
    pub async fn assert_typed(&self, name: &str, value: &str) {
        assert_eq!(self.typed().await, (name.to_owned(), value.to_owned()));
    }

    /// Chooses `text` or `json`.
    pub async fn format(&self, format: &str) {
        self.press(format).await;
    }

    /// How the browser hides what is typed as the value: `disc`, or `none`.
    pub async fn mask(&self) -> String {
        let field = self.0.see(In(DIALOG, &Field("Secret value"))).await;
        field.css_value("-webkit-text-security").await.expect("a style")
    }

    /// Checks the attributes of the field of the value.
    pub async fn assert_value_field(&self, expected: &[(&str, &str)]) {
        self.0.assert_attributes(In(DIALOG, &Field("Secret value")), expected).await;
    }

    /// Ticks the box that an empty value is meant.
    pub async fn store_an_empty_value(&self) {
        self.tick("Store an empty value").await;
    }

    pub async fn press(&self, button: &str) {
        self.0.press(In(DIALOG, &Button(button))).await;
    }

    pub async fn confirm(&self) {
        self.press("Confirm").await;
    }

    /// Presses a button, which has to close the dialog.
    pub async fn finish(&self, button: &str) {
        self.press(button).await;
        self.closes().await;
    }

    /// Presses *Cancel*, and drops what was typed.
    pub async fn discard(&self) {
        self.press("Cancel").await;
        self.finish("Discard").await;
    }

    /// Whether a button in the dialog can be pressed right now.
    pub async fn can_press(&self, button: &str) -> bool {
        self.0.can_use(In(DIALOG, &Button(button))).await
    }

    /// What can be read in the one thing in it that an `XPath` finds.
    pub async fn text_of(&self, xpath: &str) -> String {
        self.0.text_of(&format!("{DIALOG}{xpath}")).await
    }

    /// All that it says.
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

    /// Waits until it is closed, and gone with all that was in it.
    pub async fn closes(&self) {
        let script = "return document.querySelector('dialog') === null";
        self.0.is("the dialog is closed", async || self.0.script(script).await == true).await;
    }

    /// Checks that it is still open.
    pub async fn assert_open(&self) {
        assert!(!self.title().await.is_empty(), "the dialog is closed");
    }
}
