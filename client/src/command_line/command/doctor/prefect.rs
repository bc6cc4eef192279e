//! Prefect's configuration.

use std::env;

use strongroom::local::{Configuration, Surroundings};
use url::Url;

use super::Check;
use crate::command_line::output;

/// Checks Prefect's own settings on this machine, if there are any. `server` is the server's address, if it is known.
pub fn examine(server: Option<&str>) -> Check {
    let is_used = env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("PREFECT__"))
        || env::home_dir().is_some_and(|home| home.join(".prefect").is_dir());
    if !is_used {
        return Check::ok("prefect", "It has no settings here, and needs none with `strongroom run`.");
    }
    match Configuration::load(&Surroundings::of_process()) {
        Err(error) => Check::error(
            "prefect",
            format!("Its settings are unusable: {:#}.", anyhow::Error::from(error)),
            "Prefect itself would fail on this, too: fix that setting.",
        ),
        Ok(configuration) => compare(&configuration, server),
    }
}

/// Compares Prefect's settings with ours.
fn compare(found: &Configuration, server: Option<&str>) -> Check {
    let name = "prefect";
    let local = match found.secrets().count() {
        0 => String::new(),
        number => {
            format!(" {} set here take precedence over the server's.", output::count(number, "local secret"))
        }
    };
    // Without credentials and the path.
    let origin = |address: &str| Url::parse(address).ok().map(|url| url.origin().ascii_serialization());
    let api = found.api().and_then(origin);
    let is_here = api.is_some() && api == server.and_then(origin);
    let api = api.unwrap_or_else(|| "no address".to_owned());
    match (found.asks_api(), is_here) {
        (false, false) => Check::ok(
            name,
            format!(
                "Programs look up secrets only on this machine: start them with `strongroom run`.{local}"
            ),
        ),
        (false, true) => {
            let setting = if found.backend() == Some("cloud") { "" } else { "PREFECT__BACKEND=cloud and " };
            Check::warning(
                name,
                format!("Its API is this server, but programs don't ask it for secrets.{local}"),
                format!(
                    "Set {setting}PREFECT__CLOUD__USE_LOCAL_SECRETS=false, or start programs with `strongroom run`."
                ),
            )
        }
        (true, false) => Check::warning(
            name,
            format!("Programs ask {api} for secrets, and `strongroom` another server.{local}"),
            "If programs should ask this server, set PREFECT__CLOUD__API to its address.",
        ),
        (true, true) if found.api_key().is_none() => Check::error(
            name,
            format!("Programs ask this server for secrets, but without a key.{local}"),
            "Set PREFECT__CLOUD__API_KEY to a key with the role runner, or start programs with `strongroom run`.",
        ),
        (true, true) => Check::ok(name, format!("Programs ask this server for secrets, with a key.{local}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn prefects_settings_are_compared_with_ours() {
        let here = "http://127.0.0.1:4300/graphql";
        let elsewhere = "https://user:hunter2@api.prefect.io";
        for (backend, local, api, key, outcome, part) in [
            ("cloud", "false", here, "sr_x", Outcome::Ok, "with a key"),
            ("cloud", "false", here, "", Outcome::Error, "without a key"),
            ("cloud", "true", here, "sr_x", Outcome::Warning, "Set PREFECT__CLOUD__USE_LOCAL"),
            ("server", "true", here, "sr_x", Outcome::Warning, "PREFECT__BACKEND=cloud"),
            ("cloud", "false", elsewhere, "sr_x", Outcome::Warning, "https://api.prefect.io"),
            ("server", "true", "http://localhost:4200", "", Outcome::Ok, "strongroom run"),
        ] {
            let surroundings = Surroundings::new([
                ("HOME", "/none"),
                ("PREFECT__BACKEND", backend),
                ("PREFECT__CLOUD__USE_LOCAL_SECRETS", local),
                ("PREFECT__CLOUD__API", api),
                ("PREFECT__CLOUD__API_KEY", key),
            ]);
            let configuration = Configuration::load(&surroundings).expect("a configuration");
            let found = compare(&configuration, Some("http://127.0.0.1:4300"));
            found.assert(outcome, part);
            assert!(!format!("{found:?}").contains("hunter2"));
        }
    }
}
