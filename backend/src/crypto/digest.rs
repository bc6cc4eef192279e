//! Digests of texts.

use sha2::{Digest, Sha256};

/// The digest of a list of texts, in hexadecimal digits.
pub fn of_texts(texts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_end_of_each_text_is_hashed() {
        assert_ne!(super::of_texts(&["ab", "c"]), super::of_texts(&["a", "bc"]));
    }
}
