//! Signatures of webhooks, as Standard Webhooks specifies them: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::entropy::Entropy;

/// How the receiver's copy of a key begins.
pub const PREFIX: &str = "whsec_";

#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SigningKey([u8; 32]);

hide_in_debug!(SigningKey);

impl SigningKey {
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut key = Self([0; 32]);
        entropy.fill(&mut key.0);
        key
    }

    /// `None` if it is not as long as a key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The key for the receiver.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 44));
        text.push_str(PREFIX);
        STANDARD.encode_string(self.0, &mut text);
        text
    }

    /// The header `webhook-signature` of a message with this id and time, in seconds since 1970.
    pub fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length is a key");
        for part in [id, ".", &seconds.to_string(), ".", body] {
            mac.update(part.as_bytes());
        }
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::entropy::counting::Counting;
    use super::*;

    /// The example of the specification and of its libraries, whose key has 24 bytes; HMAC pads keys with zeros.
    #[test]
    fn the_published_example_has_its_signature() {
        let mut key = [0; 32];
        let example = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
        key[..example.len()].copy_from_slice(&example);
        let key = SigningKey::from_bytes(&key).expect("a key");
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn receivers_get_the_key_in_base64() {
        let key = SigningKey::generate(&Counting::default());
        let text = key.to_text();
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).expect("the prefix")).expect("base64");
        assert_eq!((bytes.as_slice(), text.len()), (key.as_bytes(), 50));
        assert!(!format!("{key:?}").contains(&text[PREFIX.len()..]));
    }
}
