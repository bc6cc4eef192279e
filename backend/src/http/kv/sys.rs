//! `sys/`: the health of the server, its mounts, and what a key may do.

use axum::http::StatusCode;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use super::Handled;
use super::failure::{self, Failure};
use super::reply::{self, Envelope, Reply, SYSTEM};
use super::request::{Call, Public};
use super::route::{Operation, Route};
use crate::crypto::digest;
use crate::domain::Actor;
use crate::service::{KvEngine, KvMounts, KvOperation, Service};

pub const NO_WRAPPING: &str = "response wrapping is not supported";

/// How many paths' capabilities a request can ask for.
const PATHS: usize = 256;

/// The level of Vault's API that this is, and our own version: clients parse it.
const VERSION: &str = concat!("1.14.0+strongroom.", env!("CARGO_PKG_VERSION"));

pub fn is_public(path: &[String], operation: Operation) -> bool {
    match path {
        [only] => {
            operation == Operation::Read
                && matches!(only.as_str(), "health" | "seal-status" | "init" | "leader")
        }
        [first, ..] => first == "wrapping",
        [] => false,
    }
}

pub async fn answer_anybody(call: &Public<'_>, path: &[String]) -> Handled {
    match path.first().map(String::as_str) {
        Some("health") => health(call).await,
        Some("seal-status") => Ok(Reply::ok(&json!({
            "type": "shamir", "initialized": true, "sealed": false, "t": 1, "n": 1, "progress": 0, "nonce": "",
            "version": VERSION, "build_date": "", "migration": false, "cluster_name": "strongroom",
            "cluster_id": store_id(&call.app.service).await?, "recovery_seal": false, "storage_type": "strongroom",
        }))),
        Some("init") => Ok(Reply::ok(&json!({ "initialized": true }))),
        Some("leader") => Ok(Reply::ok(&json!({ "ha_enabled": false }))),
        _ => Err(failure::wrong(NO_WRAPPING)),
    }
}

/// The id of the store; empty while it has no team.
async fn store_id(service: &Service) -> Result<String, Failure> {
    Ok(service.find_store_id().await?.map(|id| id.to_string()).unwrap_or_default())
}

async fn health(call: &Public<'_>) -> Handled {
    let service = &call.app.service;
    let is_ready = service.check_ready().await.is_ok();
    let id = if is_ready { store_id(service).await? } else { String::new() };
    let is_initialized = !is_ready || !id.is_empty();
    let (parameter, default) = match (is_ready, is_initialized) {
        (false, _) => ("sealedcode", StatusCode::SERVICE_UNAVAILABLE),
        (true, false) => ("uninitcode", StatusCode::NOT_IMPLEMENTED),
        (true, true) => ("activecode", StatusCode::OK),
    };
    let wanted = ["activecode", "uninitcode", "sealedcode"].map(|name| (name, call.query.get(name)));
    let mut status = default;
    for (name, given) in wanted {
        let Some(given) = given else { continue };
        let code = given.parse().ok().filter(|code| (200..=599).contains(code));
        let code = code.and_then(|code| StatusCode::from_u16(code).ok());
        let code = code.ok_or_else(|| Failure::new(StatusCode::BAD_REQUEST, [""; 0]))?;
        if name == parameter {
            status = code;
        }
    }
    let health = json!({
        "initialized": is_initialized, "sealed": !is_ready, "standby": false, "performance_standby": false,
        "replication_performance_mode": "disabled", "replication_dr_mode": "disabled",
        "server_time_utc": service.now().timestamp(), "version": VERSION, "cluster_name": "strongroom",
        "cluster_id": id,
    });
    Ok(Reply::new(status, &health))
}

pub async fn answer(call: &Call<'_>, path: &[String]) -> Handled {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let mounts = &call.app.kv_mounts;
    match (&path[..], call.operation) {
        (["mounts"], Operation::Read) => {
            let mounts = described(call, mounts).await?;
            Ok(beside_envelope(call, &mounts))
        }
        (["internal", "ui", "mounts"], Operation::Read) => {
            let secret = described(call, mounts).await?;
            Ok(enveloped(call, &json!({ "auth": {}, "secret": secret })))
        }
        (["internal", "ui", "mounts", ..], Operation::Read) => preflight(call, mounts).await,
        (["capabilities-self"], Operation::Write) => capabilities(call, mounts),
        (["leases", "renew"] | ["renew"], Operation::Write) => Err(failure::wrong("lease not found")),
        (
            ["mounts" | "capabilities-self" | "renew" | "health" | "seal-status" | "init" | "leader"]
            | ["leases", "renew"]
            | ["internal", "ui", "mounts", ..],
            _,
        ) => Err(failure::unsupported()),
        _ => Err(Failure::new(StatusCode::NOT_FOUND, ["1 error occurred:\n\t* unsupported path\n\n"])),
    }
}

fn enveloped(call: &Call<'_>, data: &Value) -> Reply {
    Reply::ok(&Envelope::new(call.request_id, SYSTEM, data))
}

/// Fields below `data` of an envelope, and beside its keys: older clients look there.
fn beside_envelope(call: &Call<'_>, fields: &Map<String, Value>) -> Reply {
    let envelope = Envelope::new(call.request_id, SYSTEM, fields);
    Reply::ok(&BesideEnvelope { fields: Beside(fields), envelope })
}

#[derive(serde::Serialize)]
struct BesideEnvelope<'a> {
    #[serde(flatten)]
    fields: Beside<'a>,
    #[serde(flatten)]
    envelope: Envelope<'a, &'a Map<String, Value>, ()>,
}

/// Fields, except those that are keys of the envelope.
struct Beside<'a>(&'a Map<String, Value>);

impl Serialize for Beside<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (name, value) in self.0.iter().filter(|(name, _)| !reply::KEYS.contains(&name.as_str())) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

async fn described(call: &Call<'_>, mounts: &KvMounts) -> Result<Map<String, Value>, Failure> {
    let store = store_id(call.service()).await?;
    Ok(mounts.iter().map(|(path, engine)| (format!("{path}/"), describe(&store, path, engine))).collect())
}

fn describe(store: &str, path: &str, engine: KvEngine) -> Value {
    let id = digest::id_of_texts(&[store, path]);
    let accessor = format!("kv_{}", &id.simple().to_string()[..8]);
    let version = match engine {
        KvEngine::Plain => "1",
        KvEngine::Versioned => "2",
    };
    json!({
        "accessor": accessor,
        "config": { "default_lease_ttl": 0, "force_no_cache": false, "max_lease_ttl": 0 },
        "description": "the team's secrets",
        "external_entropy_access": false,
        "local": false,
        "options": { "version": version },
        "seal_wrap": false,
        "type": "kv",
        "uuid": id.to_string(),
    })
}

/// Tells a client which version the engine of a path has. Open to every role: clients ask before each operation.
async fn preflight(call: &Call<'_>, mounts: &KvMounts) -> Handled {
    let path = &call.route.segments()[4..];
    let Some((mount, ..)) = mounts.find(path) else {
        return Err(Failure::new(
            StatusCode::FORBIDDEN,
            [format!(
                "preflight capability check returned 403, please ensure client's policies grant access to path \"{}/\"",
                path.join("/")
            )],
        ));
    };
    let mount = format!("{mount}/");
    let mut described = described(call, mounts).await?;
    let mut found = described.remove(&mount).unwrap_or_default();
    found["path"] = mount.into();
    Ok(enveloped(call, &found))
}

fn capabilities(call: &Call<'_>, mounts: &KvMounts) -> Handled {
    let given = match (call.fields.get("paths"), call.fields.get("path")) {
        (None | Some(Value::Null), other) => other,
        (paths, _) => paths,
    };
    let paths = match given {
        Some(Value::Array(paths)) => paths.iter().map(Value::as_str).collect(),
        Some(Value::String(path)) => Some(vec![path.as_str()]),
        _ => None,
    };
    let paths =
        paths.filter(|paths| !paths.is_empty()).ok_or_else(|| failure::wrong("paths must be supplied"))?;
    if paths.len() > PATHS {
        return Err(failure::wrong(format!("a request can ask for at most {PATHS} paths")));
    }
    let mut fields = Map::new();
    for path in &paths {
        let capabilities = match Route::parse(path) {
            Ok(route) => capabilities_of(call.actor, mounts, &route),
            Err(_) => Vec::new(),
        };
        let capabilities = if capabilities.is_empty() { vec!["deny"] } else { capabilities };
        fields.insert((*path).to_owned(), capabilities.into());
    }
    let first = paths.first().and_then(|first| fields.get(*first)).cloned();
    fields.insert("capabilities".to_owned(), first.unwrap_or_default());
    Ok(beside_envelope(call, &fields))
}

/// What an actor may do at a path, sorted; nothing for a path that is not a secret's.
fn capabilities_of(actor: &Actor, mounts: &KvMounts, route: &Route) -> Vec<&'static str> {
    use KvOperation::{Create, Delete, Describe, List, ReadMetadata, ReadValue, Undelete, Update};
    let Some((_, engine, rest)) = mounts.find(route.segments()) else { return Vec::new() };
    let (kind, name) = match (engine, rest) {
        (KvEngine::Plain, name) => ("", name),
        (KvEngine::Versioned, [kind, name @ ..]) => (kind.as_str(), name),
        (KvEngine::Versioned, []) => return Vec::new(),
    };
    let name = name.join("/");
    let is_folder = route.ends_in_slash || name.is_empty();
    let table: &[(&str, KvOperation)] = match (engine, kind) {
        (KvEngine::Plain, _) | (_, "metadata") if is_folder => &[("list", List)],
        (KvEngine::Plain, _) => {
            &[("create", Create), ("delete", Delete), ("list", List), ("read", ReadValue), ("update", Update)]
        }
        // Open to every role.
        (_, "config") if name.is_empty() && !route.ends_in_slash => return vec!["read"],
        _ if is_folder => &[],
        (_, "data") => &[
            ("create", Create),
            ("delete", Delete),
            ("patch", Update),
            ("read", ReadValue),
            ("update", Update),
        ],
        (_, "metadata") => &[
            ("delete", Delete),
            ("list", List),
            ("patch", Describe),
            ("read", ReadMetadata),
            ("update", Describe),
        ],
        (_, "subkeys") => &[("read", ReadValue)],
        (_, "delete") => &[("update", Delete)],
        (_, "undelete") => &[("update", Undelete)],
        _ => &[],
    };
    if !is_folder && !actor.sees(&name) {
        return Vec::new();
    }
    let may = table.iter().filter(|(_, operation)| operation.is_allowed(actor));
    may.map(|(capability, _)| *capability).collect()
}
