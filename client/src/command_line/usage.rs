//! Errors in the command line itself. clap repeats invalid arguments, but here these may be a value or a key, which would then
//! be logged. So the messages repeat nothing that was typed.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::{exit, output};

const HELP: [&str; 5] = ["-h", "--help", "help", "-V", "--version"];

/// The commands whose arguments are names.
const NAMING: [&str; 5] = ["set", "get", "exists", "delete", "restore"];

const LEFT_OUT: &str = "…";

/// Prints the requested help or the error, and returns the exit code.
pub fn explain(error: Error, program: &Command) -> ExitCode {
    if !error.use_stderr() {
        // If this fails, an error can't be printed, either.
        let _ = error.print();
        // `strongroom set NAME -hunter2` has a `-h` in it, and must not seem to succeed.
        let asked = env::args_os().any(|word| HELP.iter().any(|help| word == *help));
        return if asked { ExitCode::SUCCESS } else { exit::USAGE.into() };
    }
    let command = command(&error).or_else(|| typed_command(program, env::args_os().skip(1)));
    if error.kind() == ErrorKind::UnknownArgument {
        output::failure(&unknown_argument(&error, command.as_deref()));
    } else {
        output::say(without_content(error).render().ansi().to_string().trim_end());
    }
    ExitCode::from(if command.as_deref() == Some("run") { exit::RUN_FAILED } else { exit::USAGE })
}

/// Whether `--` is among the arguments, which ends the options.
pub fn has_separator() -> bool {
    env::args_os().any(|word| word == "--")
}

fn without_content(mut error: Error) -> Error {
    let mut given = vec![ContextKind::InvalidValue];
    // For a missing subcommand, this is the command's name.
    if error.kind() == ErrorKind::InvalidSubcommand {
        given.push(ContextKind::InvalidSubcommand);
    }
    for kind in given {
        if matches!(error.get(kind), Some(ContextValue::String(text)) if !text.is_empty()) {
            error.insert(kind, ContextValue::String(LEFT_OUT.to_owned()));
        }
    }
    // The tip "to pass … as a value" repeats the argument.
    error.remove(ContextKind::Suggested);
    error.remove(ContextKind::TrailingArg);
    error
}

fn unknown_argument(error: &Error, command: Option<&str>) -> String {
    let problem = if command == Some("set") {
        "A value is never an argument: other users of this machine can see arguments, and the shell's history keeps \
         them. `strongroom set` takes only a name. It prompts for the value, or reads it:\n\n    \
         printf %s \"$VALUE\" | strongroom set NAME\n    \
         strongroom set NAME --file FILE"
            .to_owned()
    } else {
        let command = command.map_or_else(|| "strongroom".to_owned(), |name| format!("strongroom {name}"));
        format!("`{command}` got an unknown argument. It may be a secret, so it is not repeated here.")
    };
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.as_str(),
        _ => "",
    };
    let tip = match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(similar)) => format!("\n\n  tip: there is {similar}"),
        _ if argument.starts_with('-') && command.is_some_and(|command| NAMING.contains(&command)) => {
            "\n\n  tip: put -- before a name that begins with a dash".to_owned()
        }
        _ => String::new(),
    };
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => format!("\n\n{usage}"),
        _ => String::new(),
    };
    format!("{problem}{tip}{usage}\n\nFor more information, try '--help'.")
}

/// The command, from the usage that clap would show.
fn command(error: &Error) -> Option<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return None };
    let usage = usage.to_string();
    let command = usage.trim_start_matches("Usage:").split_whitespace().nth(1)?;
    let is_name = command.chars().all(|character| character.is_ascii_lowercase());
    is_name.then(|| command.to_owned())
}

/// The command among the arguments, for errors without a usage.
fn typed_command(program: &Command, words: impl Iterator<Item = OsString>) -> Option<String> {
    words.filter_map(|word| word.into_string().ok()).find(|word| program.find_subcommand(word).is_some())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::super::Arguments;
    use super::*;

    fn said(arguments: &[&str]) -> String {
        let arguments = ["strongroom"].iter().chain(arguments);
        let Err(error) = Arguments::try_parse_from(arguments) else { panic!("it is valid") };
        if error.kind() == ErrorKind::UnknownArgument {
            let command = command(&error);
            return unknown_argument(&error, command.as_deref());
        }
        without_content(error).render().to_string()
    }

    #[test]
    fn arguments_are_not_repeated() {
        let check = |line: &str| {
            let said = said(&line.split_whitespace().collect::<Vec<_>>());
            assert!(!said.contains("hunter2"), "{line}: {said}");
            said
        };
        assert!(check("set NAME hunter2").starts_with("A value is never an argument"));
        for (line, has_tip) in
            [("set -x", true), ("delete A --b", true), ("set A B", false), ("list -x", false)]
        {
            assert_eq!(check(line).contains("put -- before a name"), has_tip, "{line}");
        }
        for line in ["set A --expires -1d", "set A --expected-version -1", "list --expiring -1d"] {
            assert!(check(line).contains("invalid value"), "{line}");
        }
        for line in [
            "set NAME --json hunter2", "set NAME --hunter2", "set NAME -hunter2", "set NAME -- -hunter2",
            "set NAME --jsn=hunter2", "set NAME --json=hunter2", "get NAME hunter2", "hunter2",
            "import FILE --format hunter2", "import FILE hunter2", "completions hunter2",
        ] {
            check(line);
        }
        for rest in
            ["hunter2", "--ky=hunter2 list", "--key=hunter2 list", "--key-file=hunter2 list", "", "get"]
        {
            check(&format!("--key=hunter2 {rest}"));
        }
    }

    #[test]
    fn typed_command_is_found() {
        let typed = |words: &[&str]| typed_command(&Arguments::command(), words.iter().map(OsString::from));
        assert_eq!(typed(&["--key", "x", "run", "--map", "X", "--", "list"]).as_deref(), Some("run"));
        assert_eq!(typed(&["rnu", "--", "x"]), None);
    }

    #[test]
    fn valid_arguments_are_suggested() {
        assert!(said(&["list", "--jsn"]).contains("tip: there is --json"));
        assert!(said(&["lits"]).contains("'list'"));
        assert!(said(&["import", "FILE", "--format", "yaml"]).contains("env, json, toml, prefect"));
        assert!(said(&["get"]).contains("<NAME>"));
        assert!(said(&["get", "A", "--key"]).contains("--key <KEY>"));
    }
}
