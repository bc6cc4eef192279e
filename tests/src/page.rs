//! The pages, as people use them: what can be typed and pressed where, and what is seen.

use thirtyfour::prelude::*;

use crate::browser::{Browser, Target};
use crate::team::Person;

use Target::{Button, Field};

/// The `XPath` of the dialog that is open.
const DIALOG: &str = "//dialog[@open]";

/// `/log-in`.
pub struct LogInPage<'a>(&'a Browser);

/// `/set-up`.
pub struct SetUpPage<'a>(&'a Browser);

/// `/team/secrets`.
#[derive(Clone, Copy)]
pub struct SecretsPage<'a>(&'a Browser);

/// *Create New Secret*, *Modify Secret* or *Delete secret?*.
pub struct Dialog<'a>(&'a Browser);

impl<'a> LogInPage<'a> {
    /// Opens the page.
    pub async fn open(browser: &'a Browser) -> Self {
        browser.open("/log-in").await;
        Self::seen(browser).await
    }

    /// Waits for the page to show.
    pub async fn seen(browser: &'a Browser) -> Self {
        browser.see(Button("Log in")).await;
        Self(browser)
    }

    /// Fills in the form and sends it, whatever comes of it.
    pub async fn try_log_in(&self, email: &str, password: &str) {
        self.0.fill(Field("Email"), email).await;
        self.0.fill(Field("Password"), password).await;
        self.0.press(Button("Log in")).await;
    }

    /// Logs in, which has to lead to the Secrets page.
    pub async fn log_in(self, person: &Person) -> SecretsPage<'a> {
        self.try_log_in(&person.email, &person.password).await;
        SecretsPage::seen(self.0).await
    }
}

impl<'a> SetUpPage<'a> {
    /// Opens the link that the server printed.
    pub async fn open(browser: &'a Browser, link: &str) -> Self {
        browser.open_url(link).await;
        browser.see(Button("Create team")).await;
        Self(browser)
    }

    /// Fills in the form and sends it.
    pub async fn create(&self, team: &str, email: &str, password: &str, repeated: &str) {
        self.0.fill(Field("Team name"), team).await;
        self.0.fill(Field("Email"), email).await;
        self.0.fill(Field("Password"), password).await;
        self.0.fill(Field("Repeat password"), repeated).await;
        self.0.press(Button("Create team")).await;
    }
}

impl<'a> SecretsPage<'a> {
    /// Opens the page.
    pub async fn open(browser: &'a Browser) -> Self {
        browser.open("/team/secrets").await;
        Self::seen(browser).await
    }

    /// Waits for the page to show.
    pub async fn seen(browser: &'a Browser) -> Self {
        browser.arrives_at("/team/secrets").await;
        browser
            .until("the heading is \"Secrets\"", async || {
                let heading = browser
                    .script("return document.querySelector('h1')?.textContent")
                    .await;
                Ok((heading == "Secrets").then_some(()))
            })
            .await;
        Self(browser)
    }

    /// The names in the table, from top to bottom.
    pub async fn names(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('tbody tr')].map(row => row.cells[0].textContent)";
        let names = self.0.script(script).await;
        let names = names.as_array().expect("a list").iter();
        names
            .map(|name| name.as_str().expect("text").to_owned())
            .collect()
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

    /// Waits for the message at the bottom of the window.
    pub async fn says(&self, message: &str) {
        let script = "return document.querySelector('[role=status]')?.innerText ?? ''";
        self.0
            .until(&format!("the message is {message:?}"), async || {
                let shown = self.0.script(script).await;
                Ok(shown
                    .as_str()
                    .is_some_and(|shown| shown.starts_with(message))
                    .then_some(()))
            })
            .await;
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
        let select = self.0.see(Field("Rows per page")).await;
        let option = By::XPath(format!("option[normalize-space(.)='{size}']"));
        let option = select.find(option).await.expect("there is such an option");
        option.click().await.expect("an option can be chosen");
        assert_eq!(self.0.value_in("", Field("Rows per page")).await, size);
    }

    /// Waits until the pager says which rows are shown: `1–10 of 25`.
    pub async fn counts(&self, label: &str) {
        self.0.reads(label).await;
    }

    /// The table's sort order, as screen readers say it.
    pub async fn order(&self) -> String {
        let order = self
            .0
            .script("return document.querySelector('th[aria-sort]')?.ariaSort ?? ''")
            .await;
        order.as_str().expect("text").to_owned()
    }
}

impl<'a> Dialog<'a> {
    async fn titled(browser: &'a Browser, title: &str) -> Self {
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

    /// Types the name.
    pub async fn name(&self, text: &str) {
        self.0.fill_in(DIALOG, Field("Secret Name"), text).await;
    }

    /// Types the value.
    pub async fn value(&self, text: &str) {
        self.0.fill_in(DIALOG, Field("Secret value"), text).await;
    }

    /// The name that is typed.
    pub async fn typed_name(&self) -> String {
        self.0.value_in(DIALOG, Field("Secret Name")).await
    }

    /// The value that is typed.
    pub async fn typed_value(&self) -> String {
        self.0.value_in(DIALOG, Field("Secret value")).await
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
        self.0.press_in(DIALOG, Field("Store an empty value")).await;
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
        let button = self.0.see_in(DIALOG, Button(button)).await;
        button.is_enabled().await.expect("the button is there")
    }

    /// All that it says.
    pub async fn text(&self) -> String {
        let text = self
            .0
            .script("return document.querySelector('dialog[open]')?.innerText ?? ''")
            .await;
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

    /// Waits until it is closed.
    pub async fn closes(&self) {
        self.0
            .until("the dialog is closed", async || {
                Ok(self.title().await.is_empty().then_some(()))
            })
            .await;
    }

    /// Whether it is still open.
    pub async fn is_open(&self) -> bool {
        !self.title().await.is_empty()
    }
}
