//! `/team/audit-log`.

use super::{Dialog, enter, texts};
use crate::browser::{Browser, Button, Field, Link};

pub struct AuditLogPage<'a>(&'a Browser);

impl<'a> AuditLogPage<'a> {
    pub async fn enter(browser: &'a Browser) -> Self {
        enter(browser, "Audit log").await;
        Self(browser)
    }

    /// The entries, the newest first: `ada@acme.example set the new secret A`.
    pub async fn entries(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.entry-line__what')].map(line => {
                const words = line.cloneNode(true);
                words.querySelectorAll('.visually-hidden').forEach(hidden => hidden.remove());
                return words.textContent.trim().replace(/\\s+/g, ' ');
            })";
        texts(&self.0.script(script).await)
    }

    pub async fn shows(&self, begin: &str) {
        let begins = |entry: &String| entry.starts_with(begin);
        self.0
            .is(&format!("there is the entry {begin:?}"), async || self.entries().await.iter().any(begins))
            .await;
    }

    /// Waits until exactly these entries are there: the newest first, each with how it begins.
    pub async fn lists(&self, begins: &[&str]) {
        self.0
            .is(&format!("the entries are {begins:#?}"), async || {
                let entries = self.entries().await;
                entries.len() == begins.len()
                    && entries.iter().zip(begins).all(|(entry, begin)| entry.starts_with(begin))
            })
            .await;
    }

    pub async fn filter(&self, field: &str, text: &str) {
        self.0.fill(Field(field), text).await;
    }

    pub async fn filter_action(&self, action: &str) {
        self.0.choose(Field("Action"), action).await;
    }

    pub async fn remove_filter(&self, filter: &str) {
        self.0.press(Button(&format!("Remove the filter {filter}"))).await;
    }

    pub async fn export(&self, link: &str, file: &str) -> String {
        self.0.press(Link(link)).await;
        self.0.downloaded(file).await
    }

    pub async fn checkpoint(&self) -> String {
        let dialog = Dialog::of(self.0, "Checkpoint", "Checkpoint").await;
        let line = dialog.value_of("Checkpoint").await;
        dialog.finish("Close").await;
        line
    }
}
