//! Prefect's `config.toml`: the secrets of `[context.secrets]`, as Prefect reads them, so that a flow gets the same values
//! from the server as from the file.

use std::ffi::OsStr;
use std::path::Path;

use strongroom::Json;
use strongroom::local::{Configuration, Surroundings};
use toml::{Table, Value};

use super::{Invalid, Secrets};

/// Whether a TOML file is Prefect's: it has Prefect's secrets, or its name and a context.
pub fn is_meant(path: &Path, table: &Table) -> bool {
    let Some(Value::Table(context)) = table.get("context") else { return false };
    path.file_name() == Some(OsStr::new("config.toml"))
        || matches!(context.get("secrets"), Some(Value::Table(_)))
}

pub fn read(path: &Path) -> anyhow::Result<Secrets> {
    let configuration = Configuration::of_file(path, &Surroundings::of_process())?;
    let mut secrets = Secrets::new();
    for (name, value) in configuration.secrets() {
        let value = value.to_json().map_err(|error| Invalid::secret(name, error.to_string()))?;
        secrets.push((name.to_owned(), Json::new(value)));
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefects_files_are_recognised() {
        for (name, text, expected) in [
            ("any.toml", "[context.secrets]\nA = 1", true),
            ("any.toml", "context.secrets.A = 1", true),
            ("any.toml", "[context]\nA = 1", false),
            ("any.toml", "context = 'x'", false),
            ("a/config.toml", "[context]\nA = 1", true),
            ("config.toml", "A = 1", false),
        ] {
            let table = text.parse().expect("TOML");
            assert_eq!(is_meant(Path::new(name), &table), expected, "{name}: {text}");
        }
    }
}
