//! Prefect's configuration.

use std::env;

use strongroom::local::{Configuration, Surroundings};
use url::Url;

use super::check::Check;
use crate::command_line::output;

/// Prefect's own settings on this machine, where there are any. `server`: the server's address, where it is known.
pub fn examine(server: Option<&str>) -> Check {
    let is_used = env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("PREFECT__"))
        || env::home_dir().is_some_and(|home| home.join(".prefect").is_dir());
    if !is_used {
        return Check::ok("prefect", "It has no settings here, and needs none with `strongroom run`.");
    }
    match Configuration::load(&Surroundings::of_process()) {
        Err(error) => {
            let error = anyhow::Error::from(error);
            Check::error(
                "prefect",
                format!("Its settings can't be used: {error:#}."),
                "Prefect itself would fail on this, too: fix that setting.",
            )
        }
        Ok(configuration) => prefect(&Prefect::of(&configuration), server),
    }
}

struct Prefect {
    asks_api: bool,
    backend: String,
    api: String,
    has_key: bool,
    local: usize,
}

impl Prefect {
    fn of(configuration: &Configuration) -> Self {
        let backend = configuration.backend().unwrap_or_default();
        Self {
            asks_api: backend == "cloud" && !configuration.uses_local_secrets(),
            backend: backend.to_owned(),
            api: configuration.api().unwrap_or_default().to_owned(),
            has_key: configuration.api_key().is_some(),
            local: configuration.secrets().count(),
        }
    }
}

fn prefect(found: &Prefect, server: Option<&str>) -> Check {
    let name = "prefect";
    let local = match found.local {
        0 => String::new(),
        number => {
            let secrets = output::count(number, "local secret");
            format!(" {secrets} set here take precedence over the server's.")
        }
    };
    // Only the place: what stands around it may be secret.
    let place = |address: &str| Url::parse(address).ok().map(|url| url.origin().ascii_serialization());
    let api = place(&found.api);
    let is_here = api.is_some() && api == server.and_then(place);
    let api = api.unwrap_or_else(|| "no address".to_owned());
    if !found.asks_api {
        if is_here {
            let setting = if found.backend == "cloud" {
                "PREFECT__CLOUD__USE_LOCAL_SECRETS=false"
            } else {
                "PREFECT__BACKEND=cloud and PREFECT__CLOUD__USE_LOCAL_SECRETS=false"
            };
            return Check::warning(
                name,
                format!("Its API is this server, but a program does not ask it for secrets.{local}"),
                format!("Set {setting}, or start programs with `strongroom run`."),
            );
        }
        return Check::ok(
            name,
            format!(
                "A program looks for secrets on this machine only: start it with `strongroom run`.{local}"
            ),
        );
    }
    if !is_here {
        return Check::warning(
            name,
            format!(
                "A program asks {api} for secrets, which is not the server that `strongroom` asks.{local}"
            ),
            "If it should ask this one, set PREFECT__CLOUD__API to its address.",
        );
    }
    if !found.has_key {
        return Check::error(
            name,
            format!("A program asks this server for secrets, but without a key.{local}"),
            "Set PREFECT__CLOUD__API_KEY to a key with the role runner, or start programs with `strongroom run`.",
        );
    }
    Check::ok(name, format!("A program asks this server for secrets, with a key.{local}"))
}

#[cfg(test)]
mod tests {
    use super::super::check::Outcome;
    use super::*;

    #[test]
    fn prefects_settings_are_put_beside_ours() {
        let server = Some("http://127.0.0.1:4300");
        let of = |asks_api, backend: &str, api: &str, has_key| Prefect {
            asks_api,
            backend: backend.to_owned(),
            api: api.to_owned(),
            has_key,
            local: 0,
        };
        let here = "http://127.0.0.1:4300/graphql";
        prefect(&of(true, "cloud", here, true), server).assert(Outcome::Ok, "with a key");
        prefect(&of(true, "cloud", here, false), server).assert(Outcome::Error, "without a key");
        prefect(&of(false, "cloud", here, true), server)
            .assert(Outcome::Warning, "Set PREFECT__CLOUD__USE_LOCAL");
        prefect(&of(false, "server", here, true), server).assert(Outcome::Warning, "PREFECT__BACKEND=cloud");
        let elsewhere = of(true, "cloud", "https://user:hunter2@api.prefect.io", true);
        let found = prefect(&elsewhere, server);
        found.assert(Outcome::Warning, "https://api.prefect.io");
        assert!(!format!("{found:?}").contains("hunter2"));
        prefect(&of(false, "server", "http://localhost:4200", false), server)
            .assert(Outcome::Ok, "strongroom run");
    }
}
