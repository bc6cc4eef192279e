//! The real Prefect, in a Python process that lives as long as the test.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value as Json;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/local/original.py");

pub struct Original {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Original {
    /// Starts it with its own home directory, away from the user's settings.
    pub fn start(home: &Path) -> Self {
        let mut child = Command::new(python())
            .arg(SCRIPT)
            .env_clear()
            .env("HOME", home)
            // Makes the order of sets the same each time.
            .env("PYTHONHASHSEED", "0")
            .env("PYTHONUTF8", "1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let questions = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().expect("it is piped"));
        // Importing Prefect reads the files in the home directory, which must not exist yet.
        let mut ready = String::new();
        answers.read_line(&mut ready).expect("Python writes");
        assert_eq!(ready, "ready\n", "Prefect can't be imported");
        Self { child, questions, answers }
    }

    pub fn ask(&mut self, question: &Json) -> Json {
        let questions = self.questions.as_mut().expect("it is open");
        writeln!(questions, "{question}").expect("Python reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("Python writes");
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("Python ended at {question}: {answer}"))
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.wait();
    }
}

/// The Python that `cargo xtask setup` installs Prefect into.
fn python() -> PathBuf {
    let variable = |name| env::var_os(name).map(PathBuf::from);
    let cached = || {
        let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
        cache.expect("a home directory").join("strongroom-tools/prefect-1.4.1/bin/python")
    };
    let path = variable("STRONGROOM_PREFECT_PYTHON").unwrap_or_else(cached);
    assert!(path.is_file(), "{} is missing: run `cargo xtask setup`", path.display());
    path
}
