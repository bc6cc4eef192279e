//! A backup's file: a plaintext header, then an encrypted stream of compressed lines.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;
use tempfile::NamedTempFile;

use super::{BackupError, Damage, Result};
use crate::crypto::entropy::draw;
use crate::crypto::stream::{CHUNK_BYTES, TAG_BYTES};
use crate::crypto::{ChunkError, Entropy, Fingerprint, Keyring, MasterKey, Opener, Sealer};
use crate::service::private_file::{self, at};

/// The only format version so far.
pub const FORM: u32 = 1;
const MAGIC: &str = "strongroom backup ";
const HEADER_BYTES: u64 = 118;
const SALT_BYTES: usize = 32;

/// The header: format version, master key and salt. The stream's key depends on all of it, so that none of it can be changed.
struct Header(String);

impl Header {
    fn new(fingerprint: &Fingerprint, salt: [u8; SALT_BYTES]) -> Self {
        let salt = hex::encode(salt);
        Self(format!("{MAGIC}{FORM}\nmaster key {fingerprint}\nsalt {salt}\n"))
    }

    /// The fingerprint and the salt; `None` if the header is malformed.
    fn parts(&self) -> Option<(Fingerprint, [u8; SALT_BYTES])> {
        let mut lines = self.0.split('\n').skip(1);
        let fingerprint = lines.next()?.strip_prefix("master key ")?;
        let mut salt = [0; SALT_BYTES];
        hex::decode_to_slice(lines.next()?.strip_prefix("salt ")?, &mut salt).ok()?;
        let is_fingerprint =
            fingerprint.len() == 16 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_whole = is_fingerprint && lines.eq([""]);
        is_whole.then(|| (Fingerprint::from_text(fingerprint.to_owned()), salt))
    }
}

/// An unfinished file beside its final path, removed on drop unless it was published.
pub struct Draft {
    pub master_key: Fingerprint,
    path: PathBuf,
    replaces: bool,
    lines: DeflateEncoder<SealedWriter>,
}

impl Draft {
    /// Creates a file that only its owner can read. With `force`, it replaces an existing one.
    pub fn create(path: &Path, force: bool, key: &MasterKey, entropy: &dyn Entropy) -> Result<Self> {
        if !force && path.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(path.to_owned()));
        }
        let mut file = private_file::create(path).map_err(at(path))?;
        let salt = draw(entropy);
        let master_key = key.fingerprint();
        let Header(header) = Header::new(&master_key, salt);
        file.write_all(header.as_bytes()).map_err(at(path))?;
        let sealer = Sealer::new(&key.stream_key(&salt, header.as_bytes()));
        let chunk = Vec::with_capacity(CHUNK_BYTES);
        let writer = SealedWriter { file: BufWriter::new(file), sealer, chunk };
        let lines = DeflateEncoder::new(writer, Compression::fast());
        Ok(Self { master_key, path: path.to_owned(), replaces: force, lines })
    }

    pub fn line(&mut self, line: &[u8]) -> Result<()> {
        Ok(self.lines.write_all(line).map_err(at(&self.path))?)
    }

    /// Writes the end, flushes the file, moves it to its path and returns its size.
    pub fn publish(self) -> Result<u64> {
        let Self { path, replaces, lines, .. } = self;
        let failed = at(&path);
        let file = lines.finish().and_then(SealedWriter::finish).map_err(&failed)?;
        private_file::publish(file, &path, replaces).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(path.clone()),
            _ => failed(error).into(),
        })
    }
}

struct SealedWriter {
    file: BufWriter<NamedTempFile>,
    sealer: Sealer,
    chunk: Vec<u8>,
}

impl Write for SealedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK_BYTES {
            // More follows, so this chunk is not the last.
            self.file.write_all(&self.sealer.seal_next(&self.chunk)?)?;
            self.chunk.clear();
        }
        let count = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SealedWriter {
    fn finish(mut self) -> io::Result<NamedTempFile> {
        self.file.write_all(&self.sealer.seal_last(&self.chunk)?)?;
        self.file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

pub struct Reader {
    path: PathBuf,
    file: File,
    header: Header,
    salt: [u8; SALT_BYTES],
    pub fingerprint: Fingerprint,
    pub bytes: u64,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(at(path))?;
        let bytes = file.metadata().map_err(at(path))?.len();
        let mut header = Vec::new();
        let begin = (&file).take(HEADER_BYTES).read_to_end(&mut header);
        begin.map_err(at(path))?;
        let form = header.strip_prefix(MAGIC.as_bytes());
        let form = form.ok_or_else(|| BackupError::NotABackup(path.to_owned()))?;
        let form = form.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let form = String::from_utf8_lossy(form);
        if form != FORM.to_string() {
            return Err(BackupError::UnknownForm {
                path: path.to_owned(),
                found: form.chars().filter(char::is_ascii_graphic).take(9).collect(),
                known: FORM,
            });
        }
        let bad_header = || damaged(path, Damage::Header);
        let header = Header(String::from_utf8(header).map_err(|_| bad_header())?);
        let (fingerprint, salt) = header.parts().ok_or_else(bad_header)?;
        Ok(Self { path: path.to_owned(), file, header, salt, fingerprint, bytes })
    }

    /// The lines of the file from the first one on, decrypted with its key among `keys`.
    pub fn lines(&self, keys: &Keyring) -> Result<Lines> {
        let key = keys.find(&self.fingerprint).ok_or_else(|| damaged(&self.path, Damage::Header))?;
        let file = self.file.try_clone().and_then(|mut file| {
            file.seek(SeekFrom::Start(HEADER_BYTES))?;
            Ok(file)
        });
        let opened = OpenedReader {
            opener: Opener::new(&key.stream_key(&self.salt, self.header.0.as_bytes())),
            file: BufReader::new(file.map_err(at(&self.path))?),
            chunk: Vec::new(),
            read: 0,
            is_over: false,
        };
        let content = BufReader::new(DeflateDecoder::new(BufReader::new(opened)));
        Ok(Lines { path: self.path.clone(), content, number: 0 })
    }
}

struct OpenedReader {
    file: BufReader<File>,
    opener: Opener,
    chunk: Vec<u8>,
    read: usize,
    is_over: bool,
}

impl Read for OpenedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.chunk.len() && !self.is_over {
            let mut sealed = Vec::with_capacity(CHUNK_BYTES + TAG_BYTES);
            let whole = (CHUNK_BYTES + TAG_BYTES) as u64;
            self.file.by_ref().take(whole).read_to_end(&mut sealed)?;
            self.is_over = self.file.fill_buf()?.is_empty();
            self.chunk = self.opener.open(&sealed, self.is_over)?;
            self.read = 0;
        }
        let count = buffer.len().min(self.chunk.len() - self.read);
        buffer[..count].copy_from_slice(&self.chunk[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}

/// The lines of a file, each of them authenticated.
pub struct Lines {
    path: PathBuf,
    content: BufReader<DeflateDecoder<BufReader<OpenedReader>>>,
    number: u64,
}

impl Lines {
    /// The next line with its line feed; `None` after the last one.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.content.read_until(b'\n', &mut line).map_err(|error| broken(&self.path, error))?;
        if line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if line.ends_with(b"\n") { Ok(Some(line)) } else { Err(self.bad_line()) }
    }

    /// Checks that nothing follows.
    pub fn end(mut self) -> Result<()> {
        if self.read()?.is_some() {
            return Err(damaged(&self.path, Damage::BehindManifest));
        }
        let mut sealed = self.content.into_inner().into_inner();
        let rest = sealed.fill_buf().map_err(|error| broken(&self.path, error))?;
        if rest.is_empty() { Ok(()) } else { Err(damaged(&self.path, Damage::BehindManifest)) }
    }

    pub fn bad_line(&self) -> BackupError {
        damaged(&self.path, Damage::Line(self.number))
    }

    pub fn damaged(&self, damage: Damage) -> BackupError {
        damaged(&self.path, damage)
    }
}

/// The error of reading a stream: of authentication, of decompression, or of the system.
fn broken(path: &Path, error: io::Error) -> BackupError {
    let chunk = error.get_ref().and_then(|inner| inner.downcast_ref::<ChunkError>());
    match (chunk, error.kind()) {
        (Some(chunk), _) => damaged(path, Damage::Chunk(*chunk)),
        (None, io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
            damaged(path, Damage::Compression)
        }
        (None, _) => at(path)(error).into(),
    }
}

fn damaged(path: &Path, source: Damage) -> BackupError {
    BackupError::Damaged { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_has_its_fixed_length() {
        let key = MasterKey::from_text(&"7f".repeat(32)).expect("a key");
        let header = Header::new(&key.fingerprint(), [9; SALT_BYTES]);
        assert_eq!(header.0.len() as u64, HEADER_BYTES);
        assert_eq!(header.parts(), Some((key.fingerprint(), [9; SALT_BYTES])));
    }
}
