//! The settings file, and files with a key.

use std::fs;
use std::path::Path;

use strongroom::{Error, settings};

use super::check::Check;
use crate::command_line::output;

pub const ASK_FOR_A_KEY: &str =
    "Ask an administrator of the team for a key; one with the role runner reads values. It begins with sr_.";

pub fn unusable(error: &Error) -> Check {
    let advice = match error {
        Error::Settings(settings::Error::NoKey { .. }) => ASK_FOR_A_KEY,
        Error::Settings(settings::Error::Unreadable { .. }) => {
            "Check that the path is right, and that the file is yours (`ls -l`)."
        }
        _ => {
            "A settings file has lines such as server = \"https://secrets.example.com\" and key-file = \"key\"."
        }
    };
    Check::error("settings", error.to_string(), advice)
}

pub fn file(path: Option<&Path>) -> Check {
    let name = "settings";
    let Some(path) = path else {
        let usual = settings::usual_file().map_or_else(String::new, |path| format!(" ({})", path.display()));
        return Check::ok(name, format!("There is no settings file{usual}, and none is needed."));
    };
    let holds_key = fs::read_to_string(path).is_ok_and(|text| holds_key(&text));
    if holds_key && others_can_read(path) {
        return open_to_others(name, path);
    }
    Check::ok(name, format!("{} is read.", path.display()))
}

fn holds_key(text: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("key"))
}

pub fn open_to_others(name: &'static str, path: &Path) -> Check {
    let path = path.display();
    Check::warning(
        name,
        format!("{path} holds a key, and other users of this machine can read it."),
        format!("chmod 600 {}", output::typed(&path.to_string())),
    )
}

#[cfg(unix)]
pub fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    let real_path = path.canonicalize();
    // The same rule by which the server reads its own files.
    real_path.is_ok_and(|path| {
        path.metadata().is_ok_and(|found| {
            found.is_file() && !strongroom_shared::secret_file::is_private(found.permissions().mode(), &path)
        })
    })
}

/// There, permissions are something else.
#[cfg(not(unix))]
pub fn others_can_read(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_settings_file_is_seen_whether_it_counts_or_not() {
        assert!(holds_key("server = \"https://h\"\nkey = \"sr_x\""));
        assert!(!holds_key("key-file = \"key\""));
    }
}
