//! Secrets: set, update, delete, restore, list, and read, with the versions of their values.

pub mod access;
pub mod delete;
mod expiry;
pub mod import;
pub mod kv;
mod list;
pub mod move_values;
pub mod page;
pub mod read;
pub mod rewrite;
mod write;

use std::slice;

use strongroom_shared::error_code::CHANGED_MEANWHILE;
use strongroom_shared::input::{RestoreSecretVersionInput, SetSecretInput, UpdateSecretInput};
use strongroom_shared::webhook::EventKind;
use strongroom_shared::{Permission, SecretName};
use zeroize::Zeroizing;

use self::write::change_detail;
use super::audit::named;
use super::audit::object::named_object;
use super::change::{self, Answer, Attempt, Attempted, Done, Recorded, Refused, ValueChange};
use super::{Result, Service};
use crate::domain::secret::{parse_description, parse_expiry};
use crate::domain::{Actor, AuditAction, AuditObject, Denied, Rule, Secret, SecretId, Time, VersionKey};
use crate::store::{self, Transaction};

#[derive(Debug, Default)]
pub struct SecretAnswer {
    /// The rule that forbids the change; `None` if it was made.
    pub refused: Option<Rule>,
    /// The secret's version after the change, or its unchanged one; `None` if it does not exist.
    pub current_version: Option<i64>,
    /// The secret that the change did not expect, perhaps a tombstone, if the caller can list it.
    pub conflict: Option<Secret>,
    /// The names of limited keys that gain access by a rename.
    pub gaining_keys: Vec<String>,
    pub losing_keys: Vec<String>,
}

impl SecretAnswer {
    fn refused(rule: impl Into<Rule>) -> Self {
        Self { refused: Some(rule.into()), ..Self::default() }
    }
}

const MISSING: &str = "There is no secret with that name.";
const GONE: &str = "The secret has changed in the meantime: it was deleted or renamed.";
/// How many names one statement looks up.
const NAMES: usize = 256;

struct Update {
    name: SecretName,
    new_name: Option<SecretName>,
    value: Option<Zeroizing<Vec<u8>>>,
    #[expect(clippy::option_option, reason = "kept, removed, or replaced")]
    description: Option<Option<String>>,
    #[expect(clippy::option_option, reason = "kept, removed, or replaced")]
    expires_at: Option<Option<Time>>,
    overwrite: bool,
    expected_id: Option<SecretId>,
    expected_version: Option<i32>,
    expected_description: Option<String>,
    confirm_key_access: bool,
}

struct Set {
    name: SecretName,
    value: Zeroizing<Vec<u8>>,
    #[expect(clippy::option_option, reason = "kept, removed, or replaced")]
    description: Option<Option<String>>,
    #[expect(clippy::option_option, reason = "kept, removed, or replaced")]
    expires_at: Option<Option<Time>>,
    /// 0 if the secret must not exist.
    expected_version: Option<i32>,
}

struct RestoreVersion {
    name: SecretName,
    version: i64,
}

/// The names of limited keys whose access a rename changes.
#[derive(Default)]
struct KeyAccess {
    gaining: Vec<String>,
    losing: Vec<String>,
}

impl KeyAccess {
    /// Lists the keys that gain access and those that lose it: for each kind `before`, its word, the names, and `after`.
    fn describe(&self, before: &str, gaining: &str, losing: &str, after: &str) -> String {
        let part = |what, names: &[String]| match names {
            [] => String::new(),
            names => format!("{before}{what} access: {}{after}", named(names.iter().map(String::as_str))),
        };
        part(gaining, &self.gaining) + &part(losing, &self.losing)
    }

    /// The answer to a caller who has not confirmed the change; `None` if there is nothing to confirm.
    fn question(&self) -> Option<SecretAnswer> {
        if self.gaining.is_empty() && self.losing.is_empty() {
            return None;
        }
        let keys = self.describe(" ", "Gain", "Lose", ".");
        let error = format!(
            "The new name changes which limited API keys have access to the secret.{keys} To rename it anyway, send \
             `confirm_key_access: true`."
        );
        let (gaining_keys, losing_keys) = (self.gaining.clone(), self.losing.clone());
        Some(SecretAnswer { gaining_keys, losing_keys, ..SecretAnswer::refused(error) })
    }
}

impl ValueChange for Set {
    type Output = SecretAnswer;

    async fn attempt(&self, mut attempt: Attempt<'_>) -> Attempted<SecretAnswer> {
        let Attempt { service, tx, actor, .. } = attempt;
        let Self { name, value, description, expires_at, expected_version } = self;
        require_visible(actor, name)?;
        let found = store::secret::find(tx, actor.team_id(), name).await?;
        actor.require(if found.is_some() { Permission::UpdateSecret } else { Permission::CreateSecret })?;
        if let Some(conflict) = conflict(actor, found.as_ref(), *expected_version) {
            return Ok(Some(Refused(conflict)));
        }
        if found.is_none() {
            name.check_new()?;
        }
        let mut secret = match &found {
            Some(found) => service.touched(found.clone(), actor),
            None => attempt.new_secret(name.clone()),
        };
        secret.description = description.clone().unwrap_or(secret.description);
        let expires = secret.expire(expires_at.unwrap_or(secret.expires_at), service.now())?;
        attempt.write(found.as_ref(), &mut secret, Some(value)).await?;
        let (action, detail) = match &found {
            Some(found) => (AuditAction::UpdateSecret, change_detail(found, &secret, expires)),
            None => (AuditAction::CreateSecret, expires),
        };
        let object = AuditObject { detail, ..object(&secret) };
        let recorded = service.record(tx, actor, action, object).await?;
        Ok(Some(Done(done_at(secret.version), recorded)))
    }
}

impl ValueChange for Update {
    type Output = SecretAnswer;

    async fn attempt(&self, mut attempt: Attempt<'_>) -> Attempted<SecretAnswer> {
        let Attempt { service, tx, actor, .. } = attempt;
        let refused = |rule: &'static str| Ok(Some(Refused(SecretAnswer::refused(rule))));
        actor.require(Permission::UpdateSecret)?;
        require_visible(actor, &self.name)?;
        self.new_name.iter().try_for_each(|new_name| require_visible(actor, new_name))?;
        let found = store::secret::find(tx, actor.team_id(), &self.name).await?;
        let moved = match self.expected_id {
            Some(id) if found.as_ref().is_none_or(|found| found.id != id) => {
                store::secret::list_by_id(tx, actor.team_id(), vec![id]).await?.remove(&id)
            }
            _ => None,
        };
        let found = as_expected(actor, found, moved.as_ref(), self.expected_id, self.expected_version);
        let secret = match found {
            Ok(secret) => secret,
            Err(answer) => return Ok(Some(Refused(answer))),
        };
        if let Some(expected) = &self.expected_description
            && expected != secret.description.as_deref().unwrap_or_default()
        {
            return Ok(Some(Refused(unexpected(actor, Some(&secret), CHANGED_MEANWHILE))));
        }
        let mut access = KeyAccess::default();
        if let Some(new_name) = &self.new_name {
            let replaced = store::secret::find(tx, actor.team_id(), new_name).await?;
            if replaced.is_some() {
                if !self.overwrite {
                    return refused("Another secret already has the new name.");
                }
                actor.require(Permission::DeleteSecret)?;
            } else {
                new_name.check_new()?;
            }
            access = service.key_access(tx, &secret, new_name).await?;
            if !self.confirm_key_access
                && let Some(question) = access.question()
            {
                return Ok(Some(Refused(question)));
            }
            if let Some(replaced) = replaced {
                let events = service.bury(tx, actor, &[replaced], false).await?;
                Recorded::events(tx, events).await?;
            }
        }
        let before = secret.clone();
        let mut secret = service.touched(secret, actor);
        if let Some(new_name) = &self.new_name {
            secret.name = new_name.clone();
        }
        secret.description = self.description.clone().unwrap_or(secret.description);
        let expires = secret.expire(self.expires_at.unwrap_or(secret.expires_at), service.now())?;
        let value = self.value.as_ref().map(|value| &value[..]);
        attempt.write(Some(&before), &mut secret, value).await?;
        if value.is_none() && secret.name != before.name {
            service.add_events(tx, actor, EventKind::SecretSet, slice::from_ref(&secret)).await?;
        }
        let keys = access.describe("; ", "gained", "lost", "");
        let keys = keys.strip_prefix("; ").map(str::to_owned);
        let detail = change_detail(&before, &secret, keys.into_iter().chain(expires));
        let object = AuditObject { detail, ..object(&secret) };
        let recorded = service.record(tx, actor, AuditAction::UpdateSecret, object).await?;
        let (gaining_keys, losing_keys) = (access.gaining, access.losing);
        Ok(Some(Done(SecretAnswer { gaining_keys, losing_keys, ..done_at(secret.version) }, recorded)))
    }
}

impl ValueChange for RestoreVersion {
    type Output = Answer<()>;

    async fn attempt(&self, mut attempt: Attempt<'_>) -> Attempted<Answer<()>> {
        let Attempt { service, tx, actor, .. } = attempt;
        let refused = |rule| change::refused(rule).map(Some);
        let Self { name, version } = self;
        actor.require(Permission::UpdateSecret)?;
        require_visible(actor, name)?;
        let Some(before) = store::secret::find(tx, actor.team_id(), name).await? else {
            return refused(MISSING);
        };
        if *version == before.version {
            return refused("That is the current version.");
        }
        let key = VersionKey { secret_id: before.id, version: *version };
        let Some(kept) = store::secret::find_value(tx, key).await? else {
            return refused("There is no such version.");
        };
        let Some(sealed) = attempt.staged.sealed(&kept.location)? else { return Ok(None) };
        let value = service.open_value(&before, *version, kept.data_key, sealed).await?;
        let mut secret = service.touched(before.clone(), actor);
        attempt.write_from(Some(&before), &mut secret, Some(&value), Some(*version)).await?;
        let detail = Some(format!("version {version} as version {}", secret.version));
        let object = AuditObject { detail, ..object(&secret) };
        service.done(tx, actor, AuditAction::RestoreSecretVersion, object).await.map(Some)
    }
}

impl Service {
    /// Creates or overwrites a secret. Apart from the version this is idempotent, so clients retry it. With an expected
    /// version it is not: if the change was made, a retry finds the next version.
    pub async fn set_secret(&self, actor: &Actor, input: SetSecretInput) -> Result<SecretAnswer> {
        let name = SecretName::parse(input.name)?;
        let value = input.value.0.ok_or_else(|| Rule::new("A value is required. It may be null."))?;
        let value = self.encode(&value)?;
        let description = input.description.map(parse_description).transpose()?;
        let expires_at = input.expires_at.as_ref().map(parse_expiry).transpose()?;
        let expected_version = expected(input.expected_version)?;
        let secret = name.clone();
        let set = Set { name, value, description, expires_at, expected_version };
        self.change_values(actor, Some(&secret), set).await
    }

    pub async fn update_secret(&self, actor: &Actor, input: UpdateSecretInput) -> Result<SecretAnswer> {
        let name = SecretName::parse(input.name)?;
        let new_name = input.new_name.map(SecretName::parse).transpose()?;
        let value = input.value.0;
        let update = Update {
            new_name: new_name.filter(|new_name| *new_name != name),
            value: value.map(|value| self.encode(&value)).transpose()?,
            description: input.description.map(parse_description).transpose()?,
            expires_at: input.expires_at.as_ref().map(parse_expiry).transpose()?,
            overwrite: input.overwrite == Some(true),
            expected_id: input.expected_id.map(SecretId),
            expected_version: expected(input.expected_version)?,
            expected_description: input.expected_description,
            confirm_key_access: input.confirm_key_access == Some(true),
            name,
        };
        let secret = update.name.clone();
        self.change_values(actor, Some(&secret), update).await
    }

    async fn key_access(&self, tx: &Transaction, secret: &Secret, new: &SecretName) -> Result<KeyAccess> {
        let mut access = KeyAccess::default();
        for (name, patterns) in store::api_key::list_limits(tx, secret.team_id, self.now()).await? {
            let sees = |name: &SecretName| patterns.iter().any(|pattern| pattern.matches(name.as_str()));
            match (sees(&secret.name), sees(new)) {
                (false, true) => access.gaining.push(name),
                (true, false) => access.losing.push(name),
                (true, true) | (false, false) => {}
            }
        }
        Ok(access)
    }

    /// Restores an older value as a new version: history is never rewritten.
    pub async fn restore_secret_version(
        &self,
        actor: &Actor,
        input: RestoreSecretVersionInput,
    ) -> Result<Answer<()>> {
        let name = SecretName::parse(input.name)?;
        let version = i64::from(input.version);
        self.change_values(actor, Some(&name.clone()), RestoreVersion { name, version }).await
    }

    fn touched(&self, secret: Secret, actor: &Actor) -> Secret {
        Secret { updated: self.now(), updated_by: actor.name().to_owned(), ..secret }
    }

    /// The deletion time from which tombstones can be restored.
    pub(super) fn restorable_since(&self) -> Time {
        self.before_now(self.rules.restore_window)
    }
}

fn expected(version: Option<i32>) -> Result<Option<i32>> {
    Rule::require(version.is_none_or(|version| version >= 0), "`expected_version` must not be negative.")?;
    Ok(version)
}

/// The secret that a change found, or the response if it is not the expected one.
#[expect(clippy::result_large_err, reason = "a refusal has the secret as it is now")]
fn as_expected(
    actor: &Actor,
    found: Option<Secret>,
    moved: Option<&Secret>,
    id: Option<SecretId>,
    version: Option<i32>,
) -> std::result::Result<Secret, SecretAnswer> {
    if let Some(id) = id
        && found.as_ref().is_none_or(|found| found.id != id)
    {
        return Err(unexpected(actor, moved, GONE));
    }
    match conflict(actor, found.as_ref(), version) {
        Some(conflict) => Err(conflict),
        None => found.ok_or_else(|| SecretAnswer::refused(MISSING)),
    }
}

fn conflict(actor: &Actor, found: Option<&Secret>, expected: Option<i32>) -> Option<SecretAnswer> {
    let (version, expected) = (found.map_or(0, |secret| secret.version), expected?);
    if version == i64::from(expected) {
        return None;
    }
    let error = match (version, expected) {
        (0, _) => GONE.to_owned(),
        (_, 0) => format!("A secret with that name already exists, at version {version}."),
        _ => format!("The secret has changed in the meantime: it is at version {version}, not {expected}."),
    };
    Some(unexpected(actor, found, error))
}

/// The response to a change with an outdated expectation. It reveals no more than the caller can list.
fn unexpected(actor: &Actor, found: Option<&Secret>, error: impl Into<Rule>) -> SecretAnswer {
    let found = found.filter(|secret| actor.sees(secret.name.as_str()));
    let can_list = actor.permissions.contains(Permission::ReadSecret);
    SecretAnswer {
        current_version: found.filter(|secret| secret.deleted.is_none()).map(|secret| secret.version),
        conflict: found.filter(|_| can_list).cloned(),
        ..SecretAnswer::refused(error)
    }
}

fn done_at(version: i64) -> SecretAnswer {
    SecretAnswer { current_version: Some(version), ..SecretAnswer::default() }
}

pub(super) fn require_visible(actor: &Actor, name: &SecretName) -> Result<()> {
    if actor.sees(name.as_str()) { Ok(()) } else { Err(Denied::OutOfScope.into()) }
}

pub(super) fn object(secret: &Secret) -> AuditObject {
    named_object(secret.id.0, secret.name.as_str(), None)
}
