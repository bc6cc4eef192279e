//! Passwords, by Argon2id.

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::entropy::{Entropy, draw};
use crate::domain::password::normalised;

/// The memory of one hash, in KiB.
const MEMORY_KIB: u32 = 46 * 1024;

/// Hashes and verifies passwords, at the same cost with and without an account.
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    /// The hash for unknown users, so that the answer takes as long.
    decoy: PasswordHash,
}

/// A password's hash in the PHC string format, with salt and cost.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub const fn from_text(text: String) -> Self {
        Self(text)
    }
}

#[derive(Debug)]
pub enum Verified {
    Right,
    /// The password matches a hash from before normalisation, which this one can replace.
    Outdated(PasswordHash),
    Wrong,
}

impl Verified {
    pub const fn is_right(&self) -> bool {
        matches!(self, Self::Right | Self::Outdated(_))
    }
}

hide_in_debug!(PasswordHash);

impl PasswordHasher {
    /// A hasher with a cost that OWASP recommends: 46 MiB, one pass. Of OWASP's equivalent choices, this one needs so
    /// much memory that the allocator returns it to the system each time.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let params = Params::new(MEMORY_KIB, 1, 1, None).expect("they are within Argon2's limits");
        // The decoy is random, not computed: a hash would take longer than everything else at startup.
        let salt = STANDARD_NO_PAD.encode(draw::<16>(entropy));
        let output = STANDARD_NO_PAD.encode(draw::<32>(entropy));
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            decoy: PasswordHash(format!("$argon2id$v=19$m={MEMORY_KIB},t=1,p=1${salt}${output}")),
        }
    }

    /// Hashes a new password, which takes tens of milliseconds.
    pub fn hash(&self, password: &str, entropy: &dyn Entropy) -> PasswordHash {
        self.hash_raw(normalised(password).as_bytes(), entropy)
    }

    fn hash_raw(&self, password: &[u8], entropy: &dyn Entropy) -> PasswordHash {
        let hash: phc::PasswordHash = self
            .argon2
            .hash_password_with_salt(password, &draw::<16>(entropy))
            .expect("Argon2 takes any password and a salt of 16 bytes");
        PasswordHash(hash.to_string())
    }

    /// Verifies a password. Without a hash, because there is no such account, it takes as long. A wrong password that
    /// normalisation changes takes twice as long, with or without an account.
    pub fn verify(&self, password: &str, hash: Option<&PasswordHash>, entropy: &dyn Entropy) -> Verified {
        let known = hash.is_some();
        let Ok(parsed) = phc::PasswordHash::new(hash.unwrap_or(&self.decoy).as_str()) else {
            return Verified::Wrong;
        };
        let fits =
            |password: &str| self.argon2.verify_password(password.as_bytes(), &parsed).is_ok() && known;
        let normalised = normalised(password);
        if fits(&normalised) {
            Verified::Right
        } else if *normalised != password && fits(password) {
            Verified::Outdated(self.hash(password, entropy))
        } else {
            Verified::Wrong
        }
    }
}

hide_in_debug!(PasswordHasher);

#[cfg(test)]
mod tests {
    use super::super::entropy::counting::Counting;
    use super::*;

    #[test]
    fn only_the_right_password_is_verified() {
        let entropy = Counting::default();
        let hasher = PasswordHasher::new(&entropy);
        let hash = hasher.hash("correct horse", &entropy);
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
        let verify = |password: &str, hash| hasher.verify(password, hash, &entropy);
        assert!(matches!(verify("correct horse", Some(&hash)), Verified::Right));
        assert!(matches!(verify("correct horsf", Some(&hash)), Verified::Wrong));
        assert!(matches!(verify("correct horse", None), Verified::Wrong));
        assert_ne!(hasher.hash("correct horse", &entropy), hash);
        assert_eq!(format!("{hash:?} {hasher:?}"), "PasswordHash(…) PasswordHasher(…)");
    }

    #[test]
    fn passwords_are_normalised_to_nfkc() {
        let entropy = Counting::default();
        let hasher = PasswordHasher::new(&entropy);
        let (composed, decomposed) = ("Zo\u{eb} gr\u{fc}\u{df}t 2026", "Zoe\u{308} gru\u{308}\u{df}t 2026");
        let verify = |password: &str, hash: Option<&PasswordHash>| hasher.verify(password, hash, &entropy);
        for chosen in [composed, decomposed] {
            let hash = hasher.hash(chosen, &entropy);
            for typed in [composed, decomposed] {
                assert!(matches!(verify(typed, Some(&hash)), Verified::Right), "{chosen:?} {typed:?}");
            }
            assert!(matches!(verify("Zoe gru\u{df}t 2026", Some(&hash)), Verified::Wrong));
            assert!(matches!(verify(decomposed, None), Verified::Wrong));
        }
        let old = hasher.hash_raw(decomposed.as_bytes(), &entropy);
        let Verified::Outdated(new) = verify(decomposed, Some(&old)) else {
            panic!("a hash of the typed text counts");
        };
        assert!(matches!(verify(composed, Some(&new)), Verified::Right));
    }

    #[test]
    fn the_decoy_costs_what_a_hash_costs() {
        let entropy = Counting::default();
        let hasher = PasswordHasher::new(&entropy);
        let hash = hasher.hash("correct horse", &entropy);
        let [hash, decoy] =
            [&hash, &hasher.decoy].map(|hash| phc::PasswordHash::new(hash.as_str()).expect("a hash"));
        assert_eq!(
            (decoy.algorithm, decoy.version, decoy.params),
            (hash.algorithm, hash.version, hash.params)
        );
        let length = |output: Option<phc::Output>| output.map(|output| output.len());
        assert_eq!(length(decoy.hash), length(hash.hash));
        assert!(decoy.hash != hash.hash && decoy.salt.is_some());
    }
}
