//! The real Prefect client, in its own Python environment.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::Machine;
use crate::server::Server;
use crate::store::Ran;
use crate::wait::DEADLINE;
use crate::{process, tool};

pub fn kubernetes_python() -> PathBuf {
    tool::path("STRONGROOM_KUBERNETES_PYTHON", "kubernetes-validate-1.37.0/bin/python")
}

/// Vault's usual client for Python, in the newest version and an older one.
pub fn hvac() -> [PathBuf; 2] {
    [
        tool::path("STRONGROOM_HVAC_PYTHON", "hvac-2.4.0/bin/python"),
        tool::path("STRONGROOM_OLD_HVAC_PYTHON", "hvac-1.2.1/bin/python"),
    ]
}

/// Ansible with its collection for Vault. Only `cargo xtask test --clients` installs this and the next three.
pub fn ansible() -> PathBuf {
    tool::path("STRONGROOM_ANSIBLE_PYTHON", "ansible-core-2.18.6/bin/python")
}

/// Airflow with its provider for Vault.
pub fn airflow() -> PathBuf {
    tool::path("STRONGROOM_AIRFLOW_PYTHON", "apache-airflow-2.10.5/bin/python")
}

/// Prefect with the client that its task for Vault needs.
pub fn prefect_vault() -> PathBuf {
    tool::path("STRONGROOM_PREFECT_VAULT_PYTHON", "prefect-1.4.1-hvac-1.2.1/bin/python")
}

/// Salt with its extension for Vault.
pub fn salt() -> PathBuf {
    tool::path("STRONGROOM_SALT_PYTHON", "salt-3008.4/bin/python")
}

/// A machine with Prefect 1.4.1, configured for a server.
#[derive(Clone)]
pub struct Prefect {
    machine: Machine,
}

/// A call of Prefect's client, see `prefect/ask.py`.
#[derive(Clone, Copy, Debug)]
pub enum Ask<'a> {
    /// `client.set_secret(name, value)`; the value is a Python expression.
    Set(&'a str, &'a str),
    Get(&'a str),
    Exists(&'a str),
    Graphql(&'a str),
    TenantId,
}

#[derive(Clone, Debug)]
pub struct Outcome(Value);

impl Outcome {
    pub fn returned(&self) -> &str {
        self.0["returned"].as_str().unwrap_or_else(|| panic!("should have returned: {self:?}"))
    }

    pub fn raised(&self) -> &str {
        self.0["raised"].as_str().unwrap_or_else(|| panic!("should have raised: {self:?}"))
    }

    pub fn text(&self) -> &str {
        self.raised();
        self.0["text"].as_str().expect("an exception has a text")
    }

    pub fn is_a(&self, class: &str) -> bool {
        self.0["bases"].as_array().is_some_and(|bases| bases.iter().any(|base| base == class))
    }
}

pub fn interpreter() -> PathBuf {
    tool::path("STRONGROOM_PREFECT_PYTHON", "prefect-1.4.1/bin/python")
}

pub fn script_path(script: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("prefect").join(script);
    path.into_os_string().into_string().expect("the repository's path is UTF-8")
}

impl Prefect {
    /// Prefect as the README configures it, without a key.
    pub fn at(server: &Server) -> Self {
        Self::bare(server)
            .with("PREFECT__BACKEND", "cloud")
            .with("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false")
            .with("PREFECT__CLOUD__API", server.url())
    }

    /// Prefect after `pip install`, without any configuration.
    pub fn bare(server: &Server) -> Self {
        let machine = Machine::bare(server.store())
            .with("PYTHONDONTWRITEBYTECODE", "1")
            .with("PYTHONWARNINGS", "ignore")
            .with("PREFECT__LOGGING__LEVEL", "ERROR");
        Self { machine }
    }

    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        Self { machine: self.machine.with(name, value) }
    }

    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self { machine: self.machine.without(name) }
    }

    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        self.with("PREFECT__CLOUD__API_KEY", key)
    }

    pub fn home(&self) -> &Path {
        self.machine.home()
    }

    async fn python(&self, arguments: &[&str]) -> Ran {
        let mut command = self.machine.program(interpreter());
        command.args(arguments);
        Ran::new(process::output(command, None, 2 * DEADLINE).await)
    }

    /// The output of one of the scripts in `prefect/`, which must succeed.
    pub async fn run(&self, script: &str, arguments: &[&str]) -> String {
        let path = script_path(script);
        self.python(&[&[path.as_str()], arguments].concat()).await.succeeded()
    }

    /// The JSON in the last line of the output.
    pub async fn report(&self, script: &str, arguments: &[&str]) -> Value {
        let printed = self.run(script, arguments).await;
        let last = printed.lines().last().unwrap_or_else(|| panic!("{script} reports nothing"));
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error} in {last}"))
    }

    pub async fn ask<const N: usize>(&self, questions: [Ask<'_>; N]) -> [Outcome; N] {
        let outcomes = self.ask_all(&questions).await;
        outcomes.try_into().unwrap_or_else(|_| panic!("one outcome per question"))
    }

    pub async fn ask_all(&self, questions: &[Ask<'_>]) -> Vec<Outcome> {
        let list: Vec<Value> = questions
            .iter()
            .map(|question| match *question {
                Ask::Set(name, value) => {
                    self.machine.store().must_stay_secret(value.trim_matches(['"', '\'']));
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

    pub async fn command(&self, arguments: &[&str]) -> Ran {
        self.python(&[&["-m", "prefect"], arguments].concat()).await
    }
}
