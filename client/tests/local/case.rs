//! Cases to compare: variables, files and names of secrets, and the result of each side.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use strongroom::Value;
use strongroom::local::{Configuration, Error, Surroundings};

use crate::original::Original;

#[derive(Clone, Debug, Default)]
pub struct Case {
    pub variables: Vec<(String, String)>,
    pub user: Option<String>,
    pub backend: Option<String>,
    pub names: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub secrets: Vec<(String, Found)>,
    pub settings: Json,
}

/// One secret in the context and from `get()`: a value tagged with its kind, or the exception.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub context: Json,
    pub get: Json,
}

impl Case {
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn secret(self, name: &str, value: &str) -> Self {
        self.variable(&format!("PREFECT__CONTEXT__SECRETS__{name}"), value).name(name)
    }

    pub fn user(mut self, text: &str) -> Self {
        self.user = Some(text.to_owned());
        self
    }

    pub fn name(mut self, name: &str) -> Self {
        self.names.push(name.to_owned());
        self
    }

    fn variables(&self, home: &Path) -> Vec<(String, String)> {
        let home = ("HOME".to_owned(), home.to_str().expect("it is Unicode").to_owned());
        self.variables.iter().cloned().chain([home]).collect()
    }

    fn write_files(&self, home: &Path) {
        let folder = home.join(".prefect");
        fs::create_dir_all(&folder).expect("a directory");
        for (name, text) in [("config.toml", &self.user), ("backend.toml", &self.backend)] {
            let path = folder.join(name);
            match text {
                Some(text) => fs::write(path, text).expect("a file"),
                None => drop(fs::remove_file(path)),
            }
        }
    }

    /// The result of the real Prefect.
    pub fn theirs(&self, home: &Path, original: &mut Original) -> Result<Loaded, String> {
        self.write_files(home);
        let answer = original.ask(&json!({"variables": self.variables(home), "names": self.names}));
        if let Some(error) = answer.get("error") {
            return Err(format!("{}: {}", error.as_str().expect("text"), answer["message"]));
        }
        let of = |outcome: &Json| outcome.get("value").cloned().unwrap_or_else(|| outcome["error"].clone());
        let found = |name: &String| {
            let answer = &answer["secrets"][name];
            (name.clone(), Found { context: of(&answer["context"]), get: of(&answer["get"]) })
        };
        let secrets = self.names.iter().map(found).collect();
        let settings = answer["settings"].as_object().expect("an object");
        let settings = settings.iter().map(|(name, outcome)| (name.clone(), of(outcome))).collect();
        Ok(Loaded { secrets, settings: Json::Object(settings) })
    }

    /// Our result.
    pub fn ours(&self, home: &Path) -> Result<Loaded, Error> {
        self.write_files(home);
        let configuration = Configuration::load(&Surroundings::new(self.variables(home)))?;
        let found = |name: &String| match configuration.secret(name) {
            Some(value) => Found { context: tagged(value), get: tagged(&value.clone().loads()) },
            None => Found { context: json!("KeyError"), get: json!("ValueError") },
        };
        let secrets = self.names.iter().map(|name| (name.clone(), found(name))).collect();
        let text = |text: Option<&str>| text.map_or(Json::Null, |text| json!(["text", text]));
        let names: Vec<_> = configuration.secrets().map(|(name, _)| json!(["text", name])).collect();
        let settings = json!({
            "names": ["list", names],
            "backend": text(configuration.backend()),
            "local": ["bool", configuration.uses_local_secrets()],
            "api": text(configuration.api()),
            "api_key": text(configuration.api_key().as_deref()),
            "tenant_id": text(configuration.tenant_id()),
        });
        Ok(Loaded { secrets, settings })
    }
}

/// A value as `original.py` writes it.
pub fn tagged(value: &Value) -> Json {
    let all = |items: &[Value]| items.iter().map(tagged).collect::<Vec<_>>();
    match value {
        Value::None => json!(["none"]),
        Value::Bool(value) => json!(["bool", value]),
        Value::Integer(value) => json!(["integer", format!("{value:#x}")]),
        Value::Float(value) => json!(["float", bits(*value)]),
        Value::Complex { re, im } => json!(["complex", bits(*re), bits(*im)]),
        Value::Text(text) => json!(["text", text.as_str()]),
        Value::Bytes(bytes) => json!(["bytes", hex(bytes)]),
        Value::List(items) => json!(["list", all(items)]),
        Value::Tuple(items) => json!(["tuple", all(items)]),
        Value::Set(items) => {
            let mut items = all(items);
            items.sort_by_key(Json::to_string);
            json!(["set", items])
        }
        Value::Dict(entries) => {
            let entries = entries.iter().map(|(key, value)| json!([tagged(key), tagged(value)]));
            json!(["dict", entries.collect::<Vec<_>>()])
        }
        Value::Ellipsis => json!(["ellipsis"]),
        Value::DateTime(text) => json!(["date and time", text]),
        other => panic!("a kind without a tag: {}", other.kind()),
    }
}

fn bits(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { format!("{:016x}", value.to_bits()) }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
