//! PostGraphile 4 on a PostgreSQL of its own, as someone would make a store of names and values in an hour: a table, and
//! what PostGraphile makes of it.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use strongroom_tests::postgres::{self, Cluster};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::{Contender, Dialect, Started, fill_one_by_one, graphql};
use crate::machine::Cores;
use crate::value::Values;

const TABLE: &str = "CREATE TABLE secret (name text PRIMARY KEY, value text NOT NULL)";

/// Where the module is, if `cargo xtask bench` has found it.
pub fn module() -> Option<PathBuf> {
    env::var_os("STRONGROOM_POSTGRAPHILE").map(PathBuf::from)
}

struct Table;

impl Dialect for Table {
    fn read(&self, name: &str) -> Vec<u8> {
        let document = "query($name: String!) { secretByName(name: $name) { value } }";
        graphql(&[], "/graphql", document, &[("name", name)])
    }

    fn before_value(&self) -> &'static str {
        r#"{"data":{"secretByName":{"value":""#
    }

    fn write(&self, name: &str, value: &str) -> Option<Vec<u8>> {
        let document = "mutation($name: String!, $value: String!) { updateSecretByName(input: \
                        { name: $name, secretPatch: { value: $value } }) { clientMutationId } }";
        Some(graphql(&[], "/graphql", document, &[("name", name), ("value", value)]))
    }

    fn written(&self) -> (u16, &'static str) {
        (200, r#"{"data":{"updateSecretByName":{"clientMutationId":null}}}"#)
    }
}

/// A server with its database; or why there is none.
pub async fn start(cores: Cores, values: &[Arc<Values>; 2]) -> Result<Contender, String> {
    let module = module().ok_or("PostGraphile is not installed: `cargo xtask bench` does that")?;
    postgres::version()?;
    let cluster = cores.serving(async { Cluster::start() }).await;
    cluster.sql("postgres", TABLE);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/performance/contender/postgraphile.mjs");
    let start = Instant::now();
    let (address, child) = cores
        .serving(async {
            let mut child = Command::new("node")
                .arg(script)
                .arg(module)
                .arg(cluster.admin_url("postgres"))
                .env("NODE_ENV", "production")
                .env("GRAPHILE_ENV", "production")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .expect("Node.js starts");
            let output = child.stdout.take().expect("it is piped");
            let line = BufReader::new(output).lines().next_line().await;
            let line = line.expect("its output can be read");
            (line.expect("it prints its address"), child)
        })
        .await;
    let started = Started {
        name: "PostGraphile".to_owned(),
        address,
        took: start.elapsed(),
        roots: vec![child.id().expect("it runs"), cluster.pid()],
        alive: Box::new((child, cluster)),
    };
    let idle_memory = started.idle_memory().await;
    let document = "mutation($name: String!, $value: String!) { createSecret(input: \
                    { secret: { name: $name, value: $value } }) { clientMutationId } }";
    let write =
        |name: &str, value: &str| graphql(&[], "/graphql", document, &[("name", name), ("value", value)]);
    fill_one_by_one(&started.address, values, 200, write).await;
    Ok(started.filled(&Table, idle_memory, values))
}
