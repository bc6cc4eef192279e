//! Checks a backup without a store, and restores it into an empty one, all or nothing.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;

use super::checker::{Checker, Found};
use super::file::Reader;
use super::format::{Composer, Content, Next};
use super::{BackupError, Damage, Figures, Manifest, Result};
use crate::crypto::{Entropy, Keyring};
use crate::domain::backup::Table;
use crate::domain::clock::format_time;
use crate::domain::{AuditAction, Clock};
use crate::service::audit::record_in_all_logs;
use crate::service::change::Done;
use crate::service::keys::rotation::rewrap_some;
use crate::service::location::{self, Location};
use crate::store::{self, Transaction};

const STEP: usize = 100;

/// Checks a backup as a restore would, without a store. Existing corruption of the store is a finding, not an error.
pub async fn check(location: &Location, path: &Path) -> Result<Figures> {
    let (reader, keys, _) = open_file(location, path).await?;
    check_content(&reader, &keys)
}

/// Restores a backup into an empty store, all or nothing. Findings are a failure unless `accept_findings` is given.
pub async fn restore(
    location: &Location,
    path: &Path,
    accept_findings: bool,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Figures> {
    let (reader, keys, is_older) = open_file(location, path).await?;
    // All of it is checked first, so that a damaged file does not even create an empty store.
    let figures = check_content(&reader, &keys)?;
    if !figures.findings.is_empty() && !accept_findings {
        return Err(BackupError::Broken(figures.findings));
    }
    let store = location::connect(location).await?;
    let (source, now) = (location.master_key.clone(), clock.now());
    let figures = store.write(true, move |tx| {
        Box::pin(async move {
            if store::backup::count(tx, "teams").await? > 0 {
                return Err(BackupError::NotEmpty);
            }
            // A store that was started once has tables. Fails if they are of a later version's schema.
            store::backup::list_migrations(tx).await?;
            // It may have a namespace in Vault, to which a running server may put values. It keeps it.
            let namespace = if store::backup::count(tx, "vault_stores").await? > 0 {
                store::vault_value::find_store(tx).await?
            } else {
                None
            };
            tx.remake(figures.preface.migrations.len()).await?;
            let tables = &figures.preface.tables;
            if store::backup::list_tables(tx).await? != *tables {
                return Err(BackupError::NotTheSame("the tables"));
            }
            fill(tx, tables, Content::begin(reader.lines(&keys)?)?).await?;
            if read_back(tx, &figures).await? != figures.manifest.sha256 {
                return Err(BackupError::NotTheSame("the checksum"));
            }
            tx.migrate().await?;
            tx.fill_first_reads().await?;
            store::webhook::pause_all(tx).await?;
            if let Some(namespace) = namespace {
                store::vault_value::add_store(tx, namespace).await?;
            }
            let detail = format!("of {}", format_time(figures.preface.created));
            let recorded = record_in_all_logs(tx, now, AuditAction::RestoreBackup, Some(detail)).await?;
            // Servers read only the key file itself and would not find the older key.
            while is_older && rewrap_some(tx, &keys, &source, now, &*entropy).await?.0 > 0 {}
            Ok(Done(figures, recorded).into())
        })
    });
    let figures = figures.await?;
    store.close().await?;
    Ok(figures)
}

/// Opens a file and reads the master keys, including the file's own. Whether that is an older key from another file.
async fn open_file(location: &Location, path: &Path) -> Result<(Reader, Keyring, bool)> {
    let reader = Reader::open(path)?;
    let wanted = reader.fingerprint.clone();
    let source = &location.master_key;
    if let Some(path) = source.missing_file()? {
        return Err(BackupError::MissingKey { wanted, path: path.to_owned() });
    }
    let present = source.load().await?;
    let is_older = present.find(&wanted).is_none();
    let mut keys = present.clone();
    if is_older {
        keys = source.load_older().iter().fold(keys, Keyring::with);
    }
    if keys.find(&wanted).is_some() {
        Ok((reader, keys, is_older))
    } else {
        Err(BackupError::WrongKey { wanted, given: present.to_string(), place: source.clone() })
    }
}

/// Reads all of a file, and checks it against its manifest and the invariants of a store.
fn check_content(reader: &Reader, keys: &Keyring) -> Result<Figures> {
    let mut content = Content::begin(reader.lines(keys)?)?;
    let preface = content.preface.clone();
    let known = store::backup::known_migrations();
    let mut needed = preface.migrations.iter().enumerate();
    if let Some((_, unknown)) = needed.find(|(index, name)| known.get(*index) != Some(*name)) {
        return Err(BackupError::NewerSchema { product: preface.product, migration: unknown.clone() });
    }
    let mut checker = Checker::new(keys, &preface.tables);
    let manifest = loop {
        match content.read()? {
            Next::Row(table, row) => checker.see(table, &row),
            Next::Manifest(manifest) => break manifest,
        }
    };
    let found = checker.finish();
    compare(&found, &manifest).map_err(|damage| content.damaged(damage))?;
    content.end(&manifest)?;
    let master_key = reader.fingerprint.clone();
    Ok(Figures { bytes: reader.bytes, master_key, preface, manifest, findings: found.findings })
}

fn compare(found: &Found, manifest: &Manifest) -> Result<(), Damage> {
    let mut lists = found.rows.iter().zip(&manifest.rows);
    if let Some(((table, found), (_, said))) = lists.find(|(found, said)| found != said) {
        return Err(Damage::Count { table: table.clone(), found: *found, said: *said });
    }
    if found.rows.len() != manifest.rows.len() || found.audit_logs != manifest.audit_logs {
        return Err(Damage::Checkpoints);
    }
    Ok(())
}

/// Adds the rows of a backup to empty tables of its schema.
async fn fill(tx: &Transaction, tables: &[Table], mut content: Content) -> Result<()> {
    let mut rows = Vec::new();
    let mut of = 0;
    loop {
        let next = content.read()?;
        let goes_on = matches!(&next, Next::Row(table, _) if *table == of);
        if let Some(table) = tables.get(of)
            && (!goes_on || rows.len() == STEP)
        {
            store::backup::add(tx, table, std::mem::take(&mut rows)).await?;
        }
        match next {
            Next::Row(table, row) => {
                of = table;
                rows.push(row);
            }
            Next::Manifest(manifest) => return content.end(&manifest),
        }
    }
}

/// The checksum of the store, read as a backup reads it.
async fn read_back(tx: &Transaction, figures: &Figures) -> Result<String> {
    let mut composer = Composer::default();
    composer.line(&figures.preface);
    for (index, table) in figures.preface.tables.iter().enumerate() {
        let mut rows = pin!(store::backup::stream_rows(tx, table).await?);
        while let Some(row) = rows.try_next().await? {
            composer.row(index, &row);
        }
    }
    Ok(composer.checksum())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::file::Draft;
    use super::super::format::{LogEnd, Preface};
    use super::*;
    use crate::crypto::MasterKey;
    use crate::crypto::entropy::counting::Counting;
    use crate::domain::Time;
    use crate::domain::backup::{Column, Kind};
    use crate::service::ValueSettings;
    use crate::service::master_key::KeySource;
    use crate::service::private_file::write_new;
    use crate::system::SystemClock;

    struct Bench {
        folder: tempfile::TempDir,
        location: Location,
        keys: Keyring,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a directory");
            let keys = Keyring::from(MasterKey::generate(&Counting::default()));
            let path = folder.path().join("master.key");
            write_new(&path, keys.to_text().as_bytes()).expect("written");
            let location = Location {
                data_dir: folder.path().to_owned(),
                database_url: None,
                master_key: KeySource::File(path),
                values: ValueSettings::default(),
            };
            Self { folder, location, keys }
        }

        /// Writes a preface, the lines, and a manifest that a function may change.
        fn write(&self, migrations: &[&str], lines: &str, manifest: impl FnOnce(&mut Manifest)) -> PathBuf {
            let path = self.folder.path().join("a.backup");
            let entropy = Counting::default();
            let mut draft = Draft::create(&path, true, self.keys.first(), &entropy).expect("begun");
            let columns = vec![Column("id".to_owned(), Kind::Uuid)];
            let preface = Preface {
                product: "9.8.7".to_owned(),
                migrations: migrations.iter().map(|name| (*name).to_owned()).collect(),
                created: Time::UNIX_EPOCH,
                tables: vec![Table { name: "users".to_owned(), columns }],
            };
            let mut composer = Composer::default();
            draft.line(composer.line(&preface)).expect("written");
            draft.line(lines.as_bytes()).expect("written");
            let mut said = Manifest {
                rows: vec![("users".to_owned(), 0)],
                audit_logs: Vec::new(),
                sha256: composer.checksum(),
            };
            manifest(&mut said);
            draft.line(composer.line(&said)).expect("written");
            draft.publish().expect("published");
            path
        }

        async fn restore(&self, migrations: &[&str]) -> Result<Figures> {
            let path = self.write(migrations, "", |_| {});
            restore(&self.location, &path, false, Arc::new(SystemClock), Arc::new(Counting::default())).await
        }

        fn check(&self, lines: &str, manifest: impl FnOnce(&mut Manifest)) -> Result<(), Damage> {
            let reader = Reader::open(&self.write(&["m0001_initial"], lines, manifest)).expect("a backup");
            match check_content(&reader, &self.keys) {
                Ok(_) => Ok(()),
                Err(BackupError::Damaged { source, .. }) => Err(source),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn wrong_manifest_is_refused() {
        let bench = Bench::new();
        let row = "[0,\"01a1fca2-41b7-77d9-88d9-9b0ca36220d5\"]\n";
        assert!(bench.check("", |_| {}).is_ok());
        assert!(matches!(bench.check(row, |_| {}), Err(Damage::Count { found: 1, said: 0, .. })));
        assert!(matches!(bench.check(row, |manifest| manifest.rows[0].1 = 1), Err(Damage::Checksum)));
        let end = LogEnd { team: "acme".to_owned(), count: 1, hash: String::new() };
        let checked = bench.check("", |manifest| manifest.audit_logs.push(end));
        assert!(matches!(checked, Err(Damage::Checkpoints)));
        for line in ["[1,null]\n", "[0]\n", "[0,7]\n", "[0,null,null]\n", "users\n", "{}\n", "\n"] {
            assert!(matches!(bench.check(line, |_| {}), Err(Damage::Line(2))), "{line}");
        }
    }

    #[tokio::test]
    async fn later_schema_is_refused_by_name() {
        let bench = Bench::new();
        for (migrations, unknown) in [
            (["m0001_initial", "m0002_team", "m0999_later"].as_slice(), "m0999_later"),
            (&["m0001_initial", "m0002_other"], "m0002_other"),
        ] {
            let refused = bench.restore(migrations).await.expect_err("refused").to_string();
            assert!(refused.contains(unknown) && refused.contains("9.8.7"), "{refused}");
            assert!(bench.location.require_store().is_err(), "no store is created");
        }
    }

    #[tokio::test]
    async fn columns_that_no_schema_has_are_refused() {
        let refused = Bench::new().restore(&["m0001_initial"]).await;
        assert!(matches!(refused, Err(BackupError::NotTheSame(_))));
    }
}
