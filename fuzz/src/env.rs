//! The files that the command line imports and exports: `.env`, JSON and TOML. Secrets that can be written are read back the
//! same.
//!
//! The first byte selects the form of the input: a file, or any names and values.

use arbitrary::{Arbitrary as _, Unstructured};
use serde_json::Value;
use strongroom::Json;

use crate::format::{self, Invalid, Secrets};

/// Reads a file, or writes names and values.
pub fn run(data: &[u8]) {
    let (mode, rest) = crate::split(data);
    if mode % 4 == 3 {
        let texts = Vec::<(String, String)>::arbitrary_take_rest(Unstructured::new(rest));
        return write(&unique(texts.unwrap_or_default()));
    }
    let Ok(text) = str::from_utf8(rest) else { return };
    let read = match mode % 4 {
        0 => format::env::read(text).map(|(secrets, _)| secrets),
        1 => format::json::read(text),
        _ => format::toml::parse(text).and_then(format::toml::secrets),
    };
    // Each format refuses duplicate names.
    if let Ok(secrets) = read {
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
    let text = format::json::write(secrets);
    assert_same("JSON", secrets, format::json::read(&text));
    if let Ok(written) = format::env::write(secrets)
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
            format::env::read(&written.text).map(|(secrets, _)| by_name(secrets)),
        );
    }
    let is_plain = |(_, value): &(String, Json)| matches!(value.value(), Value::String(_) | Value::Bool(_));
    if let Ok(text) = format::toml::write(secrets) {
        let read = format::toml::parse(&text).and_then(format::toml::secrets);
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
