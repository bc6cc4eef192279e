//! The changes of secrets: set, imported, deleted, restored.

use cynic::MutationBuilder as _;
use serde::Serialize;
use strongroom_shared::input::{
    DeleteSecretInput, DeleteSecretsInput, ImportSecretsInput, ImportedSecret, RestoreSecretInput,
    RestoreSecretsInput, SetSecretInput,
};
use strongroom_shared::operation;
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
        let operation = operation::SetSecret::build(operation::SetSecretVariables { input });
        self.done(self.send(&operation, retry).await?.payload)
    }

    /// Deletes a secret. It can be restored until its retention ends. [`Error::Refused`] if it does not exist.
    pub async fn delete_secret(&self, name: &str) -> Result<()> {
        self.delete_secret_at(name, None).await
    }

    /// Deletes a secret; with an expected version, only if it is at that version.
    pub async fn delete_secret_at(&self, name: &str, expected_version: Option<i32>) -> Result<()> {
        let input = DeleteSecretInput { name: name.to_owned(), expected_id: None, expected_version };
        let operation = operation::DeleteSecret::build(operation::DeleteSecretVariables { input });
        self.done(self.send(&operation, Retry::Unsent).await?.payload)
    }

    /// Deletes all of these secrets, or none. [`Error::Refused`] names those that prevent it.
    pub async fn delete_secrets(&self, names: &[String]) -> Result<()> {
        let delete = |name: &String| DeleteSecretInput {
            name: name.clone(),
            expected_id: None,
            expected_version: None,
        };
        let input = DeleteSecretsInput { secrets: names.iter().map(delete).collect() };
        let operation = operation::DeleteSecrets::build(operation::DeleteSecretsVariables { input });
        self.all_done(self.send(&operation, Retry::Unsent).await?.payload)
    }

    /// Restores the most recently deleted secret of that name.
    pub async fn restore_secret(&self, name: &str) -> Result<()> {
        let input = RestoreSecretInput { name: name.to_owned(), expected_id: None };
        let operation = operation::RestoreSecret::build(operation::RestoreSecretVariables { input });
        self.done(self.send(&operation, Retry::Unsent).await?.payload)
    }

    /// Restores the most recently deleted secrets of these names, or none. [`Error::Refused`] names those that prevent it.
    pub async fn restore_secrets(&self, names: &[String]) -> Result<()> {
        let restore = |name: &String| RestoreSecretInput { name: name.clone(), expected_id: None };
        let input = RestoreSecretsInput { secrets: names.iter().map(restore).collect() };
        let operation = operation::RestoreSecrets::build(operation::RestoreSecretsVariables { input });
        self.all_done(self.send(&operation, Retry::Unsent).await?.payload)
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
        let operation = operation::ImportSecrets::build(operation::ImportSecretsVariables { input });
        let payload = self.send(&operation, retry).await?.payload.ok_or_else(|| self.malformed(200))?;
        if payload.success == Some(true) {
            Ok(payload)
        } else {
            Err(Error::Refused { message: payload.error.unwrap_or_default() })
        }
    }

    fn done(&self, payload: Option<impl Into<SuccessPayload>>) -> Result<()> {
        let payload: SuccessPayload = payload.ok_or_else(|| self.malformed(200))?.into();
        payload.into_result().map_err(|message| Error::Refused { message })
    }

    /// The outcome for many secrets. The reason names each that was refused.
    fn all_done(&self, payload: Option<SecretsPayload>) -> Result<()> {
        let SecretsPayload { success, error, refused } = payload.ok_or_else(|| self.malformed(200))?;
        if success == Some(true) {
            return Ok(());
        }
        let reasons = refused.iter().map(|secret| format!("\n  {}: {}", secret.name, secret.error));
        Err(Error::Refused { message: error.unwrap_or_default() + &reasons.collect::<String>() })
    }
}
