//! Prefect's `config.toml`: the secrets of `[context.secrets]`, as Prefect reads them.
//!
//! A flow then gets the same from the server as it got from the file. Reading the file as Prefect does is the library's
//! business: [`strongroom::local`].

use std::ffi::OsStr;
use std::path::Path;

use strongroom::Json;
use strongroom::local::{Configuration, Surroundings};
use toml::{Table, Value};

use super::{Invalid, Secrets};

/// Whether a TOML file is Prefect's: it has secrets where Prefect has them, or its name and something for the context.
pub fn is_meant(path: &Path, table: &Table) -> bool {
    let Some(Value::Table(context)) = table.get("context") else {
        return false;
    };
    let is_called_so = path.file_name() == Some(OsStr::new("config.toml"));
    is_called_so || matches!(context.get("secrets"), Some(Value::Table(_)))
}

/// Reads a file.
///
/// # Errors
/// Prefect could not read it, or a value is not JSON.
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

    fn check(name: &str, text: &str, expected: bool) {
        let table = text.parse().expect("TOML");
        assert_eq!(is_meant(Path::new(name), &table), expected, "{name}: {text}");
    }

    #[test]
    fn a_file_of_prefects_is_told_by_its_secrets_or_its_name() {
        check("any.toml", "[context.secrets]\nA = 1", true);
        check("any.toml", "context.secrets.A = 1", true);
        check("any.toml", "[context]\nA = 1", false);
        check("any.toml", "context = 'x'", false);
        check("a/config.toml", "[context]\nA = 1", true);
        check("config.toml", "A = 1", false);
    }
}
