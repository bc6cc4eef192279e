//! `set`: creates or overwrites a secret.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;
use strongroom::{Client, Json, SetOptions};
use strongroom_formats::{check, json as json_format};
use strongroom_shared::SecretName;

use crate::command_line::time::Expiry;
use crate::command_line::{exit, input, lookalike, output, time, usage};

/// Create or overwrite a secret
///
/// The value comes from standard input, from a file, or from a prompt that does not echo. It is never an argument: other users
/// of the machine can see arguments, and the shell's history keeps them.
///
/// From standard input, the line break of a single line is dropped, so that `echo value | strongroom set NAME` sets
/// `value`. Several lines, such as a private key, keep all their line breaks, even if they are pasted at the prompt.
/// Values are strings unless --json is given. A suspicious value, such as one that ends with a space, is stored as given,
/// with a warning.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom set DATABASE_PASSWORD                prompts for the value
  pass show db | strongroom set DATABASE_PASSWORD
  strongroom set TLS_KEY --file key.pem --description 'for the proxy' --expires 90d
  echo '{\"user\": \"ada\", \"port\": 5432}' | strongroom set DATABASE --json")]
pub struct Arguments {
    /// The secret's name: up to 255 characters, no control characters
    name: String,
    /// The value is JSON: a number, an object, … Numbers keep every digit
    #[arg(long)]
    json: bool,
    /// Read the value from this file and keep every byte; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The purpose of the secret, visible to the whole team; an empty string removes it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// When it expires, as a reminder: 90d, 12h, or a day such as 2030-12-31, at whose end (UTC); `never` removes it. An expired
    /// secret stays readable
    #[arg(long, value_name = "WHEN", value_parser = time::parse_expiry, allow_hyphen_values = true)]
    expires: Option<Expiry>,
    /// Set it only if it is at this version; 0 if it must not exist yet
    #[arg(long, value_name = "N", value_parser = input::version, allow_hyphen_values = true)]
    expected_version: Option<i32>,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { name, json, file, description, expires, expected_version } = arguments;
    if name.contains('=') && !usage::has_separator() {
        // Don't repeat the name: it may be NAME=VALUE.
        return Err(exit::usage(
            "A value is never an argument: `strongroom set NAME` asks for it. Put -- before a name that has an equals sign.",
        ));
    }
    SecretName::parse(name.as_str())?;
    if file.is_none() && input::is_terminal() {
        // A bad key should fail before the user types the value.
        client.who_am_i().await?;
    }
    let text = input::value(&name, file.as_deref())?;
    let value = if json {
        json_format::read_value(&text).with_context(|| format!("Could not set {name}"))?
    } else {
        Json::new(Value::String(text.as_str().to_owned()))
    };
    let hint = check::describe(&name, &value, time::seconds());
    let expires_at = expires.map(|expiry| expiry.at(time::now()));
    let options = SetOptions {
        description: description.as_deref(),
        expires_at: expires_at.as_deref(),
        expected_version,
    };
    let set = client.set_secret_with(&name, value, options).await;
    exit::with_outcome(set, &format!("{name} was set"), &format!("Could not set {name}"))?;
    output::note(&format!("Set {name}."));
    if let Some(hint) = hint {
        output::warn(&format!("The value of {name} {hint}. It is stored as given."));
    }
    lookalike::warn(client, std::iter::once(name.as_str())).await;
    Ok(())
}
