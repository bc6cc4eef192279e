//! PEM: keys and certificates between a BEGIN and an END line (RFC 7468, and the headers of RFC 1421).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode as _, SliceReader, Tag, Tagged as _};
use zeroize::Zeroizing;

use super::{Subject, date};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// ASN.1's sequence, with which keys and certificates begin.
const SEQUENCE: u8 = 0x30;

pub(super) fn broken(Subject { text, .. }: Subject<'_>) -> Option<String> {
    match blocks(text) {
        Ok(blocks) => {
            blocks.iter().any(Block::is_cut_off).then(|| "has a PEM block that is cut off".to_owned())
        }
        Err(problem) => Some(problem.to_owned()),
    }
}

/// Of the certificate of a chain that expires first.
pub(super) fn expiry(Subject { text, now, .. }: Subject<'_>) -> Option<String> {
    let blocks = blocks(text).ok()?;
    let certificates = blocks.iter().filter(|block| block.label.ends_with("CERTIFICATE"));
    let validities: Vec<_> = certificates.filter_map(|block| validity(&block.content).ok()).collect();
    let end = *validities.iter().map(|(_, end)| end).min()?;
    let start = *validities.iter().map(|(start, _)| start).max()?;
    if start > now {
        return Some(format!("has an X.509 certificate that is not valid before {}", date(start)?));
    }
    super::expiry(end, now).map(|expiry| format!("has an X.509 certificate {expiry}"))
}

struct Block<'text> {
    label: &'text str,
    content: Zeroizing<Vec<u8>>,
    /// An encrypted key is no ASN.1.
    has_headers: bool,
}

impl Block<'_> {
    fn is_cut_off(&self) -> bool {
        !self.has_headers
            && self.content.first() == Some(&SEQUENCE)
            && AnyRef::from_der(&self.content).is_err()
    }
}

/// The blocks of a text, or what is wrong with one of them.
fn blocks(text: &str) -> Result<Vec<Block<'_>>, &'static str> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(BEGIN) {
        let (label, after) =
            label(&rest[start + BEGIN.len()..]).ok_or("has a PEM block with a broken BEGIN line")?;
        if after.starts_with("\\n") || after.starts_with("\\r") {
            return Err("has a PEM block with \\n in place of line breaks");
        }
        let Some(end) = after.find(END) else { return Err("has a PEM block without an END line") };
        if !after.starts_with(['\n', '\r']) {
            return Err("has a PEM block whose line breaks are missing");
        }
        let (ended, behind) =
            self::label(&after[end + END.len()..]).ok_or("has a PEM block with a broken END line")?;
        if ended != label {
            return Err("has a PEM block whose BEGIN and END lines differ");
        }
        // PGP's armour has a checksum, and headers of its own.
        if !label.starts_with("PGP ") {
            blocks.push(block(label, &after[..end]).ok_or("has a PEM block that is not base64")?);
        }
        rest = behind;
    }
    if rest.contains(END) { Err("has a PEM block without a BEGIN line") } else { Ok(blocks) }
}

/// The label of a line after its first word, and the text after that line.
fn label(text: &str) -> Option<(&str, &str)> {
    let (label, behind) = text.split_once(DASHES)?;
    let is_label = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, ' ' | '-');
    (!label.is_empty() && label.chars().all(is_label)).then_some((label, behind))
}

fn block<'text>(label: &'text str, content: &str) -> Option<Block<'text>> {
    let (headers, content) = match content.rsplit_once(':') {
        // Headers end with an empty line.
        Some(_) => content.split_once("\n\n").or_else(|| content.split_once("\r\n\r\n"))?,
        None => ("", content),
    };
    let digits = Zeroizing::new(content.split_ascii_whitespace().collect::<String>());
    let content = Zeroizing::new(STANDARD.decode(digits.as_bytes()).ok()?);
    (!content.is_empty()).then_some(Block { label, content, has_headers: !headers.is_empty() })
}

/// The times between which a certificate is valid, in seconds since 1970.
fn validity(certificate: &[u8]) -> der::Result<(u64, u64)> {
    let mut certificate = inside(&mut SliceReader::new(certificate)?)?;
    let mut fields = inside(&mut certificate)?;
    // The version may be missing; serial number, algorithm and issuer follow.
    let first = AnyRef::decode(&mut fields)?;
    for _ in 0..if first.tag() == Tag::Integer { 2 } else { 3 } {
        AnyRef::decode(&mut fields)?;
    }
    let mut validity = inside(&mut fields)?;
    Ok((time(&mut validity)?, time(&mut validity)?))
}

/// The content of the sequence that follows.
fn inside<'a>(reader: &mut SliceReader<'a>) -> der::Result<SliceReader<'a>> {
    let sequence = AnyRef::decode(reader)?;
    sequence.tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(sequence.value())
}

fn time(reader: &mut SliceReader<'_>) -> der::Result<u64> {
    let time = AnyRef::decode(reader)?;
    let time = match time.tag() {
        Tag::UtcTime => time.decode_as::<UtcTime>()?.to_unix_duration(),
        _ => time.decode_as::<GeneralizedTime>()?.to_unix_duration(),
    };
    Ok(time.as_secs())
}
