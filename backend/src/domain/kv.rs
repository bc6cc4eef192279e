//! Vault's view of secrets: values as maps, names as paths in folders, and the mounts under which they appear.
//!
//! Vault stores a map of fields, we store any JSON. An object is its own map, and any other value is a map with the one field
//! `value`. A map that was written reads back as it was.

use std::collections::HashSet;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value};
use strongroom_shared::Json;

use super::filter::{Filter, Scalar, SecretColumn, Test};

/// The field of a value that is not an object.
const VALUE: &str = "value";

/// A value as a map, for a response: without a copy.
pub struct MapOf<'a>(pub &'a Json);

impl Serialize for MapOf<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.value().is_object() {
            return self.0.serialize(to);
        }
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry(VALUE, self.0)?;
        map.end()
    }
}

/// A value as a map.
pub fn map_of(value: &Json) -> Map<String, Value> {
    match value.value() {
        Value::Object(fields) => fields.clone(),
        other => Map::from_iter([(VALUE.to_owned(), other.clone())]),
    }
}

/// The value that a map stands for: that of its only field `value`, unless that is an object, or the map itself.
pub fn value_of(map: &Map<String, Value>) -> Json {
    Json::new(match map.get(VALUE) {
        Some(value) if map.len() == 1 && !value.is_object() => value.clone(),
        _ => Value::Object(map.clone()),
    })
}

/// The value after a JSON merge patch (RFC 7396) of its map.
pub fn merged(value: &Json, patch: &Map<String, Value>) -> Json {
    let mut map = map_of(value);
    merge(&mut map, patch);
    let merged = value_of(&map);
    // Overwrites the copies.
    drop(Json::new(Value::Object(map)));
    merged
}

fn merge(map: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, change) in patch {
        match change {
            Value::Null => {
                drop(map.shift_remove(name).map(Json::new));
            }
            Value::Object(inner) => {
                let field = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
                if !field.is_object() {
                    drop(Json::new(std::mem::replace(field, Value::Object(Map::new()))));
                }
                if let Value::Object(field) = field {
                    merge(field, inner);
                }
            }
            other => {
                drop(map.insert(name.clone(), other.clone()).map(Json::new));
            }
        }
    }
}

/// The names of a value's fields, with null in place of everything else. `depth` is the number of levels; 0 for all.
pub fn subkeys(value: &Json, depth: usize) -> Value {
    match value.value() {
        Value::Object(fields) => Value::Object(names(fields, depth)),
        _ => Value::Object(Map::from_iter([(VALUE.to_owned(), Value::Null)])),
    }
}

fn names(fields: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    let name = |(name, field): (&String, &Value)| match field {
        Value::Object(inner) if !inner.is_empty() && depth != 1 => {
            (name.clone(), Value::Object(names(inner, depth.saturating_sub(1))))
        }
        _ => (name.clone(), Value::Null),
    };
    fields.iter().map(name).collect()
}

/// Part of a folder's list, as OpenBao has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderPart {
    /// Continue with the names sorted after it.
    pub after: String,
    /// The most keys; `None` for all.
    pub limit: Option<u64>,
}

/// Collects the keys of a folder, sorted by bytes, from its sorted names: the rest of each name behind the prefix, up to and
/// with the next slash. [`Self::filter`] has the names that may add a key: it skips a subfolder once that has its key.
#[derive(Debug)]
pub struct FolderScan<'a> {
    prefix: String,
    after: &'a str,
    /// Where the names go on.
    from: Test,
    pub keys: Vec<String>,
}

impl<'a> FolderScan<'a> {
    pub fn new(folder: &str, after: &'a str) -> Self {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = match after.find('/') {
            Some(slash) => behind(&format!("{prefix}{}", &after[..slash])),
            None => Test::Greater(Scalar::Text(format!("{prefix}{after}"))),
        };
        Self { prefix, after, from, keys: Vec::new() }
    }

    pub fn filter(&self) -> Filter<SecretColumn> {
        let mut tests = vec![self.from.clone()];
        if let Some(folder) = self.prefix.strip_suffix('/') {
            tests.push(Test::Less(Scalar::Text(next_of(folder))));
        }
        Filter::All(tests.into_iter().map(|test| Filter::Column(SecretColumn::Name, test)).collect())
    }

    /// Adds the keys of the next names. Those without `counts` have none, but are behind us.
    pub fn add<'n>(&mut self, names: impl IntoIterator<Item = &'n str>, counts: impl Fn(&str) -> bool) {
        for name in names {
            self.from = Test::Greater(Scalar::Text(name.to_owned()));
            let rest = name.strip_prefix(&self.prefix).filter(|_| is_path(name) && counts(name));
            let Some(rest) = rest else { continue };
            let key = rest.find('/').map_or(rest, |end| &rest[..=end]);
            if let Some(folder) = key.strip_suffix('/') {
                self.from = behind(&format!("{}{folder}", self.prefix));
            }
            if key > self.after && self.keys.last().is_none_or(|last| last != key) {
                self.keys.push(key.to_owned());
            }
        }
    }
}

/// From the first text that is sorted behind everything in a folder.
fn behind(folder: &str) -> Test {
    Test::GreaterOrEqual(Scalar::Text(next_of(folder)))
}

fn next_of(folder: &str) -> String {
    /// What follows the slash.
    const BEHIND_SLASH: char = '0';
    format!("{folder}{BEHIND_SLASH}")
}

/// Whether a path leads to a name: a client could not ask for an empty segment, nor for `.` or `..`.
fn is_path(name: &str) -> bool {
    name.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KvEngine {
    /// KV version 1.
    Plain,
    /// KV version 2.
    Versioned,
}

/// The mounts of Vault's API, each with its engine. All show the same secrets. Without any, the API is disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvMounts(Vec<(String, KvEngine)>);

impl Default for KvMounts {
    fn default() -> Self {
        Self(vec![("secret".to_owned(), KvEngine::Versioned), ("kv".to_owned(), KvEngine::Plain)])
    }
}

impl KvMounts {
    /// Parses mounts such as `secret=2,kv=1`; an empty text has none.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut mounts: Vec<(String, KvEngine)> = Vec::new();
        for mount in text.split(',').map(str::trim).filter(|_| !text.trim().is_empty()) {
            let (path, version) = mount.split_once('=').ok_or("must be mounts such as secret=2,kv=1")?;
            let engine = match version.trim() {
                "1" => KvEngine::Plain,
                "2" => KvEngine::Versioned,
                _ => return Err("the version of a mount must be 1 or 2"),
            };
            let path = path.trim().trim_matches('/');
            let mut segments = path.split('/');
            if !segments.clone().all(is_plain) {
                return Err("a mount must be a path of letters, digits, `_`, `.` and `-`");
            }
            if segments.next().is_some_and(|first| RESERVED.contains(&first)) {
                return Err("a mount must not begin with sys, auth, cubbyhole or identity");
            }
            mounts.push((path.to_owned(), engine));
        }
        let is_within = |one: &str, other: &str| format!("{one}/").starts_with(&format!("{other}/"));
        let mut paths = HashSet::new();
        for (path, _) in &mounts {
            let others = mounts.iter().filter(|(other, _)| other != path);
            if !paths.insert(path) || others.clone().any(|(other, _)| is_within(path, other)) {
                return Err("no mount may be given twice or be within another");
            }
        }
        Ok(Self(mounts))
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first mount of version 2.
    pub fn first_versioned(&self) -> Option<&str> {
        self.iter().find(|(_, engine)| *engine == KvEngine::Versioned).map(|(path, _)| path)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, KvEngine)> {
        self.0.iter().map(|(path, engine)| (path.as_str(), *engine))
    }

    /// The mount at the beginning of a path, and the segments behind it.
    pub fn find<'a>(&self, segments: &'a [String]) -> Option<(&str, KvEngine, &'a [String])> {
        self.iter().find_map(|(path, engine)| {
            let length = path.split('/').count();
            let is_it = segments.len() >= length && path.split('/').eq(&segments[..length]);
            is_it.then(|| (path, engine, &segments[length..]))
        })
    }
}

const RESERVED: [&str; 4] = ["sys", "auth", "cubbyhole", "identity"];

fn is_plain(segment: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !matches!(segment, "" | "." | "..") && segment.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).expect("JSON")
    }

    fn fields(text: &str) -> Map<String, Value> {
        map_of(&json(text))
    }

    fn shown(value: &Json) -> String {
        serde_json::to_string(&MapOf(value)).expect("JSON")
    }

    #[test]
    fn object_is_its_own_map_and_other_values_are_a_field() {
        for (stored, map) in [
            (r#""s3cret""#, r#"{"value":"s3cret"}"#),
            ("1.10", r#"{"value":1.10}"#),
            ("null", r#"{"value":null}"#),
            ("[1]", r#"{"value":[1]}"#),
            (r#"{"b":1,"a":12345678901234567890123}"#, r#"{"b":1,"a":12345678901234567890123}"#),
            ("{}", "{}"),
            (r#"{"value":{"a":1}}"#, r#"{"value":{"a":1}}"#),
        ] {
            let stored = json(stored);
            assert_eq!(shown(&stored), map);
            assert!(value_of(&map_of(&stored)) == stored, "{map}");
        }
        assert!(
            value_of(&fields(r#"{"value":"x"}"#)) == json(r#""x""#),
            "stored as JSON, it becomes a string"
        );
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(|number| Value::Number(number.into())),
            ".{0,8}".prop_map(Value::String),
        ];
        let key = prop_oneof![Just("value".to_owned()), "[a-c]".prop_map(String::from)];
        leaf.prop_recursive(3, 16, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
                prop::collection::hash_map(key.clone(), inner, 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn map_that_was_written_reads_back_unchanged(value in any_value()) {
            let map = map_of(&Json::new(value));
            prop_assert_eq!(map_of(&value_of(&map)), map);
        }
    }

    #[test]
    fn merge_patch_follows_the_rfc() {
        for (value, patch, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b","b":"c","d":1}"#, r#"{"a":null}"#, r#"{"b":"c","d":1}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[1]}"#, r#"{"a":{"b":{"c":null}}}"#, r#"{"a":{"b":{}}}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            (r#""x""#, r#"{"a":1}"#, r#"{"value":"x","a":1}"#),
            (r#"{"a":1,"value":2}"#, r#"{"a":null}"#, "2"),
            (r#"{"n":1.10}"#, "{}", r#"{"n":1.10}"#),
        ] {
            let merged = merged(&json(value), &fields(patch));
            assert_eq!(serde_json::to_string(&merged).expect("JSON"), expected, "{value} {patch}");
        }
    }

    #[test]
    fn subkeys_have_no_values() {
        let value = json(r#"{"a":"x","o":{"b":[{"c":1}],"e":{},"i":{"j":1}}}"#);
        for (depth, expected) in [
            (0, r#"{"a":null,"o":{"b":null,"e":null,"i":{"j":null}}}"#),
            (1, r#"{"a":null,"o":null}"#),
            (2, r#"{"a":null,"o":{"b":null,"e":null,"i":null}}"#),
        ] {
            assert_eq!(subkeys(&value, depth).to_string(), expected, "{depth}");
        }
        assert_eq!(subkeys(&json("1"), 0).to_string(), r#"{"value":null}"#);
    }

    /// Reads two names at a time, as a database would. Returns the keys and the number of names read.
    fn scan(folder: &str, after: &str) -> (Vec<String>, usize) {
        let mut names = [
            "/c", "A", "a/../b", "a//b", "app", "app-1", "app/db", "app/x/y", "app/x/z", "app0", "apple",
            "d/",
        ];
        names.sort_unstable();
        let mut scan = FolderScan::new(folder, after);
        let mut read = 0;
        loop {
            let Filter::All(tests) = scan.filter() else { unreachable!("it is of all") };
            let fits = |name: &&str| {
                tests.iter().all(|test| match test {
                    Filter::Column(_, Test::Greater(Scalar::Text(text))) => **name > **text,
                    Filter::Column(_, Test::GreaterOrEqual(Scalar::Text(text))) => **name >= **text,
                    Filter::Column(_, Test::Less(Scalar::Text(text))) => **name < **text,
                    other => unreachable!("{other:?}"),
                })
            };
            let part: Vec<_> = names.into_iter().filter(fits).take(2).collect();
            read += part.len();
            if part.is_empty() {
                return (scan.keys, read);
            }
            scan.add(part, |name| name != "app-1");
        }
    }

    #[test]
    fn folder_has_the_names_and_folders_directly_in_it() {
        for (folder, after, keys) in [
            ("", "", &["A", "app", "app/", "app0", "apple"][..]),
            ("app", "", &["db", "x/"]),
            ("app", "db", &["x/"]),
            ("app", "x/", &[]),
            ("app/db", "", &[]),
            ("", "app", &["app/", "app0", "apple"]),
            ("", "app/", &["app0", "apple"]),
            ("", "app/x", &["app0", "apple"]),
        ] {
            assert_eq!(scan(folder, after).0, keys, "{folder} behind {after}");
        }
        assert!(scan("", "").1 < 12, "it skips a folder once it has its key");
    }

    #[test]
    fn mounts_are_parsed_and_found() {
        assert_eq!(KvMounts::parse("secret=2,kv=1"), Ok(KvMounts::default()));
        assert!(KvMounts::parse(" ").expect("none").is_empty());
        for wrong in [
            "secret", "secret=3", "=2", "a b=2", "a/../b=2", "sys=2", "auth/x=1", "a=1,a=2", "a=1,a/b=2",
            "a=1,",
        ] {
            assert!(KvMounts::parse(wrong).is_err(), "{wrong}");
        }
        let mounts = KvMounts::parse("secret=2, team/kv/=1").expect("right");
        let find = |path: &str| {
            let segments: Vec<_> = path.split('/').map(str::to_owned).collect();
            mounts.find(&segments).map(|(mount, _, rest)| (mount.to_owned(), rest.join("/")))
        };
        let found = |mount: &str, rest: &str| Some((mount.to_owned(), rest.to_owned()));
        assert_eq!(find("secret/data/x"), found("secret", "data/x"));
        assert_eq!(find("team/kv/x"), found("team/kv", "x"));
        assert_eq!((find("team"), find("secrets/data")), (None, None));
    }
}
