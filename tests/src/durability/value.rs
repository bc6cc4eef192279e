//! Values with the number of the operation that set them, and a checksum.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Part of every value; no log may show it.
pub const PLAINTEXT: &str = "the plaintext of an operation's value";

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Content {
    Whole(u64),
    Torn(String),
}

/// The value set by operation `number`. Most are short; one in eight fills several database pages.
pub fn value(number: u64) -> Value {
    let mut random = fastrand::Rng::with_seed(number);
    let length = if random.u8(..8) == 0 { random.usize(4_000..20_000) } else { random.usize(..200) };
    let padding: String = std::iter::repeat_with(|| random.alphanumeric()).take(length).collect();
    let text = format!("{PLAINTEXT} {padding}");
    json!({"operation": number, "text": text, "checksum": checksum(number, &text)})
}

pub fn content(value: &Value) -> Content {
    let found = value["operation"].as_u64().zip(value["text"].as_str());
    match found {
        Some((number, text)) if value["checksum"] == checksum(number, text) => Content::Whole(number),
        _ => Content::Torn(value.to_string().chars().take(200).collect()),
    }
}

fn checksum(number: u64, text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(number.to_be_bytes());
    hash.update(text);
    hex::encode(hash.finalize())
}
