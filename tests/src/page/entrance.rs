//! The pages of those who are not logged in: `/log-in`, `/set-up`, `/join`.

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

impl<'a> LogInPage<'a> {
    pub async fn open(browser: &'a Browser) -> Self {
        browser.open("/log-in").await;
        Self::seen(browser).await
    }

    pub async fn seen(browser: &'a Browser) -> Self {
        browser.see(Button("Log in")).await;
        Self(browser)
    }

    pub async fn try_log_in(&self, email: &str, password: &str) {
        self.0.fill(Field("Email"), email).await;
        self.0.fill(Field("Password"), password).await;
        self.0.press(Button("Log in")).await;
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
        self.0.fill(Field("Team name"), team).await;
        self.0.fill(Field("Email"), email).await;
        self.0.fill(Field("Password"), password).await;
        self.0.fill(Field("Repeat password"), repeated).await;
        self.0.press(Button("Create team")).await;
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
        self.0.fill(Field("Password"), password).await;
        self.0.fill(Field("Repeat password"), repeated).await;
        self.0.press(Button("Join")).await;
    }

    pub async fn join(self, password: &str) -> SecretsPage<'a> {
        self.try_join(password, password).await;
        SecretsPage::seen(self.0).await
    }

    pub async fn join_with(self, password: &str) -> SecretsPage<'a> {
        self.0.fill(Field("Password"), password).await;
        self.0.press(Button("Join")).await;
        SecretsPage::seen(self.0).await
    }
}
