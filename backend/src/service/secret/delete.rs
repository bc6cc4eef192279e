//! Deletes secrets and restores deleted ones: one, or many in one transaction, all or none.

use std::collections::HashSet;

use chrono::TimeDelta;
use strongroom_shared::input::{DeleteSecretInput, RestoreSecretInput};
use strongroom_shared::webhook::EventKind;
use strongroom_shared::{Permission, SecretName};

use super::{MISSING, NAMES, SecretAnswer, as_expected, expected, object, require_visible};
use crate::domain::{Actor, AuditAction, AuditEvent, Rule, Secret, SecretId};
use crate::service::change::{Answer, Done, Outcome, Recorded, Refused, change, long_change, refused};
use crate::service::{Error, Result, Service};
use crate::store::tombstone::Deletion;
use crate::store::{self, Transaction};

/// Why a change of many secrets changed none.
#[derive(Debug)]
pub struct SecretsRefused {
    pub error: Rule,
    /// The secrets that prevented it, in the order of the input.
    pub secrets: Vec<(SecretName, SecretAnswer)>,
}

pub type SecretsAnswer = std::result::Result<(), SecretsRefused>;

/// The log's entries about a change, or the secrets that prevent it.
type Changed = std::result::Result<Vec<AuditEvent>, Vec<(SecretName, SecretAnswer)>>;

struct Target {
    name: SecretName,
    expected_id: Option<SecretId>,
    expected_version: Option<i32>,
}

impl Target {
    fn to_delete(input: DeleteSecretInput) -> Result<Self> {
        Ok(Self {
            name: SecretName::parse(input.name)?,
            expected_id: input.expected_id.map(SecretId),
            expected_version: expected(input.expected_version)?,
        })
    }

    fn to_restore(input: RestoreSecretInput) -> Result<Self> {
        let (name, expected_id) = (SecretName::parse(input.name)?, input.expected_id.map(SecretId));
        Ok(Self { name, expected_id, expected_version: None })
    }

    /// Parses the input of a change of many. Errors give the position of a secret, because an invalid name is not repeated.
    fn all<Input>(inputs: Vec<Input>, parse: fn(Input) -> Result<Self>) -> Result<Vec<Self>> {
        Rule::require(!inputs.is_empty(), "Name at least one secret.")?;
        let mut names = HashSet::with_capacity(inputs.len());
        let mut targets = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.into_iter().enumerate() {
            let wrong = |rule: &str| Rule::new(format!("Secret {} of the request: {rule}", index + 1));
            let target = parse(input).map_err(|error| match error {
                Error::Rule(rule) => wrong(rule.as_str()).into(),
                other => other,
            })?;
            if !names.insert(target.name.clone()) {
                return Err(wrong("its name occurs twice.").into());
            }
            targets.push(target);
        }
        Ok(targets)
    }
}

impl Service {
    pub async fn delete_secret(&self, actor: &Actor, input: DeleteSecretInput) -> Result<SecretAnswer> {
        expected(input.expected_version)?;
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::DeleteSecret)?;
            // No secret has an invalid name.
            let Ok(target) = Target::to_delete(input) else {
                return Ok(Refused(SecretAnswer::refused(MISSING)));
            };
            match service.delete(tx, &actor, &[target]).await? {
                Ok(events) => Ok(Done(SecretAnswer::default(), Recorded::events(tx, events).await?)),
                Err(secrets) => Ok(Refused(only(secrets))),
            }
        })
    }

    pub async fn delete_secrets(
        &self,
        actor: &Actor,
        inputs: Vec<DeleteSecretInput>,
    ) -> Result<SecretsAnswer> {
        actor.budget.charge_changes(inputs.len())?;
        let targets = Target::all(inputs, Target::to_delete)?;
        long_change!(self, actor, |service, tx, actor| {
            let changed = service.delete(tx, &actor, &targets).await?;
            all_or_none(tx, changed, "deleted", targets.len()).await
        })
    }

    pub async fn restore_secret(&self, actor: &Actor, input: RestoreSecretInput) -> Result<Answer<()>> {
        let target = Target::to_restore(input)?;
        change!(self, actor, |service, tx, actor| {
            match service.restore(tx, &actor, &[target]).await? {
                Ok(events) => Ok(Done(Ok(()), Recorded::events(tx, events).await?)),
                Err(secrets) => refused(only(secrets).refused.unwrap_or_else(|| MISSING.into())),
            }
        })
    }

    pub async fn restore_secrets(
        &self,
        actor: &Actor,
        inputs: Vec<RestoreSecretInput>,
    ) -> Result<SecretsAnswer> {
        actor.budget.charge_changes(inputs.len())?;
        let targets = Target::all(inputs, Target::to_restore)?;
        long_change!(self, actor, |service, tx, actor| {
            let changed = service.restore(tx, &actor, &targets).await?;
            all_or_none(tx, changed, "restored", targets.len()).await
        })
    }

    async fn delete(&self, tx: &Transaction, actor: &Actor, targets: &[Target]) -> Result<Changed> {
        actor.require(Permission::DeleteSecret)?;
        let (mut secrets, mut refused) = (Vec::with_capacity(targets.len()), Vec::new());
        for part in targets.chunks(NAMES) {
            let names: Vec<_> = part.iter().map(|target| &target.name).collect();
            let mut found = store::secret::list_named(tx, actor.team_id(), &names).await?;
            let lost = part.iter().filter_map(|target| {
                let id = target.expected_id?;
                (found.get(&target.name).map(|secret| secret.id) != Some(id)).then_some(id)
            });
            let moved = store::secret::list_by_id(tx, actor.team_id(), lost.collect()).await?;
            for Target { name, expected_id, expected_version } in part {
                require_visible(actor, name)?;
                let found = found.remove(name);
                let moved = expected_id.and_then(|id| moved.get(&id));
                match as_expected(actor, found, moved, *expected_id, *expected_version) {
                    Ok(secret) => secrets.push(secret),
                    Err(answer) => refused.push((name.clone(), answer)),
                }
            }
        }
        if refused.is_empty() {
            Ok(Ok(self.bury(tx, actor, &secrets, false).await?))
        } else {
            Ok(Err(refused))
        }
    }

    async fn restore(&self, tx: &Transaction, actor: &Actor, targets: &[Target]) -> Result<Changed> {
        actor.require(Permission::CreateSecret)?;
        let since = self.restorable_since();
        let (mut secrets, mut refused) = (Vec::with_capacity(targets.len()), Vec::new());
        for part in targets.chunks(NAMES) {
            let names: Vec<_> = part.iter().map(|target| &target.name).collect();
            let taken = store::secret::list_named(tx, actor.team_id(), &names).await?;
            let mut found = store::tombstone::list_named(tx, actor.team_id(), &names, since).await?;
            for Target { name, expected_id, .. } in part {
                require_visible(actor, name)?;
                let rule = match found.remove(name) {
                    _ if taken.contains_key(name) => {
                        "There is already a secret with that name. Rename or delete it first."
                    }
                    None => "There is no deleted secret with that name to restore.",
                    Some(secret) if expected_id.is_some_and(|id| secret.id != id) => {
                        "Another secret with that name was deleted since."
                    }
                    Some(secret) => {
                        secrets.push(secret);
                        continue;
                    }
                };
                refused.push((name.clone(), SecretAnswer::refused(rule)));
            }
        }
        if !refused.is_empty() {
            return Ok(Err(refused));
        }
        Ok(Ok(self.update_deleted(tx, actor, &secrets, None).await?))
    }

    /// Makes tombstones of secrets, which Vault's API shows or not, and returns the entries for the log.
    pub(super) async fn bury(
        &self,
        tx: &Transaction,
        actor: &Actor,
        secrets: &[Secret],
        is_shown: bool,
    ) -> Result<Vec<AuditEvent>> {
        let now = self.now();
        let mut deleted = now;
        for part in secrets.chunks(NAMES) {
            let names: Vec<_> = part.iter().map(|secret| &secret.name).collect();
            let before = store::tombstone::list_named(tx, actor.team_id(), &names, now).await?;
            // Later than the last deletions, even if the clock was set back.
            let after = before
                .into_values()
                .filter_map(|secret| secret.deleted?.checked_add_signed(TimeDelta::microseconds(1)));
            deleted = after.fold(deleted, Ord::max);
        }
        self.update_deleted(tx, actor, secrets, Some(Deletion { at: deleted, is_shown })).await
    }

    pub(super) async fn update_deleted(
        &self,
        tx: &Transaction,
        actor: &Actor,
        secrets: &[Secret],
        deleted: Option<Deletion>,
    ) -> Result<Vec<AuditEvent>> {
        let events = self.update_deleted_without_event(tx, actor, secrets, deleted).await?;
        let kind = if deleted.is_some() { EventKind::SecretDeleted } else { EventKind::SecretRestored };
        self.add_events(tx, actor, kind, secrets).await?;
        Ok(events)
    }

    /// The same without events for the webhook, for a change that adds its own.
    pub(super) async fn update_deleted_without_event(
        &self,
        tx: &Transaction,
        actor: &Actor,
        secrets: &[Secret],
        deleted: Option<Deletion>,
    ) -> Result<Vec<AuditEvent>> {
        let now = self.now();
        for part in secrets.chunks(NAMES) {
            let ids = part.iter().map(|secret| secret.id).collect();
            store::tombstone::update_deleted(tx, ids, deleted, now, actor.name()).await?;
        }
        let action = if deleted.is_some() { AuditAction::DeleteSecret } else { AuditAction::RestoreSecret };
        Ok(secrets.iter().map(|secret| AuditEvent::by(actor, now, action, object(secret))).collect())
    }
}

/// The answer about the only secret of a change.
fn only(secrets: Vec<(SecretName, SecretAnswer)>) -> SecretAnswer {
    secrets.into_iter().next().map(|(_, answer)| answer).unwrap_or_default()
}

async fn all_or_none(
    tx: &Transaction,
    changed: Changed,
    done: &str,
    count: usize,
) -> Result<Outcome<SecretsAnswer>> {
    let secrets = match changed {
        Ok(events) => return Ok(Done(Ok(()), Recorded::events(tx, events).await?)),
        Err(secrets) => secrets,
    };
    let error = match (&secrets[..], count) {
        ([(_, SecretAnswer { refused: Some(rule), .. })], 1) => rule.clone(),
        (refused, _) => {
            Rule::new(format!("Nothing was {done}: {} of the {count} secrets can't be.", refused.len()))
        }
    };
    Ok(Refused(Err(SecretsRefused { error, secrets })))
}
