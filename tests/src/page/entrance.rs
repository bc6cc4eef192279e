//! The pages without a session: `/log-in`, `/set-up`, `/join`.

use super::SecretsPage;
use crate::browser::{Browser, Button, Field};
use crate::team::Person;

pub struct LogInPage<'a>(&'a Browser);

pub struct SetUpPage<'a>(&'a Browser);

pub struct JoinPage<'a>(&'a Browser);

pub async fn log_out(browser: &Browser) -> LogInPage<'_> {
    browser.press(Button("Account menu")).await;
    browser.press(Button("Log out")).await;
    let page = LogInPage::seen(browser).await;
    assert_eq!(browser.path().await, "/log-in");
    page
}

async fn fill(browser: &Browser, fields: &[(&str, &str)], button: &str) {
    for (field, text) in fields {
        browser.fill(Field(field), text).await;
    }
    browser.press(Button(button)).await;
}

impl<'a> LogInPage<'a> {
    pub async fn open(browser: &'a Browser) -> Self {
        browser.open("/log-in").await;
        Self::seen(browser).await
    }

    pub async fn seen(browser: &'a Browser) -> Self {
        browser.see(Button("Log in")).await;
        Self(browser)
    }

    /// The page as it appears once a session has ended.
    pub async fn after_a_session(browser: &'a Browser) -> Self {
        browser.reads("Your session has ended. Please log in again.").await;
        Self::seen(browser).await
    }

    pub async fn try_log_in(&self, email: &str, password: &str) {
        fill(self.0, &[("Email", email), ("Password", password)], "Log in").await;
    }

    pub async fn refuses(&self, email: &str, password: &str) {
        self.try_log_in(email, password).await;
        self.0.reads("The email address or the password is wrong.").await;
    }

    pub async fn log_in(self, person: &Person) -> SecretsPage<'a> {
        self.try_log_in(&person.email, &person.password).await;
        SecretsPage::seen(self.0).await
    }
}

impl<'a> SetUpPage<'a> {
    pub async fn open(browser: &'a Browser, link: &str) -> Self {
        browser.open_url(link).await;
        browser.see(Button("Create team")).await;
        Self(browser)
    }

    pub async fn create(&self, team: &str, email: &str, password: &str, repeated: &str) {
        let fields =
            [("Team name", team), ("Email", email), ("Password", password), ("Repeat password", repeated)];
        fill(self.0, &fields, "Create team").await;
    }
}

impl<'a> JoinPage<'a> {
    pub async fn open(browser: &'a Browser, link: &str) -> Self {
        browser.open_url(link).await;
        browser.see(Button("Join")).await;
        Self(browser)
    }

    pub async fn try_join(&self, password: &str, repeated: &str) {
        self.0.store().must_stay_secret(password);
        fill(self.0, &[("Password", password), ("Repeat password", repeated)], "Join").await;
    }

    pub async fn join(self, password: &str) -> SecretsPage<'a> {
        self.try_join(password, password).await;
        SecretsPage::seen(self.0).await
    }

    /// Joins with the password of an existing account.
    pub async fn join_with(self, password: &str) -> SecretsPage<'a> {
        fill(self.0, &[("Password", password)], "Join").await;
        SecretsPage::seen(self.0).await
    }
}
