//! Which entries people want to see: as the address carries it, as the server takes it, and as the page says it.
//!
//! To add a filter: a [`Part`], and its test in [`Filter::to_test`].

use strongroom_shared::operation::{AuditFilter, TextTest, TimeTest};
use strongroom_shared::{AuditAction, DateTime};

use super::query;

/// Which entries people want to see, part by part. What is empty wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter([String; Part::ALL.len()]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A part of the name of a person or a key.
    Who,
    /// A part of the name of what it was done to.
    Object,
    Action,
    From,
    To,
}

impl Part {
    pub const ALL: [Self; 5] = [Self::Who, Self::Object, Self::Action, Self::From, Self::To];

    const fn key(self) -> &'static str {
        match self {
            Self::Who => "who",
            Self::Object => "object",
            Self::Action => "action",
            Self::From => "from",
            Self::To => "to",
        }
    }

    const fn is_day(self) -> bool {
        matches!(self, Self::From | Self::To)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Who => "Person or key",
            Self::Object => "Secret or other object",
            Self::Action => "Action",
            Self::From => "From",
            Self::To => "To",
        }
    }
}

impl Filter {
    pub fn from_query(query: &str) -> Self {
        let known = query::pairs(query).filter_map(|(key, value)| {
            let part = Part::ALL.into_iter().find(|part| part.key() == key)?;
            (!part.is_day() || is_day(&value)).then_some((part, value))
        });
        known.fold(Self::default(), |filter, (part, value)| filter.with(part, value))
    }

    /// The same as a query, with its question mark; nothing when all is wanted.
    pub fn to_query(&self) -> String {
        let mut text = String::new();
        for part in self.parts() {
            text.push(if text.is_empty() { '?' } else { '&' });
            text.push_str(part.key());
            text.push('=');
            text.push_str(&query::encode(self.part(part)));
        }
        text
    }

    pub fn part(&self, part: Part) -> &str {
        &self.0[part as usize]
    }

    #[must_use]
    pub fn with(mut self, part: Part, text: impl Into<String>) -> Self {
        self.0[part as usize] = text.into();
        self
    }

    pub fn parts(&self) -> impl Iterator<Item = Part> {
        Part::ALL.into_iter().filter(|part| !self.part(*part).trim().is_empty())
    }

    pub fn describe(&self, part: Part) -> String {
        let text = self.part(part).trim();
        let value = match part {
            Part::Action => AuditAction::parse(text).map_or_else(|| text.to_owned(), action_label),
            Part::Who | Part::Object | Part::From | Part::To => text.to_owned(),
        };
        format!("{}: {value}", part.label())
    }

    /// `midnight` returns when a local day begins, a number of days later; `None` for an invalid day.
    pub fn to_test(&self, midnight: impl Fn(&str, u32) -> Option<DateTime>) -> AuditFilter {
        let like = |part| {
            let text = self.part(part).trim();
            (!text.is_empty())
                .then(|| TextTest { ilike: Some(format!("%{}%", escaped(text))), ..TextTest::default() })
        };
        let action = self.part(Part::Action).trim();
        let time = TimeTest { gte: midnight(self.part(Part::From), 0), lt: midnight(self.part(Part::To), 1) };
        AuditFilter {
            actor_name: like(Part::Who),
            object_name: like(Part::Object),
            action: (!action.is_empty())
                .then(|| TextTest { eq: Some(action.to_owned()), ..TextTest::default() }),
            time: (time != TimeTest::default()).then_some(time),
            ..AuditFilter::default()
        }
    }
}

/// Whether a text has the form of a day: `2026-11-21`.
fn is_day(text: &str) -> bool {
    let is_right = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(is_right)
}

/// A text of which the server takes nothing as a pattern.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Secrets,
    ApiKeys,
    LoggingIn,
    Members,
    Roles,
    Team,
}

impl Group {
    pub const ALL: [Self; 6] =
        [Self::Secrets, Self::ApiKeys, Self::LoggingIn, Self::Members, Self::Roles, Self::Team];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Secrets => "Secrets",
            Self::ApiKeys => "API keys",
            Self::LoggingIn => "Logging in",
            Self::Members => "Members",
            Self::Roles => "Roles",
            Self::Team => "Team",
        }
    }

    pub const fn of(action: AuditAction) -> Self {
        use AuditAction as A;
        match action {
            A::CreateSecret
            | A::UpdateSecret
            | A::RestoreSecretVersion
            | A::DeleteSecret
            | A::RestoreSecret
            | A::ReadSecretValue
            | A::RefusedReadSecretValue
            | A::CompareSecretValue
            | A::PurgeSecrets => Self::Secrets,
            A::CreateApiKey | A::UpdateApiKey | A::DeleteApiKey | A::RefusedApiKey => Self::ApiKeys,
            A::LogIn | A::RefusedLogIn | A::LogOut | A::UpdatePassword => Self::LoggingIn,
            A::CreateInvitation
            | A::DeleteInvitation
            | A::CreateMember
            | A::EndMemberSessions
            | A::UpdateMember
            | A::DeleteMember => Self::Members,
            A::CreateRole | A::UpdateRole | A::DeleteRole => Self::Roles,
            A::CreateTeam
            | A::UpdateTeam
            | A::SwitchTeam
            | A::MoveValues
            | A::RefusedRequest
            | A::ExportAuditLog
            | A::ArchiveAuditLog
            | A::CreateBackup
            | A::RestoreBackup
            | A::RotateMasterKey
            | A::CreateDataKey
            | A::DeleteDataKey => Self::Team,
        }
    }
}

/// An action as people choose it: `Read the value of …`.
pub fn action_label(action: AuditAction) -> String {
    let words = action.describe();
    let mut rest = words.chars();
    let first = rest.next().map(char::to_uppercase).into_iter().flatten();
    let mut label: String = first.chain(rest).collect();
    if label.ends_with(" of") || action == AuditAction::CreateInvitation {
        label.push_str(" …");
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    fn midnight(day: &str, later: u32) -> Option<DateTime> {
        (!day.is_empty()).then(|| DateTime(format!("{day}+{later}")))
    }

    #[test]
    fn a_filter_survives_the_address() {
        let filter = Filter::default()
            .with(Part::Who, "100% ada & bob+")
            .with(Part::Object, "schlüssel/ключ")
            .with(Part::Action, "read:secret-value")
            .with(Part::From, "2026-11-01");
        assert_eq!(Filter::from_query(&filter.to_query()), filter);
        assert_eq!(Filter::default().to_query(), "");
        assert_eq!(Filter::from_query("?nonsense=1&who&from=soon&to=21.11.2026"), Filter::default());
    }

    #[test]
    fn the_server_takes_what_is_typed_literally() {
        let filter = Filter::default().with(Part::Who, " 50%_a\\ ");
        let test = filter.to_test(midnight);
        assert_eq!(test.actor_name.and_then(|name| name.ilike).as_deref(), Some("%50\\%\\_a\\\\%"));
        assert_eq!(Filter::default().to_test(midnight), AuditFilter::default());
    }

    #[test]
    fn the_last_day_counts_to_its_end() {
        let filter = Filter::default().with(Part::From, "2026-11-01").with(Part::To, "2026-11-02");
        let time = filter.to_test(midnight).time.expect("a time");
        assert_eq!(time.gte, Some(DateTime("2026-11-01+0".into())));
        assert_eq!(time.lt, Some(DateTime("2026-11-02+1".into())));
    }

    #[test]
    fn parts_are_told_in_words() {
        let filter = Filter::default()
            .with(Part::Who, "ada")
            .with(Part::Action, "read:secret-value")
            .with(Part::Object, " ");
        let told: Vec<_> = filter.parts().map(|part| filter.describe(part)).collect();
        assert_eq!(told, ["Person or key: ada", "Action: Read the value of …"]);
        let unknown = Filter::default().with(Part::Action, "fly:rocket");
        assert_eq!(unknown.describe(Part::Action), "Action: fly:rocket");
    }

    #[test]
    fn no_two_actions_of_a_group_read_the_same() {
        for group in Group::ALL {
            let of_group = AuditAction::ALL.iter().filter(|it| Group::of(**it) == group);
            let mut labels: Vec<_> = of_group.map(|action| action_label(*action)).collect();
            assert!(!labels.is_empty(), "{group:?}");
            let count = labels.len();
            labels.sort();
            labels.dedup();
            assert_eq!(labels.len(), count, "{group:?}");
        }
    }
}
