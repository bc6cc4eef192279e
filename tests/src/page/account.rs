//! `/account`, and the menu of teams.

use super::{Dialog, is_headed};
use crate::browser::{Browser, Button, ButtonWith, Link};

pub struct AccountPage<'a>(&'a Browser);

pub struct TeamMenu<'a>(pub &'a Browser);

impl<'a> AccountPage<'a> {
    pub async fn enter(browser: &'a Browser) -> Self {
        browser.press(Button("Account menu")).await;
        browser.press(Link("Account")).await;
        is_headed(browser, "Account").await;
        Self(browser)
    }

    pub async fn change_password(&self, current: &str, new: &str, repeated: &str) -> Dialog<'a> {
        let dialog = Dialog::of(self.0, "Change password", "Change password").await;
        let fields =
            [("Current password", current), ("New password", new), ("Repeat new password", repeated)];
        for (field, password) in fields {
            self.0.store().must_stay_secret(password);
            dialog.fill(field, password).await;
        }
        dialog.press("Change password").await;
        dialog
    }

    pub async fn lists(&self, count: usize) {
        let script = "return document.querySelectorAll('tbody tr').length";
        let what = format!("{count} sessions are listed");
        self.0.is(&what, async || self.0.script(script).await == count).await;
    }
}

impl TeamMenu<'_> {
    pub async fn shows(&self, name: &str) {
        self.0.see(Button(&format!("Team menu: {name}"))).await;
    }

    pub async fn open(&self, current: &str) {
        self.0.press(Button(&format!("Team menu: {current}"))).await;
    }

    pub async fn switch(&self, current: &str, other: &str) {
        self.open(current).await;
        self.0.press(ButtonWith(other)).await;
        self.0.says(&format!("Switched to {other}.")).await;
        self.shows(other).await;
    }
}
