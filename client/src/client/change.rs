//! The changes of secrets: set, imported, deleted, restored.

use std::collections::BTreeMap;

use serde::Serialize;
use strongroom_shared::input::{
    DeleteSecretInput, DeleteSecretsInput, ImportSecretsInput, ImportedSecret, RestoreSecretInput,
    RestoreSecretsInput, SetSecretInput,
};
use strongroom_shared::operation::MutationInput;
use strongroom_shared::payload::{ImportSecretsPayload, SecretsPayload, SuccessPayload};
use strongroom_shared::{DateTime, GivenJson, Json};
use zeroize::Zeroizing;

use super::{Client, Retry, SetOptions};
use crate::error::{Error, Result};

impl Client {
    /// Creates or overwrites a secret. The value is serialised as JSON: a string stays a string.
    pub async fn set_secret(&self, name: &str, value: impl Serialize) -> Result<()> {
        let not_json = |_| Error::NotJson { name: name.to_owned() };
        // Through text, because `to_value` would read raw JSON in a value by `serde_json`'s rules, not ours.
        let text = Zeroizing::new(serde_json::to_string(&value).map_err(not_json)?);
        let value: Json = serde_json::from_str(&text).map_err(not_json)?;
        self.set_secret_with(name, value, SetOptions::default()).await
    }

    /// Creates or overwrites a secret, with options. With an expected version, it is retried only if the request can't
    /// have reached the server: if the change was made, a retry would find the next version. [`Error::Refused`] if the
    /// secret is at another version.
    pub async fn set_secret_with(&self, name: &str, value: Json, options: SetOptions<'_>) -> Result<()> {
        let input = SetSecretInput {
            name: name.to_owned(),
            value: GivenJson(Some(value)),
            description: options.description.map(str::to_owned),
            expires_at: options.expires_at.map(|time| DateTime(time.to_owned())),
            expected_version: options.expected_version,
        };
        let retry = if options.expected_version.is_none() { Retry::Idempotent } else { Retry::Unsent };
        done(self.mutate(input, retry).await?)
    }

    /// Deletes a secret. It can be restored until its retention ends. [`Error::Refused`] if it does not exist.
    pub async fn delete_secret(&self, name: &str) -> Result<()> {
        self.delete_secret_at(name, None).await
    }

    /// Deletes a secret; with an expected version, only if it is at that version.
    pub async fn delete_secret_at(&self, name: &str, expected_version: Option<i32>) -> Result<()> {
        let input = DeleteSecretInput { name: name.to_owned(), expected_id: None, expected_version };
        done(self.mutate(input, Retry::Unsent).await?)
    }

    /// Deletes all of these secrets, or none. [`Error::Refused`] names those that prevent it.
    pub async fn delete_secrets(&self, names: &[String]) -> Result<()> {
        let delete = |name: &String| DeleteSecretInput {
            name: name.clone(),
            expected_id: None,
            expected_version: None,
        };
        let input = DeleteSecretsInput { secrets: names.iter().map(delete).collect() };
        all_done(self.mutate(input, Retry::Unsent).await?)
    }

    /// Restores the most recently deleted secret of that name.
    pub async fn restore_secret(&self, name: &str) -> Result<()> {
        let input = RestoreSecretInput { name: name.to_owned(), expected_id: None };
        done(self.mutate(input, Retry::Unsent).await?)
    }

    /// Restores the most recently deleted secrets of these names, or none. [`Error::Refused`] names those that prevent it.
    pub async fn restore_secrets(&self, names: &[String]) -> Result<()> {
        let restore = |name: &String| RestoreSecretInput { name: name.clone(), expected_id: None };
        let input = RestoreSecretsInput { secrets: names.iter().map(restore).collect() };
        all_done(self.mutate(input, Retry::Unsent).await?)
    }

    /// Previews an import. The result's `state` is for [`Client::import_secrets`].
    pub async fn preview_import(&self, secrets: &[(String, Json)]) -> Result<ImportSecretsPayload> {
        self.import(secrets, Some(true), None, Retry::Idempotent).await
    }

    /// Sets all of `secrets`, or none. With the `expected_state` of a preview, it is refused if any of them has changed
    /// since.
    pub async fn import_secrets(
        &self,
        secrets: &[(String, Json)],
        expected_state: Option<String>,
    ) -> Result<ImportSecretsPayload> {
        self.import(secrets, None, expected_state, Retry::Unsent).await
    }

    async fn import(
        &self,
        secrets: &[(String, Json)],
        preview: Option<bool>,
        expected_state: Option<String>,
        retry: Retry,
    ) -> Result<ImportSecretsPayload> {
        let secrets = secrets.iter().map(|(name, value)| ImportedSecret {
            name: name.clone(),
            value: GivenJson(Some(value.clone())),
            skip: None,
        });
        let input = ImportSecretsInput { secrets: secrets.collect(), preview, expected_state };
        let payload = self.mutate(input, retry).await?;
        if payload.success == Some(true) {
            Ok(payload)
        } else {
            Err(Error::Refused { message: payload.error.unwrap_or_default() })
        }
    }

    /// Sends a mutation. Its response has one field, whatever the name.
    async fn mutate<Input: MutationInput>(&self, input: Input, retry: Retry) -> Result<Input::Payload> {
        let answer: BTreeMap<String, Option<Input::Payload>> = self.send(&input.operation(), retry).await?;
        answer.into_values().next().flatten().ok_or_else(|| self.malformed(200))
    }
}

fn done(payload: impl Into<SuccessPayload>) -> Result<()> {
    payload.into().into_result().map_err(|message| Error::Refused { message })
}

/// The outcome for many secrets. The reason names each that was refused.
fn all_done(payload: SecretsPayload) -> Result<()> {
    let SecretsPayload { success, error, refused } = payload;
    if success == Some(true) {
        return Ok(());
    }
    let reasons = refused.iter().map(|secret| format!("\n  {}: {}", secret.name, secret.error));
    Err(Error::Refused { message: error.unwrap_or_default() + &reasons.collect::<String>() })
}
