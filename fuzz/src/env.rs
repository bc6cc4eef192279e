//! The files that the command line imports and exports: `.env`, JSON and TOML. Secrets that can be written are read back the
//! same.
//!
//! The first byte selects the form of the input: a file, or any names and values.

use arbitrary::{Arbitrary as _, Unstructured};
use serde_json::Value;
use strongroom_formats::{self as formats, Contents, Format, Invalid, Secrets};
use strongroom_shared::Json;

/// Reads a file, or writes names and values.
pub fn run(data: &[u8]) {
    let (mode, rest) = crate::split(data);
    if mode % 4 == 3 {
        let texts = Vec::<(String, String)>::arbitrary_take_rest(Unstructured::new(rest));
        return write(&unique(texts.unwrap_or_default()));
    }
    let Ok(text) = str::from_utf8(rest) else { return };
    let format = [Format::Env, Format::Json, Format::Toml][mode % 4];
    // Prefect's format is TOML that is never written.
    let _ = formats::read(text, Format::Prefect);
    // Each format refuses duplicate names.
    if let Ok(secrets) = formats::read(text, format).and_then(Contents::secrets) {
        write(&secrets);
    }
}

/// Secrets of texts, the first of each name.
fn unique(texts: Vec<(String, String)>) -> Secrets {
    let mut secrets = Secrets::new();
    for (name, value) in texts {
        if secrets.iter().all(|(known, _)| *known != name) {
            secrets.push((name, Json::new(Value::String(value))));
        }
    }
    secrets
}

/// Writes secrets in each format that can hold them, and reads them back.
fn write(secrets: &Secrets) {
    let text = formats::json::write(secrets);
    assert_same("JSON", secrets, formats::json::read(&text).and_then(Contents::secrets));
    if let Ok(written) = formats::env::write(secrets)
        && written.others == 0
    {
        // Values that some programs misread come last.
        let by_name = |mut secrets: Secrets| {
            secrets.sort_by(|(one, _), (other, _)| one.cmp(other));
            secrets
        };
        assert_same(
            ".env",
            &by_name(secrets.clone()),
            formats::env::read(&written.text).secrets().map(by_name),
        );
    }
    let is_plain = |(_, value): &(String, Json)| matches!(value.value(), Value::String(_) | Value::Bool(_));
    if let Ok(text) = formats::toml::write(secrets) {
        let read = formats::toml::read(&text).and_then(Contents::secrets);
        // TOML has its own spelling of numbers, and puts tables last.
        if secrets.iter().all(is_plain) {
            assert_same("TOML", secrets, read);
        } else {
            assert!(read.is_ok(), "TOML that we wrote can't be read: {read:?}");
        }
    }
}

fn assert_same(format: &str, written: &Secrets, read: Result<Secrets, Invalid>) {
    match read {
        Ok(read) => assert!(read == *written, "{format} is read back differently"),
        Err(error) => panic!("{format} that we wrote can't be read: {error}"),
    }
}
