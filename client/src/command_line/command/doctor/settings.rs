//! The settings file, and files that hold a key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use strongroom::{Error, settings};
use strongroom_shared::secret_file::is_private;

use super::Check;
use crate::command_line::output;

pub const ASK_FOR_A_KEY: &str =
    "Ask an administrator of the team for a key; reading values needs the runner role. It begins with sr_.";

pub fn unusable(error: &Error) -> Check {
    let advice = match error {
        Error::Settings(settings::Error::NoKey { .. }) => ASK_FOR_A_KEY,
        Error::Settings(settings::Error::Unreadable { .. }) => {
            "Check the path and the file's owner (`ls -l`)."
        }
        Error::Settings(settings::Error::KeyAndRole { .. } | settings::Error::NoRole) => {
            "`strongroom help` lists the sources of the key and the role."
        }
        _ => "The file has lines such as server = \"https://secrets.example.com\" and key-file = \"key\".",
    };
    Check::error("settings", error.to_string(), advice)
}

pub fn file(path: Option<&Path>) -> Check {
    let name = "settings";
    let Some(path) = path else {
        let default = settings::default_file();
        let default = default.map_or_else(String::new, |path| format!(" ({})", path.display()));
        return Check::ok(name, format!("There is no settings file{default}, and none is needed."));
    };
    let holds_key = fs::read_to_string(path).is_ok_and(|text| holds_key(&text));
    if holds_key && others_can_read(path) {
        return open_to_others(name, path);
    }
    Check::ok(name, format!("Found {}.", path.display()))
}

fn holds_key(text: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("key"))
}

pub fn open_to_others(name: &'static str, path: &Path) -> Check {
    let path = path.display().to_string();
    let message = format!("{path} holds a key, and other users of this machine can read it.");
    Check::warning(name, message, format!("chmod 600 {}", output::typed_arguments(&[path])))
}

/// Applies the server's rule for its own files.
pub fn others_can_read(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let Ok(found) = path.metadata() else { return false };
    found.is_file() && !is_private(found.permissions().mode(), &path)
}

#[cfg(test)]
mod tests {
    use super::holds_key;

    #[test]
    fn keys_in_a_settings_file_are_found() {
        assert!(holds_key("server = \"https://h\"\nkey = \"sr_x\""));
        assert!(!holds_key("key-file = \"key\""));
    }
}
