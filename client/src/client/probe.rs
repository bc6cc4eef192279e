//! Checks whether a server is running. These endpoints need no key.

use std::time::SystemTime;

use reqwest::header;

use super::{Client, sends_to};
use crate::error::Result;

/// The result of [`Client::probe`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Probe {
    /// It responds like Strongroom.
    pub alive: bool,
    /// It reports that its store is usable.
    pub ready: bool,
    /// The HTTP status of the first response.
    pub status: u16,
    /// The target of a redirect, without its path and credentials.
    pub sends_to: Option<String>,
    /// The server's time, to the second.
    pub time: Option<SystemTime>,
}

impl Client {
    /// Checks once whether the server is running. Nothing is recorded.
    pub async fn probe(&self) -> Result<Probe> {
        let (answer, text) = self.get("healthz").await?;
        let mut probe = Probe { alive: answer.status == 200 && text.trim() == "alive", ..answer };
        if probe.alive {
            let (answer, text) = self.get("readyz").await?;
            probe.ready = answer.status == 200 && text.trim() == "ready";
        }
        Ok(probe)
    }

    async fn get(&self, path: &str) -> Result<(Probe, String)> {
        let unreachable = |error| self.unreachable(&error);
        let url = format!("{}/{path}", self.server());
        let answer = self.0.http.get(url).send().await.map_err(unreachable)?;
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let probe = Probe {
            status: answer.status().as_u16(),
            sends_to: sends_to(&answer),
            time: text(header::DATE).and_then(|date| httpdate::parse_http_date(date).ok()),
            ..Probe::default()
        };
        Ok((probe, answer.text().await.map_err(unreachable)?))
    }
}
