//! The KV engine of version 2: values with versions below `data/`, and what else it knows of them.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};
use strongroom_shared::text_enum;

use super::failure::{self, Failure};
use super::json::{CustomMetadata, VersionMetadata, optional_time, time};
use super::request::Call;
use super::route::Operation;
use super::{Handled, Reply};
use crate::domain::kv::{MapOf, subkeys};
use crate::service::{Answer, KvDeletion, KvFound, KvMetadata, KvUnexpected};

const DAY: u64 = 24 * 60 * 60;

text_enum! {
    /// What the engine has below its mount.
    #[derive(Clone, Copy, PartialEq, Eq)]
    Kind {
        Data = "data";
        Metadata = "metadata";
        Delete = "delete";
        Undelete = "undelete";
        Destroy = "destroy";
        Subkeys = "subkeys";
        Config = "config";
    }
}

pub async fn answer(call: &Call<'_>, rest: &[String]) -> Handled {
    let (kind, rest) = match rest.split_first() {
        Some((first, rest)) => (Kind::parse(first), rest),
        None => (None, rest),
    };
    if call.operation == Operation::List {
        return match kind {
            Some(Kind::Metadata) => call.list(rest, true).await,
            Some(_) => Err(failure::unsupported()),
            None => Ok(call.invalid_path()),
        };
    }
    let name = call.name(rest)?;
    let Some(kind) = kind.filter(|kind| *kind != Kind::Config || name.is_empty()) else {
        return Ok(call.invalid_path());
    };
    match (kind, call.operation) {
        (Kind::Config, Operation::Read) => Ok(call.data(&config(call))),
        (Kind::Config, _) => Err(failure::unsupported()),
        (_, Operation::Write) if name.is_empty() => Err(failure::wrong("missing path")),
        _ if name.is_empty() => Ok(call.invalid_path()),
        (Kind::Data, Operation::Read) => read(call, name).await,
        (Kind::Data, Operation::Write | Operation::Patch) => write(call, name).await,
        (Kind::Data, Operation::Delete) => delete(call, name, KvDeletion::Shown).await,
        (Kind::Metadata, Operation::Read) => read_metadata(call, name).await,
        (Kind::Metadata, Operation::Write | Operation::Patch) => write_metadata(call, name).await,
        (Kind::Metadata, Operation::Delete) => delete(call, name, KvDeletion::Hidden).await,
        (Kind::Delete, Operation::Write) => {
            let versions = call.fields.versions()?;
            delete(call, name, KvDeletion::Versions(versions)).await
        }
        (Kind::Undelete, Operation::Write) => {
            let versions = call.fields.versions()?;
            call.service().undelete_kv(call.actor, name, versions).await?;
            Ok(Reply::no_content())
        }
        (Kind::Destroy, Operation::Write) => {
            let window = describe(call.service().rules().restore_window);
            let reason = format!("Values are removed by the server, {window} after a secret was deleted");
            Err(failure::unsupported_because(reason))
        }
        (Kind::Subkeys, Operation::Read) => read_subkeys(call, name).await,
        (Kind::Data | Kind::Metadata, Operation::List)
        | (Kind::Delete | Kind::Undelete | Kind::Destroy | Kind::Subkeys, _) => Err(failure::unsupported()),
    }
}

#[derive(Serialize)]
struct WithMetadata<'a, D> {
    data: D,
    metadata: VersionMetadata<'a>,
}

#[derive(Serialize)]
struct Subkeys<'a> {
    metadata: VersionMetadata<'a>,
    subkeys: Value,
}

/// The version that a read asks for; `None` for the current one.
fn version(call: &Call<'_>) -> Result<Option<i64>, Failure> {
    Ok(call.query.number("version")?.filter(|version| *version > 0))
}

async fn read(call: &Call<'_>, name: String) -> Handled {
    match call.service().read_kv(call.actor, name, version(call)?).await? {
        KvFound::Live(found, value) => {
            Ok(call.data(&WithMetadata { data: MapOf(&value), metadata: (&found).into() }))
        }
        KvFound::Deleted(found) => Ok(call.deleted(&WithMetadata { data: (), metadata: (&found).into() })),
        KvFound::Missing => Err(failure::missing()),
    }
}

async fn read_subkeys(call: &Call<'_>, name: String) -> Handled {
    let depth = call.query.number("depth")?.unwrap_or_default();
    let depth = usize::try_from(depth).map_err(|_| failure::wrong("depth must not be negative"))?;
    match call.service().read_kv(call.actor, name, version(call)?).await? {
        KvFound::Live(found, value) => {
            Ok(call.data(&Subkeys { metadata: (&found).into(), subkeys: subkeys(&value, depth) }))
        }
        KvFound::Deleted(found) => {
            Ok(call.deleted(&Subkeys { metadata: (&found).into(), subkeys: Value::Null }))
        }
        KvFound::Missing => Err(failure::missing()),
    }
}

async fn write(call: &Call<'_>, name: String) -> Handled {
    let (map, expected) = (call.fields.data()?, call.fields.expected_version()?);
    let written = match call.operation {
        Operation::Patch => call.service().merge_kv(call.actor, name, map, expected).await?,
        _ => call.service().set_kv(call.actor, name, map, expected).await?,
    };
    match written {
        Ok(KvFound::Live(version, ())) => Ok(call.data(&VersionMetadata::from(&version))),
        Ok(KvFound::Deleted(version)) => Ok(call.deleted(&VersionMetadata::from(&version))),
        Ok(KvFound::Missing) => Err(failure::missing()),
        Err(KvUnexpected) => Err(failure::wrong("check-and-set parameter did not match the current version")),
    }
}

async fn delete(call: &Call<'_>, name: String, deletion: KvDeletion) -> Handled {
    done(call.service().delete_kv(call.actor, name, deletion).await?)
}

/// No content, or the rule that forbids a change.
pub fn done(answer: Answer<()>) -> Handled {
    match answer {
        Ok(()) => Ok(Reply::no_content()),
        Err(rule) => Err(failure::wrong(rule.into_text())),
    }
}

/// The most versions of a secret: the current one, and those that are kept.
fn most_versions(call: &Call<'_>) -> u64 {
    u64::from(call.service().rules().keep_versions) + 1
}

fn config(call: &Call<'_>) -> Value {
    json!({"cas_required": false, "delete_version_after": "0s", "max_versions": most_versions(call)})
}

async fn read_metadata(call: &Call<'_>, name: String) -> Handled {
    let found = call.service().find_kv_metadata(call.actor, name).await?;
    let KvMetadata { secret, mut versions } = found.ok_or_else(failure::missing)?;
    versions.reverse();
    let oldest = versions.first().map_or(0, |version| version.version);
    let deleted = optional_time(secret.deleted);
    let kept = versions.iter().map(|version| {
        let facts = json!({
            "created_time": time(version.created), "deletion_time": deleted, "destroyed": false,
        });
        (version.version.to_string(), facts)
    });
    Ok(call.data(&json!({
        "cas_required": false,
        "created_time": time(secret.created),
        "current_version": secret.version,
        "custom_metadata": CustomMetadata::of(&secret),
        "delete_version_after": "0s",
        "max_versions": most_versions(call),
        "oldest_version": if oldest == 1 { 0 } else { oldest },
        "updated_time": time(secret.updated),
        "versions": kept.collect::<Map<_, _>>(),
    })))
}

/// Writes the description. Every other field repeats the current setting, or is refused.
async fn write_metadata(call: &Call<'_>, name: String) -> Handled {
    let mut description = None;
    for (field, value) in call.fields.all()? {
        let is_so = match field.as_str() {
            "custom_metadata" => {
                description = described(value, call.operation)?;
                continue;
            }
            "cas_required" | "metadata_cas_required" => matches!(value, Value::Null | Value::Bool(false)),
            "max_versions" => {
                value.is_null() || value.as_u64().is_some_and(|most| [0, most_versions(call)].contains(&most))
            }
            "delete_version_after" => {
                value.is_null()
                    || value.as_i64() == Some(0)
                    || matches!(value.as_str(), Some("" | "0" | "0s"))
            }
            _ => {
                let known = "only custom_metadata, cas_required, max_versions and delete_version_after are known here";
                return Err(failure::wrong(known));
            }
        };
        if !is_so {
            return Err(failure::wrong(format!("{field}: can't be changed here")));
        }
    }
    if call.service().describe_kv(call.actor, name, description).await? {
        Ok(Reply::no_content())
    } else {
        Err(failure::missing())
    }
}

/// The description that custom metadata asks for: empty to remove it, `None` to keep it.
fn described(value: &Value, operation: Operation) -> Result<Option<String>, Failure> {
    let wrong = || failure::wrong("custom_metadata: only \"description\", a text, is kept here");
    let is_patch = operation == Operation::Patch;
    match value {
        Value::Null => Ok(Some(String::new())),
        Value::Object(fields) if fields.is_empty() => Ok((!is_patch).then(String::new)),
        Value::Object(fields) if fields.len() == 1 => match fields.get("description") {
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Null) if is_patch => Ok(Some(String::new())),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

fn describe(duration: Duration) -> String {
    match duration.as_secs() {
        DAY => "1 day".to_owned(),
        seconds if seconds > 0 && seconds % DAY == 0 => format!("{} days", seconds / DAY),
        _ => humantime::format_duration(duration).to_string(),
    }
}
