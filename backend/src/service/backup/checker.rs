//! What has to be true of a store's rows, found out as they pass by: every audit log is a whole chain, every data key
//! unwraps, every value opens, every secret has its value.
//!
//! What is wrong is a finding, in words that name the place and never a secret's name or a value.

use std::collections::{HashMap, HashSet};

use strongroom_shared::Uuid;

use super::format::LogEnd;
use crate::crypto::chain::Walk;
use crate::crypto::{DataKey, Fingerprint, Keyring, Sealed, ValueContext};
use crate::domain::backup::{Column, Datum, Row, Table};
use crate::domain::{AuditEntry, AuditObject, DataKeyId, SecretId, TeamId, Time};
use crate::service::audit;

/// The columns that name a row of another table, wherever they stand, and whether that row has passed by.
const PARENTS: [(&str, IsThere); 4] = [
    ("team_id", |checker, id| checker.teams.contains_key(&id)),
    ("user_id", |checker, id| checker.users.contains(&id)),
    ("secret_id", |checker, id| checker.find_secret(id).is_some()),
    ("data_key_id", |checker, id| checker.data_keys.contains_key(&id)),
];
type IsThere = fn(&Checker<'_>, Uuid) -> bool;

/// How many findings are told; behind them, only their number.
const TOLD: usize = 50;

/// Looks at rows as they pass by, parents first.
pub struct Checker<'a> {
    keys: &'a Keyring,
    tables: &'a [Table],
    counts: Vec<u64>,
    teams: HashMap<Uuid, Log>,
    users: HashSet<Uuid>,
    data_keys: HashMap<Uuid, (Uuid, Option<DataKey>)>,
    /// In the order of their ids, as they pass by: a map would take twice the memory, and there may be a million.
    secrets: Vec<Current>,
    findings: Vec<String>,
    untold: u64,
}

pub struct Found {
    /// How many rows there are, by table.
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

/// The fields of a row, by name. What is not there, or of another kind, is `None`.
struct Fields<'a>(&'a Table, &'a Row);

impl<'a> Fields<'a> {
    fn get(&self, name: &str) -> Option<&'a Datum> {
        let index = self.0.columns.iter().position(|Column(column, _)| column == name)?;
        self.1.get(index)
    }

    fn uuid(&self, name: &str) -> Option<Uuid> {
        match self.get(name)? {
            Datum::Uuid(id) => Some(*id),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Datum::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Datum::Integer(number) => Some(*number),
            _ => None,
        }
    }

    fn time(&self, name: &str) -> Option<Time> {
        match self.get(name)? {
            Datum::Time(time) => Some(*time),
            _ => None,
        }
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        match self.get(name)? {
            Datum::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        }
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
            untold: 0,
        }
    }

    pub fn see(&mut self, table: usize, row: &Row) {
        let Some(described) = self.tables.get(table) else {
            return;
        };
        self.counts[table] += 1;
        let fields = Fields(described, row);
        let (name, number) = (described.name.as_str(), self.counts[table]);
        for (column, is_there) in PARENTS {
            if fields.uuid(column).is_some_and(|id| !is_there(self, id)) {
                self.tell(format!("row {number} of {name}: its {column} is of nothing that is there"));
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
            "audit_entries" => self.see_entry(&fields),
            _ => Some(()),
        };
        if seen.is_none() {
            self.tell(format!("row {number} of {name} lacks what it needs"));
        }
    }

    pub fn finish(mut self) -> Found {
        for secret in std::mem::take(&mut self.secrets) {
            if !secret.is_there {
                self.tell(format!("the secret {} has no value", secret.id));
            }
        }
        let mut audit_logs = Vec::new();
        let mut logs: Vec<Log> = std::mem::take(&mut self.teams).into_values().collect();
        logs.sort_by(|a, b| a.slug.cmp(&b.slug));
        for log in logs {
            let end = log.walk.end();
            // A team's first entry says that it was made.
            if end.count == 0 && !log.is_broken {
                self.tell(format!("the audit log of {} has no entry", log.slug));
            }
            if !log.is_broken
                && let Err(break_) = log.walk.check_beginning()
            {
                let finding = format!("the audit log of {}: {}", log.slug, audit::describe(break_));
                self.tell(finding);
            }
            audit_logs.push(LogEnd { count: end.count, hash: hex::encode(&end.hash), team: log.slug });
        }
        if self.untold > 0 {
            self.findings.push(format!("… and {} more", self.untold));
        }
        let names = self.tables.iter().map(|table| table.name.clone());
        Found { rows: names.zip(self.counts).collect(), audit_logs, findings: self.findings }
    }

    fn find_secret(&self, id: Uuid) -> Option<usize> {
        self.secrets.binary_search_by_key(&id, |secret| secret.id).ok()
    }

    fn tell(&mut self, finding: String) {
        if self.findings.len() < TOLD {
            self.findings.push(finding);
        } else {
            self.untold += 1;
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
            self.tell(format!("the data key {id} does not unwrap with the master key {master_key}"));
        }
        self.data_keys.insert(id, (team, key));
        Some(())
    }

    fn see_secret(&mut self, fields: &Fields) -> Option<()> {
        let id = fields.uuid("id")?;
        let secret = Current {
            id,
            team: fields.uuid("team_id")?,
            version: fields.integer("version")?,
            is_there: false,
        };
        let version = secret.version;
        self.secrets.push(secret);
        // Once, a secret's row had its value.
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
        // That it isn't there has been found already.
        let Some(index) = self.find_secret(id) else {
            return Some(());
        };
        let secret = &mut self.secrets[index];
        secret.is_there |= secret.version == version;
        let context = ValueContext {
            team_id: TeamId(secret.team),
            secret_id: SecretId(id),
            version,
            data_key_id: DataKeyId(data_key_id),
        };
        let key = self.data_keys.get(&data_key_id).filter(|(team, _)| *team == secret.team);
        let opens =
            key.and_then(|(_, key)| key.as_ref()).is_some_and(|key| key.open(&context, &sealed).is_ok());
        if !opens {
            self.tell(format!("version {version} of the secret {id} does not open"));
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
        let Some(log) = self.teams.get_mut(&team) else {
            return Some(());
        };
        if !log.is_broken
            && let Err(break_) = log.walk.step(&entry)
        {
            log.is_broken = true;
            let finding = format!("the audit log of {}: {}", log.slug, audit::describe(break_));
            self.tell(finding);
        }
        Some(())
    }
}
