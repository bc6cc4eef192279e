//! A browser's session, asked through chromedriver itself: the driver's connections belong to one runtime.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::http;
use crate::store::Store;

#[derive(Clone)]
pub(super) struct Session {
    pub(super) url: String,
    pub(super) store: Arc<Store>,
}

impl Session {
    async fn ask(&self, command: &str, parameters: Value) -> Value {
        let request = http::client().post(format!("{}/{command}", self.url)).body(parameters.to_string());
        let reply = request.send().await.expect("chromedriver answers");
        let mut reply: Value = reply.json().await.expect("chromedriver answers in JSON");
        reply["value"].take()
    }

    pub(super) async fn console(&self) -> Vec<String> {
        let log = self.ask("log", json!({"type": "browser"})).await;
        let entries = log.as_array().unwrap_or_else(|| panic!("not a log: {log}")).iter();
        let entries = entries.map(|entry| format!("{}: {}", entry["level"], entry["message"]));
        entries
            .filter(|entry| entry.starts_with("\"SEVERE\"") || entry.contains("Content Security Policy"))
            .collect()
    }

    pub(super) async fn assert_forgets(&self) {
        let script = "return JSON.stringify([
                Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, location.href,
                history.state, window.name, document.documentElement.outerHTML,
                [...document.querySelectorAll('input, textarea')].map(field => field.value),
            ])";
        let kept = self.ask("execute/sync", json!({"script": script, "args": []})).await;
        let kept = kept.as_str().unwrap_or_else(|| panic!("not a text: {kept}"));
        let lists: Value = serde_json::from_str(kept).expect("JSON");
        for entry in lists[0].as_array().into_iter().chain(lists[1].as_array()).flatten() {
            let key = entry[0].as_str().unwrap_or_default();
            let look =
                ["theme", "columns", "rows", "groups", "keys"].map(|look| format!("strongroom.{look}"));
            let is_look = look.iter().any(|look| look == key) || key.starts_with("strongroom.folds.");
            assert!(is_look, "only the page's look is stored: {lists:#}");
        }
        assert_eq!(lists[2], "", "scripts see no cookie");
        for sensitive in self.store.sensitive() {
            assert!(!kept.contains(&sensitive), "{sensitive:?} is still there: {kept}");
        }
    }
}
