//! `/team/api-keys`.

use super::{Dialog, dialogs, page};
use crate::browser::Browser;

page!(ApiKeysPage, "API keys");

/// *API key created*: the only time that a key is shown.
pub struct NewKey<'a> {
    pub dialog: Dialog<'a>,
    pub key: String,
}

impl<'a> ApiKeysPage<'a> {
    dialogs! {
        create(): "Create API key", "Create API key";
        edit(name): "Edit API key {name}", "Edit API key";
        revoke(name): "Revoke API key {name}", "Revoke API key?";
    }

    pub async fn create_runner(&self, name: &str, limits: &str) -> NewKey<'a> {
        let dialog = self.create().await;
        dialog.fill("Name", name).await;
        dialog.fill("Limit to secrets", limits).await;
        NewKey::by(dialog, self.0).await
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
