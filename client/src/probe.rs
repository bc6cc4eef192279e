//! Looks whether a server is there at all, without a key counting.
//!
//! Not here: anything about the team, the key or a secret.

use std::time::SystemTime;

use reqwest::header;

use crate::client::{Client, sends_to};
use crate::error::Result;

/// What a server answers to whoever asks whether it is there.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Probe {
    /// It answers as Strongroom does.
    pub alive: bool,
    /// It says that its store can be used.
    pub ready: bool,
    /// The HTTP status of the first answer.
    pub status: u16,
    /// Where the first answer sends us, if it does: its address, without a path and without what may be secret.
    pub sends_to: Option<String>,
    /// The time of day on the server, to the second.
    pub time: Option<SystemTime>,
}

impl Client {
    /// Looks whether the server is there, once. Nothing is recorded.
    ///
    /// # Errors
    /// Nothing answers: [`Error::Unreachable`](crate::Error::Unreachable).
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
        let answer = self.http().get(url).send().await.map_err(unreachable)?;
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
