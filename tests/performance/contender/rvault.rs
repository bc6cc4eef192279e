//! `rvault`, a server that speaks Vault's protocol, as it is by default: one key share, KV version 1, values in files, asked with
//! the root token.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use strongroom_tests::{rvault, server, wait};
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{Contender, Dialect, Started, fill_one_by_one};
use crate::http;
use crate::machine::Cores;
use crate::value::Values;

/// Where the program is, if `cargo xtask bench` has found it.
pub fn program() -> Option<PathBuf> {
    env::var_os("STRONGROOM_RVAULT").map(PathBuf::from)
}

/// The token.
struct Token(String);

impl Dialect for Token {
    fn read(&self, name: &str) -> Vec<u8> {
        http::request("GET", &path(name), &[("X-Vault-Token", &self.0)], "")
    }

    fn before_value(&self) -> &'static str {
        r#""data":{"value":""#
    }

    fn write(&self, name: &str, value: &str) -> Option<Vec<u8>> {
        let body = format!("{{\"value\":\"{value}\"}}");
        Some(http::request("PUT", &path(name), &[("X-Vault-Token", &self.0)], &body))
    }

    fn written(&self) -> (u16, &'static str) {
        (204, "")
    }
}

fn path(name: &str) -> String {
    format!("/v1/secret/{name}")
}

/// A server in a folder of its own; or why there is none.
pub async fn start(cores: Cores, values: &[Arc<Values>; 2]) -> Result<Contender, String> {
    let program = program()
        .ok_or("it is not installed: `cargo xtask setup --rvault`, about twenty minutes of a processor")?;
    let folder = TempDir::with_prefix("rvault-").expect("temporary folders can be made");
    let address = server::free_address();
    let start = Instant::now();
    let child = cores
        .serving(async {
            let child = rvault::command(&program, folder.path(), &address).spawn().expect("rvault starts");
            let listens = async || TcpStream::connect(&address).await.ok();
            wait::until("rvault listens", listens).await;
            child
        })
        .await;
    let took = start.elapsed();
    let token = Token(rvault::set_up(&format!("http://{address}")).await.token);

    let started = Started {
        name: "rvault".to_owned(),
        address,
        took,
        roots: vec![child.id().expect("it runs")],
        alive: Box::new((child, folder)),
    };
    let idle_memory = started.idle_memory().await;
    let write = |name: &str, value: &str| token.write(name, value).expect("it can");
    fill_one_by_one(&started.address, values, 204, write).await;
    Ok(started.filled(&token, idle_memory, values))
}
