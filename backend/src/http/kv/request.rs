//! A request as the operations see it, and the fields of its body.

use std::sync::LazyLock;

use axum::http::{HeaderMap, StatusCode, header};
use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Map, Value};
use strongroom_shared::Json;
use strongroom_shared::json::{NodeLimit, read_json};

use super::failure::{self, Failure};
use super::reply::{Envelope, KV, Reply};
use super::route::{Operation, Query, Route, invalid_path};
use crate::domain::Actor;
use crate::domain::kv::FolderPart;
use crate::graphql::Bounds;
use crate::http::App;
use crate::service::Service;

const MERGE_PATCH: &str = "application/merge-patch+json";

/// A request that needs no key.
pub struct Public<'a> {
    pub app: &'a App,
    pub operation: Operation,
    pub query: &'a Query,
    pub fields: Result<Fields, Failure>,
    pub namespace: Option<&'a str>,
    pub address: &'a str,
    pub request_id: &'a str,
}

/// An authenticated request.
pub struct Call<'a> {
    pub app: &'a App,
    pub actor: &'a Actor,
    pub operation: Operation,
    pub route: &'a Route,
    pub query: &'a Query,
    pub fields: Fields,
    pub request_id: &'a str,
}

impl Call<'_> {
    pub fn service(&self) -> &Service {
        &self.app.service
    }

    pub fn data(&self, data: &impl Serialize) -> Reply {
        self.enveloped(StatusCode::OK, data)
    }

    /// A 404 with data: about a deleted secret.
    pub fn deleted(&self, data: &impl Serialize) -> Reply {
        self.enveloped(StatusCode::NOT_FOUND, data)
    }

    fn enveloped(&self, status: StatusCode, data: &impl Serialize) -> Reply {
        Reply::new(status, &Envelope::new(self.request_id, KV, data))
    }

    /// The answer to a path that the engine does not have.
    pub fn invalid_path(&self) -> Reply {
        let warning = invalid_path(self.operation);
        let mut envelope = Envelope::new(self.request_id, KV, ());
        envelope.warnings = Some([&warning]);
        Reply::new(StatusCode::NOT_FOUND, &envelope)
    }

    /// The secret's name: the path behind the mount.
    pub fn name(&self, segments: &[String]) -> Result<String, Failure> {
        match self.operation {
            Operation::Read | Operation::List if self.route.ends_in_slash => Err(failure::missing()),
            _ if self.route.ends_in_slash => Err(failure::wrong("cannot write to a path ending in '/'")),
            _ => Ok(segments.join("/")),
        }
    }

    /// The keys of a folder.
    pub async fn list(&self, folder: &[String], with_tombstones: bool) -> Result<Reply, Failure> {
        let limit = self.query.number("limit")?.filter(|limit| *limit > 0);
        let part = FolderPart {
            after: self.query.get("after").unwrap_or_default().to_owned(),
            limit: limit.and_then(|limit| u64::try_from(limit).ok()),
        };
        let folder = folder.join("/");
        let keys = self.service().list_kv_folder(self.actor, &folder, with_tombstones, &part).await?;
        if keys.is_empty() {
            return Err(failure::missing());
        }
        Ok(self.data(&serde_json::json!({ "keys": keys })))
    }
}

/// The fields of a body, an object. An empty body has none.
#[derive(Debug)]
pub struct Fields(Json);

impl Default for Fields {
    fn default() -> Self {
        Self(Json::new(Value::Object(Map::new())))
    }
}

impl Fields {
    pub fn parse(
        body: &[u8],
        headers: &HeaderMap,
        is_patch: bool,
        bounds: &'static Bounds,
    ) -> Result<Self, Failure> {
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default();
        let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if is_patch && kind != MERGE_PATCH {
            let text = format!("PATCH requires Content-Type of {MERGE_PATCH}, provided {media_type}");
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, [text]));
        }
        let text = body.trim_ascii();
        let Some(first) = text.first() else { return Ok(Self::default()) };
        if kind == "application/x-www-form-urlencoded" && !matches!(first, b'{' | b'[') {
            return Err(failure::wrong("a JSON object is wanted"));
        }
        let mut limit = NodeLimit::new(bounds.nodes);
        match read_json(text, &mut limit) {
            Some(json) if json.value().is_object() => Ok(Self(json)),
            None if limit.is_exceeded() => {
                let most = bounds.nodes;
                Err(failure::wrong(format!("a request can have at most {most} JSON values and keys")))
            }
            // Never in the parser's own words, which may quote the body.
            Some(_) | None => Err(failure::wrong("failed to decode JSON input")),
        }
    }

    pub fn all(&self) -> Result<&Map<String, Value>, Failure> {
        self.0.value().as_object().ok_or_else(Failure::internal)
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.value().get(name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// The map to write, `data`, where null is an empty one. Not a copy, which nothing would overwrite.
    pub fn data(&self) -> Result<&Map<String, Value>, Failure> {
        static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        match self.get("data") {
            Some(Value::Object(fields)) => Ok(fields),
            Some(Value::Null) => Ok(&EMPTY),
            None => Err(failure::wrong("no data provided")),
            Some(_) => Err(failure::wrong("error converting input for field \"data\": an object is wanted")),
        }
    }

    /// The version that a write expects, `options.cas`; 0 for none.
    pub fn expected_version(&self) -> Result<Option<i64>, Failure> {
        let options = match self.get("options") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(options)) => options,
            Some(_) => {
                return Err(failure::wrong(
                    "error converting input for field \"options\": an object is wanted",
                ));
            }
        };
        let Some(given) = options.get("cas") else { return Ok(None) };
        let version = if given.is_null() { Some(0) } else { whole_number(given) };
        let version = version.ok_or_else(|| failure::wrong("error parsing check-and-set parameter"))?;
        Ok(Some(version))
    }

    /// A duration: seconds as a number or a text, or a text such as `1h30m`. `None` if it is absent, empty or 0.
    pub fn duration(&self, name: &'static str) -> Result<Option<TimeDelta>, Failure> {
        let seconds = match self.get(name) {
            None | Some(Value::Null) => Some(0),
            Some(Value::String(text)) if text.is_empty() => Some(0),
            Some(value) => whole_number(value).or_else(|| {
                let duration = humantime::parse_duration(value.as_str()?).ok()?;
                i64::try_from(duration.as_secs()).ok()
            }),
        };
        let seconds = seconds.filter(|seconds| *seconds >= 0).and_then(TimeDelta::try_seconds);
        let wrong = || {
            failure::wrong(format!(
                "error converting input for field \"{name}\": it must be a duration, such as 1h30m"
            ))
        };
        Ok(Some(seconds.ok_or_else(wrong)?).filter(|seconds| *seconds > TimeDelta::zero()))
    }

    /// A list of versions: of numbers or their texts, a single one, or texts between commas.
    pub fn versions(&self) -> Result<Vec<i64>, Failure> {
        let none = || failure::wrong("No version number provided");
        let wrong = || {
            let what = "error converting input for field \"versions\": whole numbers are wanted";
            failure::wrong(format!("Field validation failed: {what}"))
        };
        let versions = match self.get("versions") {
            None | Some(Value::Null) => return Err(none()),
            Some(Value::Array(items)) => items.iter().map(whole_number).collect(),
            Some(Value::String(text)) => {
                let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
                texts.map(|text| text.parse().ok()).collect()
            }
            Some(one) => whole_number(one).map(|one| vec![one]),
        };
        let versions: Vec<i64> = versions.ok_or_else(wrong)?;
        if versions.is_empty() { Err(none()) } else { Ok(versions) }
    }
}

/// A number, or a text that is one.
fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::graphql::AUTHENTICATED;

    const FORM: &str = "application/x-www-form-urlencoded";

    fn fields(body: &str) -> Result<Fields, String> {
        parse(body, "application/json", false)
    }

    fn parse(body: &str, media_type: &'static str, is_patch: bool) -> Result<Fields, String> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))]);
        Fields::parse(body.as_bytes(), &headers, is_patch, &AUTHENTICATED).map_err(text)
    }

    fn text(failure: Failure) -> String {
        match failure {
            Failure::Refused(_, texts) => texts.join("; "),
            Failure::Service(error) | Failure::Login(error) => error.to_string(),
            Failure::Workload(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn body_is_an_object_under_any_media_type() {
        for body in ["", "  ", "{}", r#"{"a":1,"a":2}"#] {
            assert!(fields(body).is_ok(), "{body}");
        }
        for body in ["{bad", "[1]", "null", "1e400", r#"{"a":hunter2}"#] {
            assert_eq!(fields(body).err().as_deref(), Some("failed to decode JSON input"), "{body}");
        }
        assert!(parse(r#" {"a":1}"#, FORM, false).is_ok());
        assert_eq!(parse("a=1", FORM, false).err().as_deref(), Some("a JSON object is wanted"));
        assert!(parse("{}", "application/merge-patch+json; charset=utf-8", true).is_ok());
        let other = "PATCH requires Content-Type of application/merge-patch+json, provided text/plain";
        assert_eq!(parse("{}", "text/plain", true).err().as_deref(), Some(other));
    }

    #[test]
    fn expected_version_is_a_whole_number() {
        for (cas, expected) in [
            ("0", Some(0)),
            ("null", Some(0)),
            ("7", Some(7)),
            ("\"7\"", Some(7)),
            ("-1", Some(-1)),
            ("1.5", None),
            ("\"x\"", None),
            ("[1]", None),
            ("99999999999999999999", None),
        ] {
            let found =
                fields(&format!(r#"{{"options":{{"cas":{cas}}}}}"#)).expect("JSON").expected_version();
            let expected = expected.map(Some).ok_or("error parsing check-and-set parameter".to_owned());
            assert_eq!(found.map_err(text), expected, "{cas}");
        }
        for options in ["{}", r#"{"options":null}"#, r#"{"options":{}}"#] {
            assert_eq!(fields(options).expect("JSON").expected_version().map_err(text), Ok(None));
        }
    }

    #[test]
    fn versions_are_numbers_in_several_forms() {
        for (versions, expected) in [
            ("[1,2]", Ok(vec![1, 2])),
            (r#"["1","2"]"#, Ok(vec![1, 2])),
            ("4", Ok(vec![4])),
            (r#""1, 2""#, Ok(vec![1, 2])),
            ("[]", Err("No version number provided")),
            ("\"\"", Err("No version number provided")),
            ("null", Err("No version number provided")),
        ] {
            let found = fields(&format!(r#"{{"versions":{versions}}}"#)).expect("JSON").versions();
            assert_eq!(found.map_err(text), expected.map_err(str::to_owned), "{versions}");
        }
        for versions in [r#"["x"]"#, r#""1,x""#, "{}", "[1.5]", "true"] {
            let found = fields(&format!(r#"{{"versions":{versions}}}"#)).expect("JSON").versions();
            assert!(text(found.expect_err("wrong")).starts_with("Field validation failed"), "{versions}");
        }
    }
}
