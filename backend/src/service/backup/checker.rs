//! Checks the rows of a store in one pass: every audit log is an intact chain, every data key unwraps, every value decrypts,
//! every secret has its value, every reference has its row.
//!
//! Violations are findings, which name a row but never a secret's name or a value.

use std::collections::{HashMap, HashSet};

use strongroom_shared::Uuid;

use super::format::LogEnd;
use crate::crypto::chain::Walk;
use crate::crypto::{DataKey, Fingerprint, Keyring, Sealed, ValueContext, WebhookContext};
use crate::domain::backup::{Column, Datum, Row, Table};
use crate::domain::{AuditEntry, AuditObject, DataKeyId, SecretId, TeamId, Time, WebhookId};

/// The columns that refer to another table, in whatever table, and whether the row has been seen.
const PARENTS: [(&str, IsThere); 4] = [
    ("team_id", |checker, id| checker.teams.contains_key(&id)),
    ("user_id", |checker, id| checker.users.contains(&id)),
    ("secret_id", |checker, id| checker.find_secret(id).is_some()),
    ("data_key_id", |checker, id| checker.data_keys.contains_key(&id)),
];
type IsThere = fn(&Checker<'_>, Uuid) -> bool;

/// The maximum number of findings that are listed; the others are only counted.
const LISTED: usize = 50;

pub struct Checker<'a> {
    keys: &'a Keyring,
    tables: &'a [Table],
    counts: Vec<u64>,
    teams: HashMap<Uuid, Log>,
    users: HashSet<Uuid>,
    data_keys: HashMap<Uuid, (Uuid, Option<DataKey>)>,
    /// Sorted by id, as they are read: a map would take twice the memory, and there may be a million.
    secrets: Vec<Current>,
    findings: Vec<String>,
    unlisted: u64,
}

pub struct Found {
    /// The number of rows by table.
    pub rows: Vec<(String, u64)>,
    pub audit_logs: Vec<LogEnd>,
    pub findings: Vec<String>,
}

struct Log {
    slug: String,
    walk: Walk,
    is_broken: bool,
}

/// A secret, and whether its current value has been seen.
struct Current {
    id: Uuid,
    team: Uuid,
    version: i64,
    is_there: bool,
}

/// The fields of a row, by name; `None` for one that is missing or of another kind.
struct Fields<'a>(&'a Table, &'a Row);

macro_rules! fields {
    ($($name:ident: $kind:ident($type:ty),)*) => {
        $(fn $name(&self, name: &str) -> Option<$type> {
            match self.get(name)? {
                Datum::$kind(value) => Some(Clone::clone(value)),
                _ => None,
            }
        })*
    };
}

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<&'a Datum> {
        let index = self.0.columns.iter().position(|Column(column, _)| column == name)?;
        self.1.get(index)
    }

    fields! {
        uuid: Uuid(Uuid),
        text: Text(String),
        integer: Integer(i64),
        time: Time(Time),
        bytes: Bytes(Vec<u8>),
    }
}

impl<'a> Checker<'a> {
    pub fn new(keys: &'a Keyring, tables: &'a [Table]) -> Self {
        Self {
            keys,
            tables,
            counts: vec![0; tables.len()],
            teams: HashMap::new(),
            users: HashSet::new(),
            data_keys: HashMap::new(),
            secrets: Vec::new(),
            findings: Vec::new(),
            unlisted: 0,
        }
    }

    pub fn see(&mut self, table: usize, row: &Row) {
        let Some(described) = self.tables.get(table) else { return };
        self.counts[table] += 1;
        let fields = Fields(described, row);
        let (name, number) = (described.name.as_str(), self.counts[table]);
        for (column, is_there) in PARENTS {
            if fields.uuid(column).is_some_and(|id| !is_there(self, id)) {
                self.report(format!("row {number} of {name}: {column} refers to a missing row"));
            }
        }
        let seen = match name {
            "teams" => self.see_team(&fields),
            "users" => fields.uuid("id").map(|id| {
                self.users.insert(id);
            }),
            "data_keys" => self.see_data_key(&fields),
            "secrets" => self.see_secret(&fields),
            "secret_versions" => self.see_version(&fields),
            "webhooks" => self.see_webhook(&fields),
            "audit_entries" => self.see_entry(&fields),
            _ => Some(()),
        };
        if seen.is_none() {
            self.report(format!("row {number} of {name} lacks a field, or has one of another kind"));
        }
    }

    pub fn finish(mut self) -> Found {
        for secret in std::mem::take(&mut self.secrets) {
            if !secret.is_there {
                self.report(format!("the secret {} has no value", secret.id));
            }
        }
        let mut audit_logs = Vec::new();
        let mut logs: Vec<Log> = std::mem::take(&mut self.teams).into_values().collect();
        logs.sort_by(|a, b| a.slug.cmp(&b.slug));
        for log in logs {
            let end = log.walk.end();
            // A log starts with the creation of its team.
            if end.count == 0 && !log.is_broken {
                self.report(format!("the audit log of {} has no entry", log.slug));
            }
            if !log.is_broken
                && let Err(break_) = log.walk.check_beginning()
            {
                self.report(format!("the audit log of {}: {break_}", log.slug));
            }
            audit_logs.push(LogEnd { count: end.count, hash: hex::encode(&end.hash), team: log.slug });
        }
        if self.unlisted > 0 {
            self.findings.push(format!("… and {} more", self.unlisted));
        }
        let names = self.tables.iter().map(|table| table.name.clone());
        Found { rows: names.zip(self.counts).collect(), audit_logs, findings: self.findings }
    }

    fn find_secret(&self, id: Uuid) -> Option<usize> {
        self.secrets.binary_search_by_key(&id, |secret| secret.id).ok()
    }

    fn report(&mut self, finding: String) {
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }

    fn see_team(&mut self, fields: &Fields) -> Option<()> {
        let log = Log { slug: fields.text("slug")?, walk: Walk::default(), is_broken: false };
        self.teams.insert(fields.uuid("id")?, log);
        Some(())
    }

    fn see_data_key(&mut self, fields: &Fields) -> Option<()> {
        let (id, team) = (fields.uuid("id")?, fields.uuid("team_id")?);
        let wrapped = Sealed::from_bytes(fields.bytes("wrapped")?);
        let master_key = Fingerprint::from_text(fields.text("master_key_fingerprint")?);
        let key = self.keys.find(&master_key);
        let key = key.and_then(|key| key.unwrap_data_key(TeamId(team), DataKeyId(id), &wrapped).ok());
        if key.is_none() {
            self.report(format!("the data key {id} does not unwrap with the master key {master_key}"));
        }
        self.data_keys.insert(id, (team, key));
        Some(())
    }

    fn see_secret(&mut self, fields: &Fields) -> Option<()> {
        let id = fields.uuid("id")?;
        let (team, version) = (fields.uuid("team_id")?, fields.integer("version")?);
        self.secrets.push(Current { id, team, version, is_there: false });
        // In an old schema, a secret's row holds its value.
        if fields.get("sealed").is_some() {
            self.see_value(id, version, fields)?;
        }
        Some(())
    }

    fn see_version(&mut self, fields: &Fields) -> Option<()> {
        self.see_value(fields.uuid("secret_id")?, fields.integer("version")?, fields)
    }

    fn see_value(&mut self, id: Uuid, version: i64, fields: &Fields) -> Option<()> {
        let data_key_id = fields.uuid("data_key_id")?;
        let sealed = Sealed::from_bytes(fields.bytes("sealed")?);
        let Some(index) = self.find_secret(id) else { return Some(()) };
        let secret = &mut self.secrets[index];
        secret.is_there |= secret.version == version;
        let (team_id, secret_id) = (TeamId(secret.team), SecretId(id));
        let context = ValueContext { team_id, secret_id, version, data_key_id: DataKeyId(data_key_id) };
        let key = self.data_keys.get(&data_key_id).filter(|(team, _)| *team == secret.team);
        let key = key.and_then(|(_, key)| key.as_ref());
        if key.is_none_or(|key| key.open(&context, &sealed).is_err()) {
            self.report(format!("version {version} of the secret {id} does not decrypt"));
        }
        Some(())
    }

    fn see_webhook(&mut self, fields: &Fields) -> Option<()> {
        let (team, id) = (fields.uuid("team_id")?, fields.uuid("id")?);
        let data_key_id = fields.uuid("data_key_id")?;
        let sealed = Sealed::from_bytes(fields.bytes("sealed")?);
        let context = WebhookContext {
            team_id: TeamId(team),
            webhook_id: WebhookId(id),
            data_key_id: DataKeyId(data_key_id),
        };
        let key = self.data_keys.get(&data_key_id).filter(|(of_team, _)| *of_team == team);
        let key = key.and_then(|(_, key)| key.as_ref());
        if key.is_none_or(|key| key.open(&context, &sealed).is_err()) {
            self.report(format!("the signing key of the webhook {id} does not decrypt"));
        }
        Some(())
    }

    fn see_entry(&mut self, fields: &Fields) -> Option<()> {
        let team = fields.uuid("team_id")?;
        let entry = AuditEntry {
            team_id: TeamId(team),
            sequence: fields.integer("sequence")?,
            time: fields.time("time")?,
            action: fields.text("action")?,
            actor_kind: fields.text("actor_kind")?,
            actor_id: fields.uuid("actor_id"),
            actor_name: fields.text("actor_name")?,
            address: fields.text("address")?,
            object: AuditObject {
                id: fields.uuid("object_id"),
                name: fields.text("object_name"),
                detail: fields.text("detail"),
            },
            previous_hash: fields.bytes("previous_hash")?,
            hash: fields.bytes("hash")?,
        };
        let Some(log) = self.teams.get_mut(&team) else { return Some(()) };
        if !log.is_broken
            && let Err(break_) = log.walk.step(&entry)
        {
            log.is_broken = true;
            let finding = format!("the audit log of {}: {break_}", log.slug);
            self.report(finding);
        }
        Some(())
    }
}
