//! `/account`, `/team/settings`, and the menus in the bar that lead to them and to other teams.

use super::{Dialog, enter, is_headed};
use crate::browser::{Browser, Button, ButtonWith, Link};

pub struct AccountPage<'a>(&'a Browser);

pub struct TeamPage<'a>(&'a Browser);

pub struct TeamMenu<'a>(pub &'a Browser);

impl<'a> AccountPage<'a> {
    pub async fn enter(browser: &'a Browser) -> Self {
        browser.press(Button("Account menu")).await;
        browser.press(Link("Account")).await;
        is_headed(browser, "Account").await;
        Self(browser)
    }

    pub async fn change_password(&self, current: &str, new: &str, repeated: &str) -> Dialog<'a> {
        for password in [current, new, repeated] {
            self.0.store().must_stay_secret(password);
        }
        let dialog = Dialog::of(self.0, "Change password", "Change password").await;
        dialog.fill("Current password", current).await;
        dialog.fill("New password", new).await;
        dialog.fill("Repeat new password", repeated).await;
        dialog.press("Change password").await;
        dialog
    }

    pub async fn lists(&self, count: usize) {
        let script = "return document.querySelectorAll('tbody tr').length";
        self.0
            .is(&format!("{count} sessions are listed"), async || self.0.script(script).await == count)
            .await;
    }

    /// Ends the only other session, which is a Chromium's too.
    pub async fn end_the_other(&self) {
        let button = "End the session of Headless Chrome on Linux at 127.0.0.1";
        Dialog::of(self.0, button, "End session?").await.finish("End session").await;
        self.0.says("Session ended.").await;
    }

    pub async fn log_out_everywhere(&self) {
        let dialog = Dialog::of(self.0, "Log out everywhere", "Log out everywhere?").await;
        dialog.press("Log out everywhere").await;
    }
}

impl<'a> TeamPage<'a> {
    pub async fn enter(browser: &'a Browser) -> Self {
        enter(browser, "Team").await;
        Self(browser)
    }

    pub async fn rename(&self) -> Dialog<'a> {
        Dialog::of(self.0, "Rename", "Rename team").await
    }

    pub async fn leave(&self) -> Dialog<'a> {
        Dialog::of(self.0, "Leave team…", "Leave the team?").await
    }
}

impl TeamMenu<'_> {
    pub async fn shows(&self, name: &str) {
        self.0.see(Button(&format!("Team menu: {name}"))).await;
    }

    pub async fn open(&self, current: &str) {
        self.0.press(Button(&format!("Team menu: {current}"))).await;
    }

    pub async fn create(&self, current: &str, name: &str) {
        self.open(current).await;
        let dialog = Dialog::of(self.0, "New team…", "New team").await;
        dialog.fill("Team name", name).await;
        dialog.finish("Create team").await;
        self.0.says(&format!("{name} created. You are its administrator.")).await;
        self.shows(name).await;
    }

    pub async fn switch(&self, current: &str, other: &str) {
        self.open(current).await;
        self.0.press(ButtonWith(other)).await;
        self.0.says(&format!("Switched to {other}.")).await;
        self.shows(other).await;
    }
}
