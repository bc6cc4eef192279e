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
            let takes = if number == 1 { "takes" } else { "take" };
            format!(
                " {} set here {takes} precedence over the server's.",
                output::count(number, "local secret")
            )
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
            format!("Programs ask {api} for secrets, but `strongroom` asks another server.{local}"),
            "If programs should ask this server, set PREFECT__CLOUD__API to its address.",
        ),
        (true, true) if found.api_key().is_none() => Check::error(
            name,
            format!("Programs ask this server for secrets, but without a key.{local}"),
            "Set PREFECT__CLOUD__API_KEY to a key with the runner role, or start programs with `strongroom run`.",
        ),
        (true, true) => Check::ok(name, format!("Programs ask this server for secrets, with a key.{local}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;

    #[test]
    fn prefects_settings_are_compared_with_ours() {
        let here = "http://127.0.0.1:4300/graphql";
        let elsewhere = "https://user:hunter2@api.prefect.io";
        let checks = [
            ("cloud", "false", here, "sr_x"),
            ("cloud", "false", here, ""),
            ("cloud", "true", here, "sr_x"),
            ("server", "true", here, "sr_x"),
            ("cloud", "false", elsewhere, "sr_x"),
            ("server", "true", "http://localhost:4200", ""),
        ]
        .map(|(backend, local, api, key)| {
            let surroundings = Surroundings::new([
                ("HOME", "/none"),
                ("PREFECT__BACKEND", backend),
                ("PREFECT__CLOUD__USE_LOCAL_SECRETS", local),
                ("PREFECT__CLOUD__API", api),
                ("PREFECT__CLOUD__API_KEY", key),
            ]);
            let configuration = Configuration::load(&surroundings).expect("a configuration");
            compare(&configuration, Some("http://127.0.0.1:4300"))
        });
        assert!(!format!("{checks:?}").contains("hunter2"));
        insta::assert_snapshot!(plain(checks), @"
        ✓ prefect  Programs ask this server for secrets, with a key.
        ✗ prefect  Programs ask this server for secrets, but without a key.
                   → Set PREFECT__CLOUD__API_KEY to a key with the runner role, or start programs with `strongroom run`.
        ! prefect  Its API is this server, but programs don't ask it for secrets.
                   → Set PREFECT__CLOUD__USE_LOCAL_SECRETS=false, or start programs with `strongroom run`.
        ! prefect  Its API is this server, but programs don't ask it for secrets.
                   → Set PREFECT__BACKEND=cloud and PREFECT__CLOUD__USE_LOCAL_SECRETS=false, or start programs with `strongroom run`.
        ! prefect  Programs ask https://api.prefect.io for secrets, but `strongroom` asks another server.
                   → If programs should ask this server, set PREFECT__CLOUD__API to its address.
        ✓ prefect  Programs look up secrets only on this machine: start them with `strongroom run`.
        ");
    }
}
