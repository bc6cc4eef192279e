//! What is said when the command line can't be understood.
//!
//! clap repeats what it does not understand. Here that may be a value or a key, which would then stand in the log of
//! whatever started the program. So nothing that was typed is repeated; what could have been typed is.
//!
//! Not here: what is wrong with arguments that can be understood, which their commands say by [`exit::usage`].

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::{exit, output};

const HELP: [&str; 5] = ["-h", "--help", "help", "-V", "--version"];

const LEFT_OUT: &str = "…";

/// Shows the help that was asked for, or says what is wrong, and with which code to end.
pub fn explain(error: Error, program: &Command) -> ExitCode {
    if !error.use_stderr() {
        // What is left to say when even this can't be printed?
        let _ = error.print();
        // `strongroom set NAME -hunter2` has a `-h` in it, and sets nothing.
        let asked = env::args_os().any(|word| HELP.iter().any(|help| word == *help));
        return if asked { ExitCode::SUCCESS } else { exit::USAGE.into() };
    }
    let command = command(&error).or_else(|| typed_command(program, env::args_os().skip(1)));
    if error.kind() == ErrorKind::UnknownArgument {
        output::failure(&unknown_argument(&error, command.as_deref()));
    } else {
        output::say(without_content(error).render().ansi().to_string().trim_end());
    }
    // So that a program that waits for `run` can tell its failure from the command's own.
    let code = match command.as_deref() {
        Some("run") => exit::RUN_FAILED,
        _ => exit::USAGE,
    };
    ExitCode::from(code)
}

fn without_content(mut error: Error) -> Error {
    let mut given = vec![ContextKind::InvalidValue];
    // Of a command that lacks its own command, this is its name.
    if error.kind() == ErrorKind::InvalidSubcommand {
        given.push(ContextKind::InvalidSubcommand);
    }
    for kind in given {
        if matches!(error.get(kind), Some(ContextValue::String(text)) if !text.is_empty()) {
            error.insert(kind, ContextValue::String(LEFT_OUT.to_owned()));
        }
    }
    // "To pass … as a value": a tip that repeats it.
    error.remove(ContextKind::Suggested);
    error.remove(ContextKind::TrailingArg);
    error
}

fn unknown_argument(error: &Error, command: Option<&str>) -> String {
    let mut text = if command == Some("set") {
        "A value is never an argument: other users of this machine, and the shell's history, see arguments. \
         `strongroom set` takes a name, and asks for the value, or is handed it:\n\n    \
         printf %s \"$VALUE\" | strongroom set NAME\n    \
         strongroom set NAME --file FILE"
            .to_owned()
    } else {
        let command = command.map_or_else(|| "strongroom".to_owned(), |name| format!("strongroom {name}"));
        format!(
            "One of the arguments is none that `{command}` knows. It may be a secret, so it is not repeated here."
        )
    };
    if let Some(ContextValue::String(similar)) = error.get(ContextKind::SuggestedArg) {
        text.push_str("\n\n  tip: there is ");
        text.push_str(similar);
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        text.push_str("\n\n");
        text.push_str(&usage.to_string());
    }
    text.push_str("\n\nFor more information, try '--help'.");
    text
}

/// Which command it was about: the usage that clap would show begins with it.
fn command(error: &Error) -> Option<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
        return None;
    };
    let usage = usage.to_string();
    let command = usage.trim_start_matches("Usage:").split_whitespace().nth(1)?;
    let is_name = command.chars().all(|character| character.is_ascii_lowercase());
    is_name.then(|| command.to_owned())
}

/// Which command was typed, where clap does not say which it was about.
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
        let Err(error) = Arguments::try_parse_from(arguments) else {
            panic!("this is understood");
        };
        if error.kind() == ErrorKind::UnknownArgument {
            let command = command(&error);
            return unknown_argument(&error, command.as_deref());
        }
        without_content(error).render().to_string()
    }

    #[test]
    fn a_value_that_is_an_argument_is_not_repeated() {
        let said = said(&["set", "NAME", "hunter2"]);
        assert!(said.starts_with("A value is never an argument"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn nothing_that_was_typed_is_repeated() {
        for arguments in [
            &["set", "NAME", "--json", "hunter2"][..],
            &["set", "NAME", "--hunter2"],
            &["set", "NAME", "-hunter2"],
            &["set", "NAME", "--", "-hunter2"],
            &["set", "NAME", "--jsn=hunter2"],
            &["set", "NAME", "--json=hunter2"],
            &["get", "NAME", "hunter2"],
            &["--key=hunter2", "hunter2"],
            &["--key=hunter2", "--ky=hunter2", "list"],
            &["--key=hunter2", "--key=hunter2", "list"],
            &["--key=hunter2", "--key-file=hunter2", "list"],
            &["--key=hunter2"],
            &["--key=hunter2", "get"],
            &["hunter2"],
            &["import", "FILE", "--format", "hunter2"],
            &["import", "FILE", "hunter2"],
            &["completions", "hunter2"],
        ] {
            let said = said(arguments);
            assert!(!said.contains("hunter2"), "{arguments:?}: {said}");
        }
    }

    #[test]
    fn the_command_is_known_by_what_was_typed() {
        let typed = |words: &[&str]| typed_command(&Arguments::command(), words.iter().map(OsString::from));
        assert_eq!(typed(&["--key", "x", "run", "--map", "X", "--", "list"]).as_deref(), Some("run"));
        assert_eq!(typed(&["rnu", "--", "x"]), None);
    }

    #[test]
    fn what_could_have_been_typed_is_said() {
        assert!(said(&["list", "--jsn"]).contains("tip: there is --json"));
        assert!(said(&["lits"]).contains("'list'"));
        assert!(said(&["import", "FILE", "--format", "yaml"]).contains("env, json, toml, prefect"));
        assert!(said(&["get"]).contains("<NAME>"));
        assert!(said(&["get", "A", "--key"]).contains("--key <KEY>"));
    }
}
