//! The upper bound: axum and async-graphql with one field that returns a string, and nothing else. No key, no store, no
//! log. The difference from Strongroom is the cost of a secret store; this itself is the cost of GraphQL.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Response, Schema};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use super::{Contender, Dialect, graphql, idle_memory, requests};
use crate::http::Prepared;
use crate::machine::Cores;
use crate::page::BARE;
use crate::value::{NAMES, Size, Values, name, value};

/// The argument with which this program becomes the server.
pub const ARGUMENT: &str = "serve-bare-graphql";

type BareSchema = Schema<Query, EmptyMutation, EmptySubscription>;

struct Query(HashMap<String, String>);

#[Object(rename_fields = "snake_case")]
impl Query {
    async fn secret_value(&self, name: String) -> Option<String> {
        self.0.get(&name).cloned()
    }
}

pub async fn serve() {
    let all = |size| (0..NAMES).map(move |number| (name(size, number), value(size, number, 0)));
    let query = Query(Size::ALL.into_iter().flat_map(all).collect());
    let schema = Schema::new(query, EmptyMutation, EmptySubscription);
    let app = Router::new().route("/graphql", post(answer)).with_state(schema);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    println!("{}", listener.local_addr().expect("it has an address"));
    axum::serve(listener, app).await.expect("it serves until it is killed");
}

async fn answer(State(schema): State<BareSchema>, Json(request): Json<Request>) -> Json<Response> {
    Json(schema.execute(request).await)
}

struct Bare;

impl Dialect for Bare {
    const BEFORE_VALUE: &'static str = r#"{"data":{"secret_value":""#;

    fn read(&self, name: &str) -> Prepared {
        graphql(&[], "query($name: String!) { secret_value(name: $name) }", &json!({"name": name}))
    }
}

pub async fn start(cores: Cores, values: &[Arc<Values>; 2]) -> Contender {
    let program = std::env::current_exe().expect("a program has a path");
    let start = Instant::now();
    let (address, child) = cores
        .serving(async {
            let mut child = Command::new(program)
                .arg(ARGUMENT)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .expect("this program starts");
            let output = child.stdout.take().expect("it is piped");
            let line = BufReader::new(output).lines().next_line().await;
            let line = line.expect("its output can be read");
            (line.expect("it prints its address"), child)
        })
        .await;
    let started = start.elapsed();
    let roots = vec![child.id().expect("it runs")];
    let idle_memory = idle_memory(&roots).await;
    let contender = Contender::new(BARE, &address, started, requests(&Bare, values), roots, child);
    Contender { idle_memory, ..contender }
}
