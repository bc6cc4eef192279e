//! `/team/audit-log`.

use super::{page, texts};
use crate::browser::{Browser, Link};

page!(AuditLogPage, "Audit log");

impl AuditLogPage<'_> {
    /// The entries, newest first: `ada@acme.example created the secret A`.
    pub async fn entries(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.entry-line__what')].map(line => {
                const words = line.cloneNode(true);
                words.querySelectorAll('.visually-hidden').forEach(hidden => hidden.remove());
                return words.textContent.trim().replace(/\\s+/g, ' ');
            })";
        texts(self.0.script(script).await)
    }

    pub async fn shows(&self, begin: &str) {
        let begins = |entry: &String| entry.starts_with(begin);
        let what = format!("there is the entry {begin:?}");
        self.0.is(&what, async || self.entries().await.iter().any(begins)).await;
    }

    /// Waits until the entries, newest first, begin with these texts.
    pub async fn lists(&self, begins: &[&str]) {
        let what = format!("the entries are {begins:#?}");
        let begin = |(entry, begin): (&String, &&str)| entry.starts_with(begin);
        let are_these =
            |entries: &[String]| entries.len() == begins.len() && entries.iter().zip(begins).all(begin);
        self.0.is(&what, async || are_these(&self.entries().await)).await;
    }

    pub async fn export(&self, link: &str, file: &str) -> String {
        self.0.press(Link(link)).await;
        self.0.downloaded(file).await
    }
}
