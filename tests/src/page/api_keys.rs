//! `/team/api-keys`.

use super::{Dialog, page, row};
use crate::browser::Browser;

page!(ApiKeysPage, "API keys");

/// *API key created*: the only time that a key is shown.
pub struct NewKey<'a> {
    pub dialog: Dialog<'a>,
    pub key: String,
}

impl<'a> ApiKeysPage<'a> {
    pub async fn create(&self) -> Dialog<'a> {
        Dialog::of(self.0, "Create API key", "Create API key").await
    }

    pub async fn create_runner(&self, name: &str, limits: &str) -> NewKey<'a> {
        let dialog = self.create().await;
        dialog.fill("Name", name).await;
        dialog.fill("Limit to secrets", limits).await;
        NewKey::by(dialog, self.0).await
    }

    pub async fn row(&self, name: &str) -> String {
        self.0.text_of(&row(name)).await
    }
}

impl<'a> NewKey<'a> {
    /// Presses *Create* and reads the key, which must not appear anywhere else.
    pub async fn by(dialog: Dialog<'a>, browser: &'a Browser) -> Self {
        dialog.press("Create key").await;
        let dialog = Dialog::titled(browser, "API key created").await;
        let key = dialog.value_of("API key").await;
        assert!(key.starts_with("sr_"), "{key}");
        browser.store().must_stay_secret(&key);
        Self { dialog, key }
    }

    pub async fn copy(&self) {
        self.dialog.copy("the key").await;
        self.dialog.finish("Close").await;
    }

    pub async fn settings(&self, kind: &str) -> String {
        self.dialog.press(kind).await;
        self.dialog.text_of("//pre[@aria-label='Settings']").await
    }
}
