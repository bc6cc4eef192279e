//! The way back: a backup is checked without a store, and then put into an empty one, all of it or nothing.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;

use super::checker::{Checker, Found};
use super::file::Reader;
use super::format::{Composer, Content, Next};
use super::{BackupError, Damage, Figures, Manifest, record};
use crate::crypto::{Entropy, Keyring};
use crate::domain::backup::Table;
use crate::domain::clock::format_time;
use crate::domain::{AuditAction, Clock, Time};
use crate::service::change::{Done, Outcome};
use crate::service::keys::rotation::rewrap_some;
use crate::service::location::{self, Location};
use crate::service::master_key::KeySource;
use crate::store::{self, Transaction};

/// How many rows are added at a time.
const STEP: usize = 100;

/// Checks a backup as restoring it would, without a store, and tells its figures.
/// What was broken in the store already is no error here, but told in the figures.
pub async fn check(location: &Location, path: &Path) -> Result<Figures, BackupError> {
    let Opened { reader, keys, .. } = open_file(location, path).await?;
    check_content(&reader, &keys)
}

/// Fills an empty store from a backup: all of it, checked, or nothing. If the backup needs an older master key, its
/// data keys are rewrapped with the current one.
/// On failure nothing has changed. Findings are a failure unless `accept_findings` is given.
pub async fn restore(
    location: &Location,
    path: &Path,
    accept_findings: bool,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Figures, BackupError> {
    let Opened { reader, keys, is_older } = open_file(location, path).await?;
    // First all of it is checked, so that a damaged file does not even make an empty store.
    let figures = check_content(&reader, &keys)?;
    if !figures.findings.is_empty() && !accept_findings {
        return Err(BackupError::Broken(figures.findings));
    }
    let store = location::connect(location).await?;
    let restoring =
        Restoring { reader, keys, is_older, source: location.master_key.clone(), now: clock.now() };
    let figures = store.write(true, move |tx| {
        Box::pin(async move { Ok::<_, BackupError>(restoring.run(tx, figures, &*entropy).await?.into()) })
    });
    let figures = figures.await?;
    store.close().await?;
    Ok(figures)
}

struct Restoring {
    reader: Reader,
    keys: Keyring,
    is_older: bool,
    source: KeySource,
    now: Time,
}

impl Restoring {
    async fn run(
        self,
        tx: &Transaction,
        figures: Figures,
        entropy: &dyn Entropy,
    ) -> Result<Outcome<Figures>, BackupError> {
        let Self { reader, keys, is_older, source, now } = self;
        if store::backup::count(tx, "teams").await? > 0 {
            return Err(BackupError::NotEmpty);
        }
        // A store that was started once has tables, of this version's schema. One of a later version is not ours to change.
        store::backup::list_migrations(tx).await?;
        // It may have taken a part of Vault, into which a server that runs puts values: that stays its own.
        let part = if store::backup::count(tx, "vault_stores").await? > 0 {
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
        if let Some(part) = part {
            store::vault_value::add_store(tx, part).await?;
        }
        let detail = format!("of {}", format_time(figures.preface.created));
        let recorded = record(tx, now, AuditAction::RestoreBackup, Some(detail)).await?;
        // Servers read only the key's own file: they would not find the older key.
        while is_older && rewrap_some(tx, &keys, &source, now, entropy).await?.0 > 0 {}
        Ok(Done(figures, recorded))
    }
}

struct Opened {
    reader: Reader,
    keys: Keyring,
    /// Whether it needs an older key, which a rotation has put beside the current one.
    is_older: bool,
}

/// Opens a file, and reads the master keys, among them the one that it wants.
async fn open_file(location: &Location, path: &Path) -> Result<Opened, BackupError> {
    let reader = Reader::open(path)?;
    let wanted = reader.fingerprint.clone();
    let source = &location.master_key;
    if let Some(path) = source.missing_file()? {
        let path = path.to_owned();
        return Err(BackupError::MissingKey { wanted, path });
    }
    let present = source.load().await?;
    let is_older = present.find(&wanted).is_none();
    let mut keys = present.clone();
    if is_older {
        let older = source.load_older();
        keys = older.iter().fold(keys, Keyring::with);
    }
    if keys.find(&wanted).is_some() {
        Ok(Opened { reader, keys, is_older })
    } else {
        Err(BackupError::WrongKey { wanted, given: present.to_string(), place: source.clone() })
    }
}

/// Reads all of a file, and checks it against its manifest and against what has to be true of every store.
fn check_content(reader: &Reader, keys: &Keyring) -> Result<Figures, BackupError> {
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
    Ok(Figures {
        bytes: reader.bytes,
        master_key: reader.fingerprint.clone(),
        preface,
        manifest,
        findings: found.findings,
    })
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

/// Puts the rows of a backup into tables that are as they were then.
async fn fill(tx: &Transaction, tables: &[Table], mut content: Content) -> Result<(), BackupError> {
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

/// The checksum of what stands in the store now, read as a backup reads it.
async fn read_back(tx: &Transaction, figures: &Figures) -> Result<String, BackupError> {
    let mut composer = Composer::default();
    composer.preface(&figures.preface);
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
    use std::io::Write as _;
    use std::path::PathBuf;

    use super::super::file::Draft;
    use super::super::format::{LogEnd, Preface};
    use super::*;
    use crate::crypto::MasterKey;
    use crate::crypto::entropy::counting::Counting;
    use crate::domain::backup::{Column, Kind};
    use crate::service::ValueSettings;

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> Time {
            Time::UNIX_EPOCH
        }
    }

    struct Bench {
        folder: tempfile::TempDir,
        location: Location,
        keys: Keyring,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let keys = Keyring::from(MasterKey::generate(&Counting::default()));
            let path = folder.path().join("master.key");
            let mut file =
                crate::service::private_file::options().write(true).create(true).open(&path).expect("made");
            file.write_all(keys.to_text().as_bytes()).expect("written");
            let location = Location {
                data_dir: folder.path().to_owned(),
                database_url: None,
                master_key: KeySource::File(path),
                values: ValueSettings::default(),
            };
            Self { folder, location, keys }
        }

        /// Writes a preface, then whatever lines, with a manifest that says what is wanted of it.
        fn write(&self, migrations: &[&str], lines: &str, manifest: impl FnOnce(&mut Manifest)) -> PathBuf {
            let path = self.folder.path().join("a.backup");
            let entropy = Counting::default();
            let mut draft = Draft::create(&path, true, self.keys.first(), &entropy).expect("begun");
            let preface = Preface {
                product: "9.8.7".to_owned(),
                migrations: migrations.iter().map(|name| (*name).to_owned()).collect(),
                created: Time::UNIX_EPOCH,
                tables: vec![Table {
                    name: "users".to_owned(),
                    columns: vec![Column("id".to_owned(), Kind::Uuid)],
                }],
            };
            let mut composer = Composer::default();
            draft.line(composer.preface(&preface)).expect("written");
            draft.line(lines.as_bytes()).expect("written");
            let mut said = Manifest {
                rows: vec![("users".to_owned(), 0)],
                audit_logs: Vec::new(),
                sha256: composer.checksum(),
            };
            manifest(&mut said);
            draft.line(composer.manifest(&said)).expect("written");
            draft.publish().expect("published");
            path
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
    fn a_manifest_that_does_not_fit_is_refused() {
        let bench = Bench::new();
        let row = "[0,\"01a1fca2-41b7-77d9-88d9-9b0ca36220d5\"]\n";
        assert!(bench.check("", |_| {}).is_ok());
        assert!(matches!(bench.check(row, |_| {}), Err(Damage::Count { found: 1, said: 0, .. })));
        assert!(matches!(bench.check(row, |manifest| manifest.rows[0].1 = 1), Err(Damage::Checksum)));
        let end = LogEnd { team: "acme".to_owned(), count: 1, hash: String::new() };
        assert!(matches!(
            bench.check("", |manifest| manifest.audit_logs.push(end)),
            Err(Damage::Checkpoints)
        ));
        for line in ["[1,null]\n", "[0]\n", "[0,7]\n", "[0,null,null]\n", "users\n", "{}\n", "\n"] {
            assert!(matches!(bench.check(line, |_| {}), Err(Damage::Line(2))), "{line}");
        }
    }

    #[tokio::test]
    async fn a_later_schema_is_refused_by_name() {
        let bench = Bench::new();
        for (migrations, unknown) in [
            (["m0001_initial", "m0002_team", "m0999_later"].as_slice(), "m0999_later"),
            (&["m0001_initial", "m0002_other"], "m0002_other"),
        ] {
            let path = bench.write(migrations, "", |_| {});
            let refused =
                restore(&bench.location, &path, false, Arc::new(Stopped), Arc::new(Counting::default()))
                    .await;
            let refused = refused.expect_err("refused").to_string();
            assert!(refused.contains(unknown) && refused.contains("9.8.7"), "{refused}");
            assert!(bench.location.require_store().is_err(), "nothing is made");
        }
    }

    #[tokio::test]
    async fn columns_that_no_schema_has_are_refused() {
        let bench = Bench::new();
        let path = bench.write(&["m0001_initial"], "", |_| {});
        let refused =
            restore(&bench.location, &path, false, Arc::new(Stopped), Arc::new(Counting::default())).await;
        assert!(matches!(refused, Err(BackupError::NotTheSame(_))));
    }
}
