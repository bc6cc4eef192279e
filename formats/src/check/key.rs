//! Keys in the wrong place.

use super::Subject;

pub(super) fn private_key(Subject { name, text, .. }: Subject<'_>) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let is_public = name.contains("public") || words.any(|word| matches!(word, "pub" | "pubkey"));
    let is_so = is_public && !name.contains("private") && text.contains("PRIVATE KEY-----");
    is_so.then(|| "has a private key, under the name of a public one".to_owned())
}
