//! The real Prefect client, in a Python of its own.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use crate::server::Server;
use crate::store::{Ran, Store};
use crate::tool;
use crate::wait::DEADLINE;

/// The Python with a YAML parser, the Kubernetes schemas and `python-dotenv`.
pub fn kubernetes_python() -> PathBuf {
    tool::path("STRONGROOM_KUBERNETES_PYTHON", "kubernetes-validate-1.37.0/bin/python")
}

/// A machine with Prefect 1.4.1 that is configured for a server: its home folder and its environment.
#[derive(Clone)]
pub struct Prefect {
    store: Arc<Store>,
    home: PathBuf,
    variables: BTreeMap<String, String>,
}

/// Something to ask Prefect's client for, see `prefect/ask.py`.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// `client.set_secret(name, value)`; the value is a Python expression.
    Set(&'a str, &'a str),
    /// `Secret(name).get()`.
    Get(&'a str),
    /// `Secret(name).exists()`.
    Exists(&'a str),
    /// `client.graphql(document)`.
    Graphql(&'a str),
    /// `client.tenant_id`.
    TenantId,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome(Value);

impl Outcome {
    /// The `repr` of what was returned.
    pub fn returned(&self) -> &str {
        self.0["returned"].as_str().unwrap_or_else(|| panic!("should have returned: {self:?}"))
    }

    /// The name of the exception.
    pub fn raised(&self) -> &str {
        self.0["raised"].as_str().unwrap_or_else(|| panic!("should have raised: {self:?}"))
    }

    /// The text of the exception.
    pub fn text(&self) -> &str {
        self.raised();
        self.0["text"].as_str().expect("an exception has a text")
    }

    /// Whether the exception is one of that class.
    pub fn is_a(&self, class: &str) -> bool {
        self.0["bases"].as_array().is_some_and(|bases| bases.iter().any(|base| base == class))
    }
}

/// The Python that has Prefect.
pub fn interpreter() -> PathBuf {
    tool::path("STRONGROOM_PREFECT_PYTHON", "prefect-1.4.1/bin/python")
}

/// Where one of the scripts in `prefect/` is.
pub fn script_path(script: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("prefect").join(script);
    path.into_os_string().into_string().expect("the repository's path is UTF-8")
}

impl Prefect {
    /// Prefect as the README configures it, without a key yet.
    pub fn at(server: &Server) -> Self {
        Self::bare(server)
            .with("PREFECT__BACKEND", "cloud")
            .with("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false")
            .with("PREFECT__CLOUD__API", server.url())
    }

    /// Prefect as it is after `pip install`, for a test of that server.
    pub fn bare(server: &Server) -> Self {
        let store = Arc::clone(server.store());
        let home = store.scratch().join(format!("home-{}", store.next_number()));
        std::fs::create_dir(&home).expect("folders can be made");
        Self { store, home, variables: BTreeMap::new() }
    }

    /// The same machine with one variable changed.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.variables.insert(name.to_owned(), value.to_owned());
        changed
    }

    /// The same machine without one variable.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut changed = self.clone();
        changed.variables.remove(name);
        changed
    }

    /// The same machine with a key in its environment.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        self.with("PREFECT__CLOUD__API_KEY", key)
    }

    /// The machine's home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    async fn python(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(interpreter());
        command
            .args(arguments)
            .env_clear()
            .env("PATH", env::var_os("PATH").expect("there is a PATH"))
            .env("HOME", &self.home)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONWARNINGS", "ignore")
            .env("PREFECT__LOGGING__LEVEL", "ERROR")
            .env("LC_ALL", "C.UTF-8")
            .envs(&self.variables)
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let child = command.spawn().expect("Python starts");
        let output = timeout(2 * DEADLINE, child.wait_with_output())
            .await
            .unwrap_or_else(|_| panic!("{arguments:?} has not ended"))
            .expect("its output can be read");
        Ran {
            status: output.status,
            stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
        }
    }

    /// Runs one of the scripts in `prefect/`, which has to succeed, and returns what it printed.
    pub async fn run(&self, script: &str, arguments: &[&str]) -> String {
        let path = script_path(script);
        self.python(&[&[path.as_str()], arguments].concat()).await.succeeded()
    }

    /// Runs one of the scripts in `prefect/` and returns the JSON in the last line it printed.
    pub async fn report(&self, script: &str, arguments: &[&str]) -> Value {
        let printed = self.run(script, arguments).await;
        let last = printed.lines().last().unwrap_or_else(|| panic!("{script} reports nothing"));
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error} in {last}"))
    }

    /// Asks the client for each of `questions`, in one process.
    pub async fn ask<const N: usize>(&self, questions: [Ask<'_>; N]) -> [Outcome; N] {
        let outcomes = self.ask_all(&questions).await;
        outcomes.try_into().unwrap_or_else(|_| panic!("one outcome per question"))
    }

    /// Asks the client for each of `questions`, in one process.
    pub async fn ask_all(&self, questions: &[Ask<'_>]) -> Vec<Outcome> {
        let list: Vec<Value> = questions
            .iter()
            .map(|question| match *question {
                Ask::Set(name, value) => {
                    self.store.must_stay_secret(value.trim_matches(['"', '\'']));
                    json!(["set", name, value])
                }
                Ask::Get(name) => json!(["get", name]),
                Ask::Exists(name) => json!(["exists", name]),
                Ask::Graphql(document) => json!(["graphql", document]),
                Ask::TenantId => json!(["tenant_id"]),
            })
            .collect();
        match self.report("ask.py", &[&json!(list).to_string()]).await {
            Value::Array(outcomes) => outcomes.into_iter().map(Outcome).collect(),
            other => panic!("not a list: {other}"),
        }
    }

    /// Runs Prefect's command line.
    pub async fn command(&self, arguments: &[&str]) -> Ran {
        self.python(&[&["-m", "prefect"], arguments].concat()).await
    }
}
