//! The lines of a backup, each of them JSON: a preface, the rows, and the manifest.
//!
//! A row is an array: the index of its table in the preface, then its fields. The manifest sums up the rows.

use std::fmt;
use std::iter;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::file::{FORM, Lines};
use super::{BackupError, Damage, Result};
use crate::crypto::Fingerprint;
use crate::domain::Time;
use crate::domain::backup::{Column, Datum, Row, Table};
use crate::domain::clock::format_time;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Preface {
    pub product: String,
    /// The migrations of the store, oldest first.
    pub migrations: Vec<String>,
    pub created: Time,
    /// The tables, parents first.
    pub tables: Vec<Table>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The number of rows by table.
    pub rows: Vec<(String, u64)>,
    pub audit_logs: Vec<LogEnd>,
    /// SHA-256 of all lines before, in hexadecimal.
    pub sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEnd {
    pub team: String,
    pub count: i64,
    /// The hash of the last entry, in hexadecimal.
    pub hash: String,
}

#[derive(Clone, Debug)]
pub struct Figures {
    pub bytes: u64,
    pub master_key: Fingerprint,
    pub preface: Preface,
    pub manifest: Manifest,
    /// The findings in the store at the time of the backup.
    pub findings: Vec<String>,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Preface { product, migrations, created, .. } = &self.preface;
        let schema = migrations.last().map_or("none", String::as_str);
        writeln!(f, "format {FORM}, {} bytes, master key {}", self.bytes, self.master_key)?;
        writeln!(f, "made at {} by strongroom-server {product}, schema {schema}", format_time(*created))?;
        for (table, count) in &self.manifest.rows {
            writeln!(f, "{table}: {count}")?;
        }
        for LogEnd { team, count, hash } in &self.manifest.audit_logs {
            writeln!(f, "audit checkpoint: {team} {count} {hash}")?;
        }
        write!(f, "sha256 of the rows: {}", self.manifest.sha256)?;
        for finding in &self.findings {
            write!(f, "\nbroken: {finding}")?;
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct Composer {
    line: Vec<u8>,
    checksum: Sha256,
}

impl Composer {
    pub fn row(&mut self, table: usize, row: &Row) -> &[u8] {
        let table = Datum::Integer(i64::try_from(table).unwrap_or(i64::MAX));
        self.line(&iter::once(&table).chain(row).collect::<Vec<_>>())
    }

    pub fn checksum(&self) -> String {
        hex::encode(self.checksum.clone().finalize())
    }

    pub fn line(&mut self, line: &impl Serialize) -> &[u8] {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).expect("texts, numbers and lists are JSON");
        self.line.push(b'\n');
        self.checksum.update(&self.line);
        &self.line
    }
}

pub struct Content {
    lines: Lines,
    checksum: Sha256,
    pub preface: Preface,
}

pub enum Next {
    Row(usize, Row),
    Manifest(Manifest),
}

impl Content {
    pub fn begin(mut lines: Lines) -> Result<Self> {
        let line = read(&mut lines)?;
        let preface = serde_json::from_slice(&line).map_err(|_| lines.bad_line())?;
        let mut checksum = Sha256::new();
        checksum.update(&line);
        Ok(Self { lines, checksum, preface })
    }

    pub fn read(&mut self) -> Result<Next> {
        let line = read(&mut self.lines)?;
        if line.starts_with(b"{") {
            let manifest = serde_json::from_slice(&line).map_err(|_| self.lines.bad_line())?;
            return Ok(Next::Manifest(manifest));
        }
        self.checksum.update(&line);
        let (table, row) = parse(&self.preface.tables, &line).ok_or_else(|| self.lines.bad_line())?;
        Ok(Next::Row(table, row))
    }

    /// Checks that nothing follows the manifest, and that its checksum is correct.
    pub fn end(self, manifest: &Manifest) -> Result<()> {
        if hex::encode(self.checksum.finalize()) != manifest.sha256 {
            return Err(self.lines.damaged(Damage::Checksum));
        }
        self.lines.end()
    }

    pub fn damaged(&self, damage: Damage) -> BackupError {
        self.lines.damaged(damage)
    }
}

fn read(lines: &mut Lines) -> Result<Vec<u8>> {
    let line = lines.read()?;
    line.ok_or_else(|| lines.damaged(Damage::NoManifest))
}

fn parse(tables: &[Table], line: &[u8]) -> Option<(usize, Row)> {
    let fields: Vec<serde_json::Value> = serde_json::from_slice(line).ok()?;
    let mut fields = fields.into_iter();
    let index = usize::try_from(fields.next()?.as_u64()?).ok()?;
    let columns = &tables.get(index)?.columns;
    if fields.len() != columns.len() {
        return None;
    }
    let row = columns.iter().zip(fields);
    let row = row.map(|(Column(_, kind), json)| Datum::from_json(*kind, json));
    Some((index, row.collect::<Option<Row>>()?))
}
