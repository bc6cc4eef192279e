//! Digests of texts.

use sha2::{Digest, Sha256};
use strongroom_shared::Uuid;

/// The digest of a list of texts, in hexadecimal digits.
pub fn of_texts(texts: &[&str]) -> String {
    hex::encode(hash(texts))
}

/// An id that is always the same for a list of texts.
pub fn id_of_texts(texts: &[&str]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash(texts)[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn hash(texts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_end_of_each_text_is_hashed() {
        assert_ne!(super::of_texts(&["ab", "c"]), super::of_texts(&["a", "bc"]));
    }
}
