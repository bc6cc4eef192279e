//! Trusts: which outside identities may log in as what. A trust is a key that nobody holds: a program that proves to be
//! its identity, with a signed token, gets a login with the rights of that key.
//!
//! Not here: signatures (`oidc`), and where an issuer's keys come from (`service::identity::issuers`).

use std::collections::HashSet;
use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strongroom_shared::input::{BoundClaimInput, SetTrustInput};
use strongroom_shared::limit;
use strongroom_shared::payload::TrustCheck;
use thiserror::Error;
use url::Url;

use super::clock::Time;
use super::key::ApiKey;
use super::rule::Rule;

/// The claims of a token whose signature was checked.
pub type Claims = Map<String, Value>;

/// How much the clocks of an issuer and a server may differ.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(1);
const EXPIRED: &str = "token is expired";
/// The longest subject that is kept, in Unicode scalar values.
const SUBJECT_CHARS: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The rights of its logins. Its name is the role that programs log in with.
    pub key: ApiKey,
    pub identity: OutsideIdentity,
    pub lifetime: TimeDelta,
    pub updated: Time,
}

/// Whose tokens are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideIdentity {
    /// The claim `iss`.
    pub issuer: String,
    pub keys: IssuerKeys,
    pub audiences: Vec<String>,
    pub claims: Vec<BoundClaim>,
}

/// Where the keys of an issuer come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerKeys {
    /// The issuer's discovery document says where they are.
    Discovered,
    At(Url),
    /// A JSON Web Key Set.
    Given(String),
}

/// A claim that a token must have, and its possible values. A `*` at a value's end stands for any text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundClaim {
    /// Its name or, beginning with `/`, a JSON pointer.
    pub claim: String,
    pub values: Vec<String>,
}

/// Why a token is refused, in the words of Vault. None repeats anything of the token.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Mismatch {
    #[error("error validating token: error verifying token signature: {0}")]
    Signature(String),
    #[error("error validating token: invalid issuer (iss) claim: it is not the trusted issuer")]
    Issuer,
    #[error(
        "error validating token: invalid audience (aud) claim: audience claim does not match any expected audience"
    )]
    Audience,
    #[error("error validating token: invalid expiration time (exp) claim: {0}")]
    Expiry(&'static str),
    #[error("error validating token: invalid not before (nbf) claim: token not yet valid")]
    NotYet,
    #[error("error validating claims: claim \"{0}\" is missing")]
    Missing(String),
    #[error("error validating claims: claim \"{0}\" does not match any associated bound claim values")]
    Claim(String),
}

impl Mismatch {
    /// The reason for the log, of which a token chooses no part.
    pub fn reason(&self) -> String {
        match self {
            Self::Signature(_) => "no known key has signed the token".to_owned(),
            other => other.to_string(),
        }
    }
}

/// The checks of a token behind that of its signature, in their order.
pub struct Checks(Vec<(String, Result<(), Mismatch>)>);

impl OutsideIdentity {
    /// Parses the input of a trust.
    pub fn parse(input: &SetTrustInput) -> Result<Self, Rule> {
        let issuer = input.issuer.trim().to_owned();
        parse_url(&issuer, "An issuer")?;
        let keys = match (&input.keys_url, &input.keys) {
            (None, None) => IssuerKeys::Discovered,
            (Some(url), None) => IssuerKeys::At(parse_url(url, "The address of keys")?),
            (None, Some(keys)) => IssuerKeys::Given(parse_keys(keys)?),
            (Some(_), Some(_)) => return Err(Rule::new("Give `keys_url` or `keys`, not both.")),
        };
        let most = limit::TRUST_CONDITIONS;
        let is_text = |text: &String| !text.trim().is_empty() && text.len() <= limit::TRUST_TEXT_BYTES;
        let are_texts = |texts: &[String]| (1..=most).contains(&texts.len()) && texts.iter().all(is_text);
        let length = limit::TRUST_TEXT_BYTES;
        if !are_texts(&input.audiences) {
            let rule = format!("A trust needs 1 to {most} audiences of 1 to {length} bytes.");
            return Err(Rule::new(rule));
        }
        let is_claim = |claim: &BoundClaimInput| is_text(&claim.claim) && are_texts(&claim.values);
        if !(1..=most).contains(&input.claims.len()) || !input.claims.iter().all(is_claim) {
            let rule = format!(
                "A trust needs 1 to {most} claims, each with 1 to {most} values, of 1 to {length} bytes each: without a \
                 claim, everybody who has a token of the issuer could log in."
            );
            return Err(Rule::new(rule));
        }
        let names: HashSet<_> = input.claims.iter().map(|claim| &claim.claim).collect();
        let are_apart = names.len() == input.claims.len();
        Rule::require(are_apart, "Each claim can be named once, with all of its values.")?;
        let is_bound = |claim: &BoundClaimInput| claim.values.iter().all(|value| value != "*");
        Rule::require(
            input.claims.iter().any(is_bound),
            "At least one claim needs values other than `*`: otherwise everybody who has a token of the issuer could log in.",
        )?;
        let claim =
            |claim: &BoundClaimInput| BoundClaim { claim: claim.claim.clone(), values: claim.values.clone() };
        let (audiences, claims) = (input.audiences.clone(), input.claims.iter().map(claim).collect());
        Ok(Self { issuer, keys, audiences, claims })
    }

    /// Checks the claims of a token.
    pub fn check(&self, claims: &Claims, now: Time) -> Checks {
        let issuer = claims.get("iss").and_then(Value::as_str);
        let audiences = texts(claims.get("aud"));
        let is_for_us = audiences.iter().any(|one| self.audiences.contains(one));
        let mut checks = vec![
            ("Issuer".to_owned(), require(issuer == Some(&self.issuer), Mismatch::Issuer)),
            ("Time".to_owned(), check_time(claims, now)),
            ("Audience".to_owned(), require(is_for_us, Mismatch::Audience)),
        ];
        checks
            .extend(self.claims.iter().map(|bound| (format!("Claim {}", bound.claim), bound.check(claims))));
        Checks(checks)
    }
}

impl Checks {
    /// # Errors
    /// The first mismatch.
    pub fn result(self) -> Result<(), Mismatch> {
        self.0.into_iter().try_for_each(|(_, check)| check)
    }

    /// All of them, for people.
    pub fn describe(self, identity: &OutsideIdentity) -> impl Iterator<Item = TrustCheck> {
        self.0.into_iter().map(|(name, check)| describe(name, check, identity))
    }
}

/// A check in words for people. It names the expected values and repeats nothing of the token.
pub fn describe(name: String, check: Result<(), Mismatch>, identity: &OutsideIdentity) -> TrustCheck {
    let expected = |values: &[String]| format!("Expected {}.", values.join(" or "));
    let problem = check.err().map(|mismatch| match mismatch {
        Mismatch::Signature(reason) => format!("The signature can't be verified: {reason}."),
        Mismatch::Issuer => expected(std::slice::from_ref(&identity.issuer)),
        Mismatch::Audience => expected(&identity.audiences),
        Mismatch::Expiry(EXPIRED) => "The token has expired.".to_owned(),
        Mismatch::Expiry(_) => "The token has no time of expiry.".to_owned(),
        Mismatch::NotYet => "The token is not valid yet.".to_owned(),
        Mismatch::Missing(_) => "The token has no such claim.".to_owned(),
        Mismatch::Claim(claim) => {
            let bound = identity.claims.iter().find(|bound| bound.claim == claim);
            expected(bound.map_or(&[], |bound| &bound.values))
        }
    });
    TrustCheck { name, passed: problem.is_none(), problem }
}

fn require(holds: bool, mismatch: Mismatch) -> Result<(), Mismatch> {
    if holds { Ok(()) } else { Err(mismatch) }
}

impl BoundClaim {
    fn check(&self, claims: &Claims) -> Result<(), Mismatch> {
        let found = match self.claim.strip_prefix('/') {
            None => claims.get(&self.claim),
            Some(path) => find(claims, path),
        };
        let found = texts(found);
        if found.is_empty() {
            return Err(Mismatch::Missing(self.claim.clone()));
        }
        let fits = |value: &String, found: &String| match value.strip_suffix('*') {
            Some(start) => found.starts_with(start),
            None => found == value,
        };
        let is_bound = found.iter().any(|found| self.values.iter().any(|value| fits(value, found)));
        require(is_bound, Mismatch::Claim(self.claim.clone()))
    }
}

impl fmt::Display for BoundClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.claim, self.values.join(" or "))
    }
}

/// The value at a JSON pointer, without its first slash.
fn find<'a>(claims: &'a Claims, path: &str) -> Option<&'a Value> {
    let mut steps = path.split('/').map(|step| step.replace("~1", "/").replace("~0", "~"));
    let first = claims.get(&steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step))
}

/// A claim's texts, whether it is a list or a single one. Numbers and booleans are spelled as JSON.
fn texts(claim: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_so) => Some(is_so.to_string()),
        _ => None,
    };
    match claim {
        Some(Value::Array(several)) => several.iter().filter_map(text).collect(),
        one => one.and_then(text).into_iter().collect(),
    }
}

fn check_time(claims: &Claims, now: Time) -> Result<(), Mismatch> {
    #[expect(clippy::cast_possible_truncation, reason = "a year too far away for seconds is no date")]
    let time = |name: &str| {
        let seconds = claims.get(name)?;
        let seconds = seconds.as_i64().or_else(|| seconds.as_f64().map(|seconds| seconds as i64))?;
        Time::from_timestamp(seconds, 0)
    };
    match time("exp") {
        None => Err(Mismatch::Expiry("token has no expiry")),
        Some(expiry) if expiry <= now - CLOCK_SKEW => Err(Mismatch::Expiry(EXPIRED)),
        Some(_) if claims.contains_key("nbf") && time("nbf").is_none_or(|from| from > now + CLOCK_SKEW) => {
            Err(Mismatch::NotYet)
        }
        Some(_) => Ok(()),
    }
}

/// The subject of a token, for the log: without control characters, and not too long.
pub fn subject(claims: &Claims) -> String {
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or("(none)");
    subject.chars().filter(|character| !character.is_control()).take(SUBJECT_CHARS).collect()
}

/// Parses the lifetime of a trust's logins.
pub fn parse_lifetime(seconds: Option<i32>) -> Result<TimeDelta, Rule> {
    let [shortest, usual, longest] = limit::LOGIN_SECONDS;
    let seconds = seconds.unwrap_or(usual);
    if (shortest..=longest).contains(&seconds) {
        Ok(TimeDelta::seconds(seconds.into()))
    } else {
        Err(Rule::new(format!("A login can last {shortest} to {longest} seconds.")))
    }
}

/// Parses a URL without a user name, a query or a fragment. Whether its host may be reached, `egress` decides.
fn parse_url(text: &str, what: &str) -> Result<Url, Rule> {
    let rule = || {
        let most = limit::URL_BYTES;
        Rule::new(format!(
            "{what} must be a URL such as https://example.com, of at most {most} bytes, without a user name, a query or a \
             fragment."
        ))
    };
    let url = Url::parse(text.trim()).map_err(|_| rule())?;
    // The parser drops line breaks and tabs.
    let is_plain = !text.trim().chars().any(|character| character.is_control() || character.is_whitespace())
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let is_http = matches!(url.scheme(), "https" | "http") && url.has_host();
    if text.len() <= limit::URL_BYTES && is_plain && is_http { Ok(url) } else { Err(rule()) }
}

/// Parses pasted keys. Only public ones: a private key must not be pasted anywhere.
fn parse_keys(text: &str) -> Result<String, Rule> {
    let text = text.trim();
    Rule::require(text.len() <= limit::TRUST_KEYS_BYTES, "Keys can have at most 64 KiB.")?;
    let keys = serde_json::from_str::<Value>(text).ok();
    let keys = keys.as_ref().and_then(|set| set.get("keys")).and_then(Value::as_array);
    let keys = keys.filter(|keys| (1..=limit::ISSUER_KEYS).contains(&keys.len()));
    let keys = keys.filter(|keys| keys.iter().all(Value::is_object)).ok_or_else(|| {
        Rule::new(
            "Keys must be a JSON Web Key Set of 1 to 100 keys, such as {\"keys\": [{\"kty\": \"RSA\", …}]}.",
        )
    })?;
    let is_secret = |key: &Value| key.get("d").is_some() || key.get("k").is_some();
    Rule::require(
        !keys.iter().any(is_secret),
        "Give the issuer's public keys: these contain a private one.",
    )?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn input() -> SetTrustInput {
        SetTrustInput {
            trust_id: None,
            name: "deploy".to_owned(),
            role: None,
            secrets: None,
            issuer: "https://issuer.example".to_owned(),
            keys_url: None,
            keys: None,
            audiences: vec!["us".to_owned()],
            claims: vec![BoundClaimInput {
                claim: "repository".to_owned(),
                values: vec!["acme/app".to_owned(), "acme/lib-*".to_owned()],
            }],
            lifetime: None,
            expected_updated: None,
        }
    }

    #[test]
    fn inputs_follow_the_rules() {
        assert_eq!(
            OutsideIdentity::parse(&input()).map(|identity| identity.keys),
            Ok(IssuerKeys::Discovered)
        );
        let claim = |claim: &str, values: &[&str]| BoundClaimInput {
            claim: claim.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let private = r#"{"keys": [{"kty": "EC", "d": "x"}]}"#;
        for (broken, input) in [
            ("An issuer must be a URL", SetTrustInput { issuer: "github".to_owned(), ..input() }),
            ("An issuer must be a URL", SetTrustInput { issuer: "https://a:b@c".to_owned(), ..input() }),
            (
                "An issuer must be a URL",
                SetTrustInput { issuer: "https://a\n.example".to_owned(), ..input() },
            ),
            ("The address of keys", SetTrustInput { keys_url: Some("file:///x".to_owned()), ..input() }),
            ("JSON Web Key Set", SetTrustInput { keys: Some("{}".to_owned()), ..input() }),
            ("private one", SetTrustInput { keys: Some(private.to_owned()), ..input() }),
            ("1 to 20 audiences", SetTrustInput { audiences: Vec::new(), ..input() }),
            ("1 to 20 claims", SetTrustInput { claims: Vec::new(), ..input() }),
            ("1 to 20 claims", SetTrustInput { claims: vec![claim("sub", &[])], ..input() }),
            (
                "named once",
                SetTrustInput { claims: vec![claim("sub", &["a"]), claim("sub", &["b"])], ..input() },
            ),
            ("other than `*`", SetTrustInput { claims: vec![claim("sub", &["*"])], ..input() }),
            ("other than `*`", SetTrustInput { claims: vec![claim("sub", &["x", "*"])], ..input() }),
        ] {
            let rule = OutsideIdentity::parse(&input).expect_err(broken).to_string();
            assert!(rule.contains(broken), "{broken}: {rule}");
        }
    }

    #[test]
    fn tokens_fit_in_issuer_audience_time_and_claims() {
        let identity = OutsideIdentity::parse(&input()).expect("valid");
        let now = Time::from_timestamp(1000, 0).expect("a time");
        let good = json!({"iss": "https://issuer.example", "aud": ["x", "us"], "exp": 1060, "repository": "acme/app"});
        let audience = "error validating token: invalid audience (aud) claim: audience claim does not match any expected audience";
        let expiry = "error validating token: invalid expiration time (exp) claim:";
        let claims = "error validating claims: claim \"repository\"";
        for (name, value, expected) in [
            ("aud", json!("us"), String::new()),
            ("exp", json!(941), String::new()),
            ("exp", json!(1060.5), String::new()),
            ("nbf", json!(1060), String::new()),
            ("repository", json!("acme/lib-x"), String::new()),
            ("repository", json!(["x", "acme/app"]), String::new()),
            (
                "iss",
                json!("https://issuer.example/"),
                "error validating token: invalid issuer (iss) claim: it is not the trusted issuer".to_owned(),
            ),
            ("aud", json!("them"), audience.to_owned()),
            ("aud", json!(null), audience.to_owned()),
            ("exp", json!(940), format!("{expiry} token is expired")),
            ("exp", json!("soon"), format!("{expiry} token has no expiry")),
            (
                "nbf",
                json!(1061),
                "error validating token: invalid not before (nbf) claim: token not yet valid".to_owned(),
            ),
            (
                "repository",
                json!("acme/app2"),
                format!("{claims} does not match any associated bound claim values"),
            ),
            (
                "repository",
                json!("ACME/app"),
                format!("{claims} does not match any associated bound claim values"),
            ),
            ("repository", json!({}), format!("{claims} is missing")),
        ] {
            let mut token = good.as_object().expect("an object").clone();
            token.insert(name.to_owned(), value.clone());
            let found = identity.check(&token, now).result();
            assert_eq!(
                found.err().map(|mismatch| mismatch.to_string()).unwrap_or_default(),
                expected,
                "{name} {value}"
            );
        }
    }

    #[test]
    fn claims_are_found_by_name_or_pointer() {
        let claims = json!({"a/b": "x", "kubernetes.io": {"namespace": "web", "pod": {"n": 7}}, "yes": true});
        let claims = claims.as_object().expect("an object");
        for (claim, value, fits) in [
            ("a/b", "x", true),
            ("/a~1b", "x", true),
            ("/kubernetes.io/namespace", "web", true),
            ("/kubernetes.io/pod/n", "7", true),
            ("yes", "true", true),
            ("kubernetes.io/namespace", "web", false),
            ("/kubernetes.io", "web", false),
            ("/", "web", false),
        ] {
            let bound = BoundClaim { claim: claim.to_owned(), values: vec![value.to_owned()] };
            assert_eq!(bound.check(claims).is_ok(), fits, "{claim}");
        }
    }
}
