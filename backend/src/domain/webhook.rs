//! Webhooks: a team's URL, the events that it receives, and their deliveries. An event has names, never a value.
//!
//! To add a kind of event: a line in `strongroom_shared::webhook`, and an [`Event`] in the use case's transaction.

use chrono::TimeDelta;
use serde_json::{Value, json};
use strongroom_shared::limit;
use strongroom_shared::webhook::EventKind;
use url::Url;

use super::actor::{Actor, Principal};
use super::clock::{Time, format_time};
use super::id::{DataKeyId, DeliveryId, TeamId, WebhookId};
use super::rule::Rule;
use super::secret::Secret;
use super::team::Team;

pub use strongroom_shared::webhook::DeliveryState;

/// How long a delivery is retried.
pub const RETRIED_FOR: TimeDelta = TimeDelta::hours(24);
/// The delay before the second attempt; each further one is twice as long, up to [`LONGEST_DELAY`].
const FIRST_DELAY: TimeDelta = TimeDelta::seconds(5);
const LONGEST_DELAY: TimeDelta = TimeDelta::hours(1);
/// The maximum number of a team's pending events. Further ones are dropped.
pub const MOST_PENDING: i64 = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub team_id: TeamId,
    pub url: Url,
    pub data_key_id: DataKeyId,
    /// The encrypted signing key.
    pub sealed: Vec<u8>,
    pub created: Time,
    pub created_by: String,
    /// Since a restore, until it is set again.
    pub is_paused: bool,
}

/// Something that a team's webhook learns of, if it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub team_id: TeamId,
    pub kind: EventKind,
    pub time: Time,
    /// The body of the request: JSON.
    pub body: String,
}

impl Event {
    pub fn by(actor: &Actor, kind: EventKind, time: Time, secret: Option<&Secret>) -> Self {
        let (actor_kind, id) = match &actor.principal {
            Principal::Person { user, .. } => ("user", user.id.0),
            Principal::Key(key) => ("api_key", key.id.0),
        };
        let by = json!({"kind": actor_kind, "id": id, "name": actor.name()});
        Self::new(&actor.team, kind, time, &by, secret)
    }

    /// An event of the server itself.
    pub fn by_system(team: &Team, kind: EventKind, time: Time, secret: &Secret) -> Self {
        let by = json!({"kind": "system", "id": null, "name": "expiry"});
        Self::new(team, kind, time, &by, Some(secret))
    }

    fn new(team: &Team, kind: EventKind, time: Time, by: &Value, secret: Option<&Secret>) -> Self {
        let secret = secret.map(|secret| {
            json!({
                "id": secret.id.0,
                "name": secret.name.as_str(),
                "version": secret.version,
                "expires_at": secret.expires_at.map(format_time),
            })
        });
        let body = json!({
            "type": kind.as_str(),
            "timestamp": format_time(time),
            "data": {"team": {"id": team.id.0, "slug": team.slug.as_str()}, "secret": secret, "by": by},
        });
        Self { team_id: team.id, kind, time, body: body.to_string() }
    }
}

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub team_id: TeamId,
    /// The text of its kind, which may be one of another version.
    pub event: String,
    pub body: String,
    pub created: Time,
    pub state: DeliveryState,
    /// How many attempts have begun.
    pub attempts: i64,
    /// The next attempt; for one that is not pending, the last.
    pub due: Time,
    /// The HTTP status of the last attempt.
    pub status: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

impl Delivery {
    /// Records the outcome of an attempt: an HTTP status, or the reason for a failure. `jitter` is a random number.
    pub fn note(&mut self, outcome: Result<u16, String>, now: Time, jitter: u16) {
        self.status = outcome.as_ref().ok().map(|status| i64::from(*status));
        self.error = match outcome {
            Ok(200..300) => None,
            Ok(300..400) => Some("redirects are not followed".to_owned()),
            Ok(_) => Some("unexpected status".to_owned()),
            Err(reason) => Some(reason),
        };
        let next = now + delay(self.attempts, jitter);
        let is_last = next >= self.created + RETRIED_FOR;
        (self.state, self.due) = match self.error {
            None => (DeliveryState::Delivered, now),
            Some(_) if is_last => (DeliveryState::Failed, now),
            Some(_) => (DeliveryState::Pending, next),
        };
    }
}

/// The delay after so many attempts: twice that of the one before, and up to half of it less, so that deliveries that failed
/// together don't return together.
fn delay(attempts: i64, jitter: u16) -> TimeDelta {
    let doublings = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or_default();
    let longest = (FIRST_DELAY * 2_i32.pow(doublings)).min(LONGEST_DELAY);
    longest - longest / 2 * i32::from(jitter) / i32::from(u16::MAX)
}

/// Parses the URL of a webhook. Whether its host may be reached, the sender decides.
pub fn parse_url(text: &str) -> Result<Url, Rule> {
    let text = text.trim();
    if text.len() > limit::URL_BYTES {
        let rule = format!("A webhook's URL can have at most {} bytes.", limit::URL_BYTES);
        return Err(Rule::new(rule));
    }
    let whole = "A webhook's URL must be a whole one, such as https://example.com/hook.";
    let url = Url::parse(text).map_err(|_| Rule::new(whole))?;
    Rule::require(matches!(url.scheme(), "https" | "http") && url.has_host(), whole)?;
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    Rule::require(is_anonymous, "A webhook's URL can't have a user name or password.")?;
    Rule::require(url.fragment().is_none(), "A webhook's URL can't have a fragment, the part after #.")?;
    Ok(url)
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

    use super::*;

    fn delivery(attempts: i64) -> Delivery {
        Delivery {
            id: DeliveryId(Uuid::nil()),
            team_id: TeamId(Uuid::nil()),
            event: EventKind::Test.as_str().to_owned(),
            body: String::new(),
            created: Time::UNIX_EPOCH,
            state: DeliveryState::Pending,
            attempts,
            due: Time::UNIX_EPOCH,
            status: None,
            error: None,
        }
    }

    #[test]
    fn delays_double_up_to_an_hour_and_differ() {
        for (attempts, jitter, seconds) in [
            (1, 0, 5),
            (2, 0, 10),
            (3, 0, 20),
            (3, u16::MAX, 10),
            (11, 0, 3600),
            (i64::MAX, 0, 3600),
            (i64::MAX, u16::MAX, 1800),
        ] {
            assert_eq!(delay(attempts, jitter).num_seconds(), seconds, "{attempts} {jitter}");
        }
    }

    #[test]
    fn deliveries_are_retried_for_a_day() {
        let (mut now, mut delivery) = (Time::UNIX_EPOCH, delivery(0));
        while delivery.state == DeliveryState::Pending {
            delivery.attempts += 1;
            delivery.note(Ok(500), now, 0);
            assert!(delivery.due > now || delivery.state == DeliveryState::Failed);
            now = now.max(delivery.due);
        }
        assert_eq!(
            (delivery.state, delivery.attempts, delivery.status),
            (DeliveryState::Failed, 33, Some(500))
        );
        assert!(now > Time::UNIX_EPOCH + TimeDelta::hours(22) && now < Time::UNIX_EPOCH + RETRIED_FOR);
    }

    #[test]
    fn only_statuses_of_success_deliver() {
        for (outcome, state) in [
            (Ok(200), DeliveryState::Delivered),
            (Ok(204), DeliveryState::Delivered),
            (Ok(302), DeliveryState::Pending),
            (Ok(404), DeliveryState::Pending),
            (Err("it can't be reached".to_owned()), DeliveryState::Pending),
        ] {
            let mut delivery = delivery(1);
            delivery.note(outcome.clone(), Time::UNIX_EPOCH, 0);
            assert_eq!(delivery.state, state, "{outcome:?}");
            assert_eq!(delivery.error.is_none(), state == DeliveryState::Delivered);
        }
    }

    #[test]
    fn urls_are_of_http_and_hold_no_password() {
        for url in ["https://h/x?y=z", "http://10.0.0.1:8080", " https://h "] {
            parse_url(url).unwrap_or_else(|rule| panic!("{url}: {rule}"));
        }
        let long = format!("https://h/{}", "é".repeat(1000));
        for (url, broken) in [
            ("", "a whole one"),
            ("h", "a whole one"),
            ("ftp://h", "a whole one"),
            ("file:///etc/passwd", "a whole one"),
            ("https://u@h", "a user name"),
            ("https://u:p@h", "a user name"),
            ("https://h/#x", "a fragment"),
            (&long, "2000 bytes"),
        ] {
            let rule = parse_url(url).expect_err(url).to_string();
            assert!(rule.contains(broken), "{url}: {rule}");
        }
    }
}
