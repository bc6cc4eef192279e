//! OpenBao as its manual recommends it: raft storage, an audit log in a file, KV version 2, and tokens with a policy each.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use strongroom_tests::openbao::{OpenBao, Storage};

use super::{Contender, Dialect, idle_memory, requests};
use crate::http::{self, Connection, Prepared};
use crate::machine::Cores;
use crate::page::OPENBAO;
use crate::value::Values;

/// Tokens of Vault's API, which Strongroom has as well.
pub(super) struct Tokens {
    pub reader: String,
    pub writer: String,
}

impl Dialect for Tokens {
    const BEFORE_VALUE: &'static str = r#""data":{"data":{"value":""#;
    const WRITTEN: &'static str = r#"{"request_id":""#;

    fn read(&self, name: &str) -> Prepared {
        http::request("GET", &path(name), &[("X-Vault-Token", &self.reader)], String::new())
    }

    fn write(&self, name: &str, value: &str) -> Option<Prepared> {
        let body = json!({"data": {"value": value}}).to_string();
        Some(http::request("POST", &path(name), &[("X-Vault-Token", &self.writer)], body))
    }
}

fn path(name: &str) -> String {
    format!("/v1/secret/data/{name}")
}

pub async fn start(cores: Cores, values: &[Arc<Values>; 2]) -> Contender {
    let start = Instant::now();
    let bao = cores.serving(OpenBao::start(Storage::Raft)).await;
    let started = start.elapsed();
    bao.mount_kv("", "secret", 2).await;
    let tokens = Tokens {
        reader: token(&bao, "reader", "\"read\"").await,
        writer: token(&bao, "writer", "\"create\", \"update\"").await,
    };

    let roots = vec![bao.pid()];
    let idle_memory = idle_memory(&roots).await;
    fill(bao.address(), values, &tokens).await;
    let address = bao.address().to_owned();
    let contender = Contender::new(OPENBAO, &address, started, requests(&tokens, values), roots, bao);
    Contender { idle_memory, ..contender }
}

async fn token(bao: &OpenBao, name: &str, capabilities: &str) -> String {
    let rules = format!("path \"secret/data/*\" {{ capabilities = [{capabilities}] }}");
    bao.set_policy("", name, &rules).await;
    bao.token(name).await
}

async fn fill(address: &str, values: &[Arc<Values>; 2], tokens: &Tokens) {
    let mut connection = Connection::open(address).await.expect("the server listens");
    for values in values {
        for (name, [first, ..]) in values.names.iter().zip(&values.values) {
            let request = tokens.write(name, first).expect("it can");
            let answer = connection.ask(&request).await.expect("the server answers");
            assert_eq!(answer.status, 200, "{name}: {}", String::from_utf8_lossy(&answer.body));
        }
    }
}
