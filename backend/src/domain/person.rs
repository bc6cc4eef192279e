//! Users, members and invitations.

use strongroom_shared::visible;

use super::clock::Time;
use super::id::{ApiKeyId, InvitationId, TeamId, UserId};
use super::role::Role;
use super::rule::Rule;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: EmailAddress,
    pub created: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub user: User,
    pub role: Role,
    pub joined: Time,
    pub last_login: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub team_id: TeamId,
    pub email: EmailAddress,
    pub role: Role,
    pub created: Time,
    pub created_by: String,
    /// It works only while they may invite into that role.
    pub inviter: Inviter,
    pub expires: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inviter {
    Person(UserId),
    Key(ApiKeyId),
}

/// An email address in lower case, so that case does not turn one user into two. Only ASCII is folded: other letters of
/// Unicode become `k`, too, and would turn two users into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Checks an address. Deliberately loose: only a message that arrives proves one.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let text = text.trim();
        let fits = text.len() <= 254
            && !text.chars().any(|c| c.is_control() || c.is_whitespace())
            && text.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && !domain.is_empty() && !domain.contains('@')
            });
        Rule::require(fits, "An email address must have the form name@example.com.")?;
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// Checks the address of a new user, which must not contain invisible characters either.
    pub(crate) fn parse_new(text: &str) -> Result<Self, Rule> {
        let email = Self::parse(text)?;
        let is_visible = visible::hidden(email.as_str()).next().is_none();
        Rule::require(is_visible, "An email address can't contain invisible characters.")?;
        Ok(email)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lower_case_and_have_two_parts() {
        assert_eq!(EmailAddress::parse(" Ada@Example.com ").expect("valid").as_str(), "ada@example.com");
        let kelvin = EmailAddress::parse("mi\u{212A}e@example.com").expect("valid");
        assert_ne!(kelvin.as_str(), "mike@example.com");
        assert!(EmailAddress::parse_new("ada@example.com").is_ok());
        assert!(EmailAddress::parse_new("a\u{200b}da@example.com").is_err());
        for bad in ["", "ada", "@x", "ada@", "a b@x", "a@b@c"] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }
}
