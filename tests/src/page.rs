//! The pages, as people use them: what can be typed and pressed where, and what is seen.

mod account;
mod api_keys;
mod audit_log;
mod entrance;
mod members;

use serde_json::Value;
use thirtyfour::prelude::*;

use crate::browser::{Browser, Target, quoted};

pub use account::{AccountPage, TeamMenu, TeamPage};
pub use api_keys::{ApiKeysPage, NewKey};
pub use audit_log::AuditLogPage;
pub use entrance::{JoinPage, LogInPage, SetUpPage};
pub use members::{MembersPage, RolesPage};

use Target::{Button, Field, Link};

/// The `XPath` of the dialog that is open.
const DIALOG: &str = "//dialog[@open]";

/// The `XPath` of the row of a table that has `text` in one of its cells.
pub fn row(text: &str) -> String {
    let text = quoted(text);
    format!("//tr[(th|td)[normalize-space(.)={text} or .//*[normalize-space(.)={text}]]]")
}

/// Goes to a page of the team by its entry in the drawer, which is also its heading.
pub async fn enter(browser: &Browser, entry: &str) {
    browser.press_in("//nav", Link(entry)).await;
    is_headed(browser, entry).await;
}

/// Waits until the page's heading is this.
pub async fn is_headed(browser: &Browser, heading: &str) {
    browser
        .until(&format!("the heading is {heading:?}"), async || {
            let shown = browser.script("return document.querySelector('h1')?.textContent").await;
            Ok((shown == heading).then_some(()))
        })
        .await;
}

/// The texts in a list.
fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("text").to_owned()).collect()
}

/// `/team/secrets`.
#[derive(Clone, Copy)]
pub struct SecretsPage<'a>(&'a Browser);

/// *Create New Secret*, *Modify Secret* or *Delete secret?*.
pub struct Dialog<'a>(&'a Browser);

impl<'a> SecretsPage<'a> {
    /// Opens the page.
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
        self.0
            .until(&format!("the table lists {names:?}"), async || {
                Ok((self.names().await == names).then_some(()))
            })
            .await;
    }

    /// Presses *Add Secret*.
    pub async fn add(&self) -> Dialog<'a> {
        self.0.press(Button("Add Secret")).await;
        Dialog::titled(self.0, "Create New Secret").await
    }

    /// Presses the pencil of a row.
    pub async fn modify(&self, name: &str) -> Dialog<'a> {
        self.0.press(Button(&format!("Modify secret {name}"))).await;
        Dialog::titled(self.0, "Modify Secret").await
    }

    /// Presses the bin of a row.
    pub async fn delete(&self, name: &str) -> Dialog<'a> {
        self.0.press(Button(&format!("Delete secret {name}"))).await;
        Dialog::titled(self.0, "Delete secret?").await
    }

    /// Adds a secret, text or json, which has to succeed.
    pub async fn store(&self, name: &str, format: &str, value: &str) {
        let dialog = self.add().await;
        dialog.name(name).await;
        dialog.format(format).await;
        dialog.value(value).await;
        dialog.confirm().await;
        dialog.closes().await;
        self.says("Secret added.").await;
        self.0.press(Button("Dismiss")).await;
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
            self.0.press_in(&label, Field(heading)).await;
        }
        self.0.keys(Key::Escape).await;
    }

    /// Presses the clock of a row.
    pub async fn history(&self, name: &str) -> Dialog<'a> {
        self.0.press(Button(&format!("History of secret {name}"))).await;
        Dialog::titled(self.0, "Version history").await
    }

    /// Presses *Recently deleted*.
    pub async fn deleted(&self) -> Dialog<'a> {
        self.0.press(Button("Recently deleted")).await;
        Dialog::titled(self.0, "Recently deleted").await
    }

    /// Waits for the message at the bottom of the window.
    pub async fn says(&self, message: &str) {
        self.0.says(message).await;
    }

    /// Types into the search field.
    pub async fn search(&self, text: &str) {
        self.0.fill(Field("Search for a secret"), text).await;
    }

    /// Presses the heading of the column with the names.
    pub async fn sort(&self) {
        self.0.press(Button("Name")).await;
    }

    /// Chooses how many rows are shown at once.
    pub async fn rows_per_page(&self, size: &str) {
        self.0.choose(Field("Rows per page"), size).await;
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
    /// Waits for the dialog of that title.
    pub async fn titled(browser: &'a Browser, title: &str) -> Self {
        let dialog = Self(browser);
        browser
            .until(&format!("the dialog {title:?} is open"), async || {
                Ok((dialog.title().await == title).then_some(()))
            })
            .await;
        dialog
    }

    /// Its title, or nothing when no dialog is open.
    pub async fn title(&self) -> String {
        let script = "const it = document.querySelector('dialog[open]');
            return document.getElementById(it?.getAttribute('aria-labelledby'))?.textContent ?? ''";
        self.0.script(script).await.as_str().expect("text").to_owned()
    }

    /// Types into a field.
    pub async fn fill(&self, label: &str, text: &str) {
        self.0.fill_in(DIALOG, Field(label), text).await;
    }

    /// Chooses an option of a select.
    pub async fn choose(&self, label: &str, option: &str) {
        self.0.choose_in(DIALOG, Field(label), option).await;
    }

    /// Ticks or unticks a box, or chooses one of several.
    pub async fn tick(&self, label: &str) {
        self.0.press_in(DIALOG, Field(label)).await;
    }

    /// What is in a field.
    pub async fn value_of(&self, label: &str) -> String {
        self.0.value_in(DIALOG, Field(label)).await
    }

    /// Presses the button that copies `what`, and waits until that is done.
    pub async fn copy(&self, what: &str) {
        self.press(&format!("Copy {what}")).await;
        self.says("Copied").await;
    }

    /// Types the name.
    pub async fn name(&self, text: &str) {
        self.fill("Secret Name", text).await;
    }

    /// Types the value.
    pub async fn value(&self, text: &str) {
        self.fill("Secret value", text).await;
    }

    /// The name that is typed.
    pub async fn typed_name(&self) -> String {
        self.value_of("Secret Name").await
    }

    /// The value that is typed.
    pub async fn typed_value(&self) -> String {
        self.value_of("Secret value").await
    }

    /// Chooses `text` or `json`.
    pub async fn format(&self, format: &str) {
        self.press(format).await;
    }

    /// The field of the value, for a closer look.
    pub async fn value_field(&self) -> WebElement {
        self.0.see_in(DIALOG, Field("Secret value")).await
    }

    /// Ticks the box that an empty value is meant.
    pub async fn store_an_empty_value(&self) {
        self.tick("Store an empty value").await;
    }

    /// Presses a button in the dialog.
    pub async fn press(&self, button: &str) {
        self.0.press_in(DIALOG, Button(button)).await;
    }

    /// Presses *Confirm*.
    pub async fn confirm(&self) {
        self.press("Confirm").await;
    }

    /// Presses *Cancel*.
    pub async fn cancel(&self) {
        self.press("Cancel").await;
    }

    /// Whether a button in the dialog can be pressed right now.
    pub async fn can_press(&self, button: &str) -> bool {
        self.0.can_use(DIALOG, Button(button)).await
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

    /// Waits until it says something.
    pub async fn says(&self, text: &str) {
        self.0
            .until(&format!("the dialog says {text:?}"), async || {
                Ok(self.text().await.contains(text).then_some(()))
            })
            .await;
    }

    /// Waits until it does not say something any more.
    pub async fn no_longer_says(&self, text: &str) {
        self.0
            .until(&format!("the dialog no longer says {text:?}"), async || {
                Ok((!self.text().await.contains(text)).then_some(()))
            })
            .await;
    }

    /// Waits until it is closed, and gone with all that was in it.
    pub async fn closes(&self) {
        let script = "return document.querySelector('dialog') === null";
        self.0
            .until("the dialog is closed", async || Ok((self.0.script(script).await == true).then_some(())))
            .await;
    }

    /// Whether it is still open.
    pub async fn is_open(&self) -> bool {
        !self.title().await.is_empty()
    }
}
