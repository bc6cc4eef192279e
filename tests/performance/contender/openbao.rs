//! OpenBao as its manual recommends it: raft storage, an audit log in a file, KV version 2, and tokens with a policy each.

use std::sync::Arc;
use std::time::Instant;

use strongroom_tests::openbao::{OpenBao, Storage};

use super::{Contender, Dialect, Started};
use crate::http::{self, Connection};
use crate::machine::Cores;
use crate::value::Values;

struct Tokens {
    reader: String,
    writer: String,
}

impl Dialect for Tokens {
    fn read(&self, name: &str) -> Vec<u8> {
        http::request("GET", &path(name), &[("X-Vault-Token", &self.reader)], "")
    }

    fn before_value(&self) -> &'static str {
        r#""data":{"data":{"value":""#
    }

    fn write(&self, name: &str, value: &str) -> Option<Vec<u8>> {
        let body = format!("{{\"data\":{{\"value\":\"{value}\"}}}}");
        Some(http::request("POST", &path(name), &[("X-Vault-Token", &self.writer)], &body))
    }

    fn written(&self) -> (u16, &'static str) {
        (200, r#"{"request_id":""#)
    }
}

fn path(name: &str) -> String {
    format!("/v1/secret/data/{name}")
}

pub async fn start(cores: Cores, values: &[Arc<Values>; 2]) -> Contender {
    let start = Instant::now();
    let bao = cores.serving(OpenBao::start(Storage::Raft)).await;
    let took = start.elapsed();
    bao.mount_kv("", "secret", 2).await;
    let tokens = Tokens {
        reader: token(&bao, "reader", "\"read\"").await,
        writer: token(&bao, "writer", "\"create\", \"update\"").await,
    };

    let started = Started {
        name: "OpenBao".to_owned(),
        address: bao.address().to_owned(),
        took,
        roots: vec![bao.pid()],
        alive: Box::new(bao),
    };
    let idle_memory = started.idle_memory().await;
    fill(&started.address, values, &tokens).await;
    started.filled(&tokens, idle_memory, values)
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
            assert_eq!(answer.status, 200, "{name}: {}", String::from_utf8_lossy(answer.body));
        }
    }
}
