//! The reader of backups: `backup --check` and `restore` of any file. It may refuse the file; it neither panics nor makes a
//! store that the server can't open.
//!
//! The first byte selects the valid part of the file: nothing, header and encryption, compression, too, or even the
//! manifest. The writer here is independent of the server's, after `docs/backup.md`.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use futures_util::FutureExt as _;
use sha2::{Digest as _, Sha256};
use strongroom_server::internals::{
    CHUNK_BYTES, KeySource, Location, MasterKey, Rules, Sealer, Service, ValueSettings, check_backup,
    restore_backup,
};

use crate::world::{self, Steady};

/// The master key of every backup in the corpus.
const KEY: &str = "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f";
/// One in this many valid files is restored, because that takes thousands of times longer.
const RESTORED: u8 = 64;

/// Checks a backup, and restores some of the valid ones.
pub fn run(data: &[u8]) {
    let (mode, rest) = crate::split(data);
    let folder = world::folder();
    let file = match mode % 8 {
        0 => rest.to_vec(),
        1 => seal(rest),
        2..4 => seal(&compress(rest)),
        _ => seal(&compress(&with_manifest(rest))),
    };
    let path = folder.join("a.backup");
    std::fs::write(&path, file).expect("written");
    let location = Location {
        data_dir: folder.join("store"),
        database_url: None,
        master_key: KeySource::Variable(KEY.to_owned().into()),
        values: ValueSettings::default(),
    };
    let checked = check_backup(&location, &path).now_or_never().expect("no waiting");
    let Ok(figures) = checked else { return };
    let _ = figures.to_string();
    let chosen = figures.manifest.sha256.get(..2);
    if chosen.and_then(|digits| u8::from_str_radix(digits, 16).ok()) < Some(u8::MAX / RESTORED) {
        restore(&location, &path);
    }
}

fn restore(location: &Location, path: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let clock = Arc::new(Steady::default());
        let restored = restore_backup(location, path, true, clock.clone(), clock.clone()).await;
        if restored.is_ok() {
            let opened = Service::open(location, Rules::default(), clock.clone(), clock).await;
            let service = opened.unwrap_or_else(|error| panic!("the restored store: {error:#}"));
            service.close().await.expect("closed");
        }
    });
    let _ = std::fs::remove_dir_all(&location.data_dir);
}

/// Lines with the right counts and checksum in the last one.
fn with_manifest(lines: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = lines.split_inclusive(|byte| *byte == b'\n').collect();
    let read = |line: &[u8]| serde_json::from_slice::<serde_json::Value>(line).unwrap_or_default();
    let mut manifest = lines.pop().map(read).unwrap_or_default();
    let content = lines.concat();
    let preface = lines.first().copied().map(read).unwrap_or_default();
    let tables = preface["tables"].as_array().cloned().unwrap_or_default();
    let rows = tables.iter().enumerate().map(|(index, table)| {
        let (ours, others) = (format!("[{index},"), format!("[{index}]"));
        let is_ours =
            |line: &&&[u8]| line.starts_with(ours.as_bytes()) || line.starts_with(others.as_bytes());
        serde_json::json!([table["name"], lines.iter().filter(is_ours).count()])
    });
    if let Some(manifest) = manifest.as_object_mut() {
        manifest.insert("rows".to_owned(), rows.collect());
        manifest.insert("sha256".to_owned(), hex::encode(Sha256::digest(&content)).into());
    }
    [content, format!("{manifest}\n").into_bytes()].concat()
}

fn compress(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("a Vec takes everything");
    encoder.finish().expect("a Vec takes everything")
}

/// A file with the right header and encryption.
fn seal(content: &[u8]) -> Vec<u8> {
    let key = MasterKey::from_text(KEY).expect("a key");
    let salt = [7; 32];
    let header =
        format!("strongroom backup 1\nmaster key {}\nsalt {}\n", key.fingerprint(), hex::encode(salt));
    let mut sealer = Sealer::new(&key.stream_key(&salt, header.as_bytes()));
    let mut chunks: Vec<_> = content.chunks(CHUNK_BYTES).collect();
    let last = chunks.pop().unwrap_or_default();
    let mut file = header.into_bytes();
    for chunk in chunks {
        file.extend(sealer.seal_next(chunk).expect("few chunks"));
    }
    file.extend(sealer.seal_last(last).expect("few chunks"));
    file
}
