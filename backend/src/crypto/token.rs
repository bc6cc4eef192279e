//! Tokens: API keys, sessions, setup links.
//!
//! `sr_`, 32 random bytes in base62, and a checksum, so that secret scanners recognise one, and a typing error differs
//! from a revoked key. 32 random bytes need no slow hash: the store has their SHA-256.

use sha2::{Digest, Sha256};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::entropy::Entropy;

pub const PREFIX: &str = "sr_";
/// 62^43 is the first power of 62 above 2^256.
const BODY_DIGITS: usize = 43;
const CHECKSUM_DIGITS: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token in plaintext: its owner sees it once, and sends it with each request.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Token(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl Token {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(&mut bytes[..]);
        Self::of_bytes(&bytes)
    }

    fn of_bytes(bytes: &[u8; 32]) -> Self {
        let mut text = String::with_capacity(PREFIX.len() + BODY_DIGITS + CHECKSUM_DIGITS);
        text.push_str(PREFIX);
        push_base62::<BODY_DIGITS>(&mut text, bytes);
        let checksum = checksum(&text[PREFIX.len()..]);
        push_base62::<CHECKSUM_DIGITS>(&mut text, &checksum);
        Self(text)
    }

    /// Reads a token; `None` if it is malformed or mistyped.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        if digits.len() != BODY_DIGITS + CHECKSUM_DIGITS || !digits.is_ascii() {
            return None;
        }
        let (body, given) = digits.split_at(BODY_DIGITS);
        let mut expected = String::new();
        push_base62::<CHECKSUM_DIGITS>(&mut expected, &checksum(body));
        (given == expected).then(|| Self(text.to_owned()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

hide_in_debug!(Token);

/// Four bytes of a hash over the digits, against typing errors.
fn checksum(digits: &str) -> [u8; 4] {
    let hash = Sha256::new().chain_update(b"strongroom token checksum 1").chain_update(digits).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Appends a big-endian number as `DIGITS` base62 digits, by long division: no crate has a fixed width.
fn push_base62<const DIGITS: usize>(text: &mut String, number: &[u8]) {
    let mut number = Zeroizing::new(number.to_vec());
    let mut digits = Zeroizing::new([0; DIGITS]);
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in number.iter_mut() {
            let dividend = remainder << 8 | u32::from(*byte);
            *byte = u8::try_from(dividend / 62).expect("the remainder is below 62");
            remainder = dividend % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    text.extend(digits.iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::super::entropy::counting::Counting;
    use super::*;

    #[test]
    fn a_token_has_the_form_that_scanners_look_for_and_shows_nothing() {
        let token = Token::generate(&Counting::default());
        assert_eq!(token.expose().len(), 3 + 43 + 6);
        assert!(token.expose().starts_with("sr_"));
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert!(Token::parse(token.expose()).is_some());
    }

    #[test]
    fn the_smallest_and_the_largest_number_fit() {
        assert!(Token::of_bytes(&[0; 32]).expose().starts_with(&format!("sr_{}", "0".repeat(43))));
        assert_ne!(Token::of_bytes(&[255; 32]).expose(), Token::of_bytes(&[254; 32]).expose());
    }

    #[test]
    fn mistyped_token_is_refused() {
        let token = Token::generate(&Counting::default());
        let text = token.expose();
        for index in PREFIX.len()..text.len() {
            let other = if &text[index..=index] == "x" { "y" } else { "x" };
            let slipped = format!("{}{other}{}", &text[..index], &text[index + 1..]);
            assert!(Token::parse(&slipped).is_none(), "{index}");
        }
        for wrong in ["", "sr_", "hunter2", &text[..20], &format!("{text}0"), "sr_ä"] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
    }
}
