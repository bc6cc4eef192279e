//! Where a request goes: its path, its operation and its parameters.

use axum::http::StatusCode;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::failure::{self, Failure};
use crate::service::{KvEngine, KvMounts};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Read,
    List,
    /// `POST` and `PUT` alike.
    Write,
    Patch,
    Delete,
}

/// A path behind `/v1/`, decoded once. Several slashes are one.
#[derive(Debug)]
pub struct Route {
    segments: Vec<String>,
    pub ends_in_slash: bool,
}

pub enum Target<'a> {
    Sys(&'a [String]),
    Auth(&'a [String]),
    Mount { engine: KvEngine, rest: &'a [String] },
    Nothing,
}

impl Route {
    pub fn parse(raw: &str) -> Result<Self, Failure> {
        let unreadable = || failure::wrong("the path is not UTF-8, or has a control character");
        let path = percent_decode_str(raw).decode_utf8().map_err(|_| unreadable())?;
        if path.chars().any(char::is_control) {
            return Err(unreadable());
        }
        let segments = path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned);
        let segments: Vec<_> = segments.collect();
        if segments.iter().any(|segment| matches!(segment.as_str(), "." | "..")) {
            return Err(failure::wrong("relative paths not supported"));
        }
        Ok(Self { segments, ends_in_slash: path.ends_with('/') })
    }

    pub fn target(&self, mounts: &KvMounts) -> Target<'_> {
        match self.segments.split_first() {
            Some((first, rest)) if first == "sys" => Target::Sys(rest),
            Some((first, rest)) if first == "auth" => Target::Auth(rest),
            _ => match mounts.find(&self.segments) {
                Some((_, engine, rest)) => Target::Mount { engine, rest },
                None => Target::Nothing,
            },
        }
    }

    pub fn text(&self) -> String {
        self.segments.join("/")
    }

    pub fn segments(&self) -> &[String] {
        &self.segments
    }
}

/// The parameters behind the path.
#[derive(Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(text.unwrap_or_default().as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A number; `None` if it is absent or empty.
    pub fn number(&self, name: &'static str) -> Result<Option<i64>, Failure> {
        let text = self.get(name).filter(|text| !text.is_empty());
        let wrong = |_| {
            let what = format!("error converting input for field \"{name}\": a whole number is wanted");
            failure::wrong(format!("Field validation failed: {what}"))
        };
        text.map(str::parse).transpose().map_err(wrong)
    }

    /// Whether a `GET` lists: a boolean as Go reads it.
    pub fn lists(&self) -> Result<bool, Failure> {
        match self.get("list").unwrap_or_default() {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
            "" | "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
            _ => Err(Failure::new(StatusCode::BAD_REQUEST, [""; 0])),
        }
    }
}

/// The warning of a path that an engine of version 2 does not have.
pub fn invalid_path(operation: Operation) -> String {
    let command = match operation {
        Operation::Read => "get",
        Operation::List => "list",
        Operation::Write => "put",
        Operation::Patch => "patch",
        Operation::Delete => "delete",
    };
    format!(
        "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If \
         using the Vault CLI, use 'vault kv {command}' for this operation."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_cleaned() {
        for (raw, segments, ends_in_slash) in [
            ("secret/data/app/db", &["secret", "data", "app", "db"][..], false),
            ("secret/data//app%2Fdb/", &["secret", "data", "app", "db"], true),
            ("secret/data/%2525+y", &["secret", "data", "%25+y"], false),
            ("secret/data/%C3%BC%20", &["secret", "data", "ü "], false),
            ("", &[], false),
            ("/", &[], true),
        ] {
            let route = Route::parse(raw).expect("a path");
            assert_eq!((route.segments(), route.ends_in_slash), (&*owned(segments), ends_in_slash), "{raw}");
        }
        for (raw, error) in [
            ("secret/data/a/%2e%2e/b", "relative paths not supported"),
            ("secret/data/./b", "relative paths not supported"),
            ("secret/data/a%0Ab", "the path is not UTF-8, or has a control character"),
            ("secret/data/%FF", "the path is not UTF-8, or has a control character"),
        ] {
            match Route::parse(raw) {
                Err(Failure::Refused(status, texts)) => {
                    assert_eq!((status.as_u16(), &texts[..]), (400, &[error.into()][..]), "{raw}");
                }
                other => panic!("{raw}: {other:?}"),
            }
        }
    }

    fn owned(segments: &[&str]) -> Vec<String> {
        segments.iter().map(|segment| (*segment).to_owned()).collect()
    }

    #[test]
    fn parameters_are_decoded_as_forms_are() {
        let query = Query::parse(Some("version=&depth=2&depth=3&after=a+b%2Fc&list=T"));
        assert_eq!(query.number("version").expect("empty"), None);
        assert_eq!(query.number("depth").expect("the first"), Some(2));
        assert_eq!(query.get("after"), Some("a b/c"));
        assert!(query.lists().expect("a boolean"));
        assert!(query.number("after").is_err());
        assert!(Query::parse(Some("list=yes")).lists().is_err());
        assert!(!Query::parse(None).lists().expect("none"));
    }
}
