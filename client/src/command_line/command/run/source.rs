//! The source of the variables: the secrets that the key can access.

use std::collections::{BTreeMap, BTreeSet};

use strongroom::{Client, Error, SecretWithValue};
use strongroom_shared::Uuid;

use super::Request;
use super::environment::Environment;
use super::plan::Plan;
use crate::command_line::{output, selection};

pub fn unreadable(error: Error) -> anyhow::Error {
    match error {
        Error::Forbidden { .. } => anyhow::Error::from(error)
            .context("The secrets can't be read: `strongroom run` needs a key with the runner role"),
        error => error.into(),
    }
}

pub type Versions = BTreeMap<String, (Uuid, i32)>;

/// The current version of each secret that the key can access. The audit log records no read.
pub async fn versions(client: &Client) -> strongroom::Result<Versions> {
    let versions = client.current_versions().await?.into_iter();
    Ok(versions.map(|secret| (secret.name, (secret.id, secret.version))).collect())
}

pub struct Source {
    pub client: Client,
    pub request: Request,
    pub already_set: BTreeSet<String>,
}

impl Source {
    /// The variables for the first start. Every secret named by an option must exist.
    pub async fn first(&self, there: &[String]) -> anyhow::Result<Environment> {
        let request = &self.request;
        let chosen = request.selection.choose(there)?;
        let plan = self.plan(&chosen);
        let secrets = self.values(&plan).await.map_err(unreadable)?;
        let needed = plan.needed();
        let is_there = |name: &str| {
            secrets.iter().any(|secret| secret.name == name)
                || !needed.contains(name) && there.iter().any(|other| other == name)
        };
        let missing: Vec<&str> = request.named().into_iter().filter(|name| !is_there(name)).collect();
        if !missing.is_empty() {
            return Err(selection::not_found(&missing));
        }
        let environment = plan.fill(&secrets)?;
        if chosen.is_empty() && request.maps.is_empty() {
            output::warn(if there.is_empty() {
                "The key can access no secrets: the command starts without any."
            } else {
                "`--except` excludes all secrets: the command starts without any."
            });
        }
        for warning in &environment.warnings {
            output::warn(warning);
        }
        for note in &environment.notes {
            output::note(&format!("note: {note}"));
        }
        Ok(environment)
    }

    pub fn plan<'a>(&'a self, names: &'a [String]) -> Plan<'a> {
        Plan::of(names, &self.request, &self.already_set)
    }

    pub async fn values(&self, plan: &Plan<'_>) -> strongroom::Result<Vec<SecretWithValue>> {
        let needed: Vec<String> = plan.needed().into_iter().map(str::to_owned).collect();
        self.client.secret_values(&needed).await
    }
}
