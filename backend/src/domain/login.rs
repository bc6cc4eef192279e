//! Logins of programs: short-lived tokens with the rights of a key, which may be that of a trust.
//!
//! Not here: people's sessions (`session`).

use chrono::TimeDelta;

use super::clock::Time;
use super::id::{ApiKeyId, LoginId};
use super::key::ApiKey;

/// The lifetime of a login with a key, and of a child unless it asks for another.
pub const LIFETIME: TimeDelta = TimeDelta::hours(1);
/// How long a login can be renewed, or a child last.
pub const LONGEST: TimeDelta = TimeDelta::hours(24);
/// How long an ended login is kept, to be listed.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(7);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub id: LoginId,
    /// The key whose rights it has, and with which it ends.
    pub key_id: ApiKeyId,
    /// The login with which it ends, too.
    pub parent: Option<LoginId>,
    /// Where it was made, as Vault has it: `auth/jwt/login`.
    pub path: String,
    /// Who logged in: the claim `sub` of a token, or the key's name.
    pub subject: String,
    pub address: String,
    pub created: Time,
    pub expires: Time,
    /// How far a renewal extends it.
    pub lifetime: TimeDelta,
    /// No renewal extends it beyond this.
    pub latest: Time,
    pub is_ended: bool,
}

/// What a client asks of a child.
pub struct ChildWish {
    pub lifetime: Option<TimeDelta>,
    /// How long it can be renewed.
    pub longest: Option<TimeDelta>,
    pub is_renewable: bool,
}

impl ChildWish {
    /// The lifetime, and how long a child can last.
    pub fn limits(&self) -> (TimeDelta, TimeDelta) {
        let longest = self.longest.unwrap_or(LONGEST).min(LONGEST);
        let lifetime = self.lifetime.unwrap_or(LIFETIME).min(longest);
        (lifetime, if self.is_renewable { longest } else { lifetime })
    }
}

impl Login {
    /// A renewal's new time of expiry: as asked, but within its lifetime and its latest end, and never earlier than before,
    /// because its children may last that long. `None` if it can't be renewed.
    pub fn renewed(&self, asked: Option<TimeDelta>, now: Time) -> Option<Time> {
        let is_renewable = !self.is_ended && self.expires > now && self.is_renewable();
        let by = asked.unwrap_or(self.lifetime).min(self.lifetime);
        is_renewable.then(|| (now + by).min(self.latest).max(self.expires))
    }

    pub fn is_renewable(&self) -> bool {
        self.latest > self.expires
    }

    /// The key as the login has it: it expires with the login.
    #[must_use]
    pub fn limit(&self, key: ApiKey) -> ApiKey {
        let expires = key.expires.map_or(self.expires, |expires| expires.min(self.expires));
        ApiKey { expires: Some(expires), ..key }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

    use super::*;

    #[test]
    fn renewals_stay_within_the_lifetime_and_the_latest_end() {
        let at = |seconds| Time::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let login = Login {
            id: LoginId(Uuid::nil()),
            key_id: ApiKeyId(Uuid::nil()),
            parent: None,
            path: String::new(),
            subject: String::new(),
            address: String::new(),
            created: at(0),
            expires: at(100),
            lifetime: TimeDelta::seconds(100),
            latest: at(250),
            is_ended: false,
        };
        for (asked, now, expected) in [
            (None, 50, Some(150)),
            (Some(80), 50, Some(130)),
            (Some(30), 50, Some(100)),
            (Some(900), 50, Some(150)),
            (None, 100, None),
        ] {
            let renewed = login.renewed(asked.map(TimeDelta::seconds), at(now));
            assert_eq!(renewed, expected.map(at), "{asked:?} {now}");
        }
        let late = Login { expires: at(240), ..login.clone() };
        assert_eq!(late.renewed(None, at(200)), Some(at(250)));
        let last = Login { expires: at(250), ..login };
        assert_eq!(last.renewed(None, at(200)), None);
    }
}
