//! The filter: in the URL, in the query, and in words.
//!
//! To add a filter: a [`Part`], and its test in [`Filter::to_test`].

use strongroom_shared::operation::{AuditFilter, TextTest, TimeTest};
use strongroom_shared::{AuditAction, DateTime, text_enum};

use crate::query;

/// One text for each part. An empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter([String; Part::ALL.len()]);

text_enum! {
    /// A part of the filter: its name in the URL, and its label.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    Part {
        /// Contained in the name of the actor.
        Who = "who", "Person or key";
        /// Contained in the name of the object.
        Object = "object", "Secret or other object";
        Action = "action", "Action";
        From = "from", "From";
        To = "to", "To";
    }
}

impl Part {
    const fn is_day(self) -> bool {
        matches!(self, Self::From | Self::To)
    }
}

impl Filter {
    pub fn from_query(query: &str) -> Self {
        let known = query::pairs(query).filter_map(|(key, value)| {
            let part = Part::parse(&key)?;
            (!part.is_day() || is_day(&value)).then_some((part, value))
        });
        known.fold(Self::default(), |filter, (part, value)| filter.with(part, value))
    }

    /// With the question mark; empty for the empty filter.
    pub fn to_query(&self) -> String {
        query::written(self.parts().map(|part| (part.as_str(), self.part(part).to_owned())))
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
        format!("{}: {value}", part.describe())
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

/// `2026-11-21`.
fn is_day(text: &str) -> bool {
    let is_right = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(is_right)
}

/// Escapes the wildcards of `ilike`.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

pub const GROUPS: [&str; 7] =
    ["Secrets", "API keys", "Trusted workloads", "Logging in", "Members", "Roles", "Team"];

/// The group of an action, by the object in its name.
pub fn group(action: AuditAction) -> &'static str {
    match action.as_str().rsplit(':').next() {
        Some("secret" | "secret-value" | "secret-version") => "Secrets",
        Some("api_key") => "API keys",
        Some("trust") => "Trusted workloads",
        Some("session" | "password" | "login") => "Logging in",
        Some("invitation" | "member" | "member-sessions") => "Members",
        Some("role") => "Roles",
        _ => "Team",
    }
}

/// `Read the value of …`.
pub fn action_label(action: AuditAction) -> String {
    let mut label = action.describe().to_owned();
    if let Some(first) = label.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if label.ends_with(" of") || label.ends_with(" with") || action == AuditAction::CreateInvitation {
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
    fn filter_survives_the_url() {
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
    fn wildcards_are_escaped() {
        let filter = Filter::default().with(Part::Who, " 50%_a\\ ");
        let test = filter.to_test(midnight);
        assert_eq!(test.actor_name.and_then(|name| name.ilike).as_deref(), Some("%50\\%\\_a\\\\%"));
        assert_eq!(Filter::default().to_test(midnight), AuditFilter::default());
    }

    #[test]
    fn last_day_is_included() {
        let filter = Filter::default().with(Part::From, "2026-11-01").with(Part::To, "2026-11-02");
        let time = filter.to_test(midnight).time.expect("a time");
        assert_eq!(time.gte, Some(DateTime("2026-11-01+0".into())));
        assert_eq!(time.lt, Some(DateTime("2026-11-02+1".into())));
    }

    #[test]
    fn parts_are_described() {
        let filter = Filter::default()
            .with(Part::Who, "ada")
            .with(Part::Action, "read:secret-value")
            .with(Part::Object, " ");
        let described: Vec<_> = filter.parts().map(|part| filter.describe(part)).collect();
        assert_eq!(described, ["Person or key: ada", "Action: Read the value of …"]);
        let unknown = Filter::default().with(Part::Action, "fly:rocket");
        assert_eq!(unknown.describe(Part::Action), "Action: fly:rocket");
    }

    #[test]
    fn labels_are_unique_in_their_group() {
        for name in GROUPS {
            let of_group = AuditAction::ALL.iter().filter(|action| group(**action) == name);
            let mut labels: Vec<_> = of_group.map(|action| action_label(*action)).collect();
            assert!(!labels.is_empty(), "{name}");
            let count = labels.len();
            labels.sort();
            labels.dedup();
            assert_eq!(labels.len(), count, "{name}");
        }
    }
}
