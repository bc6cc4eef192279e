//! The ceiling: axum and async-graphql with one field that returns a text, and nothing else. No key, no store, no log.
//! What is slower than this is what a store of secrets does; what is not, is the price of GraphQL.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Response, Schema};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use super::{Contender, Dialect, Started, graphql};
use crate::machine::Cores;
use crate::value::{NAMES, Size, Values, number, value};

/// The argument with which this program becomes the server.
pub const ARGUMENT: &str = "serve-bare-graphql";

type BareSchema = Schema<Query, EmptyMutation, EmptySubscription>;

struct Query {
    small: Vec<String>,
    large: Vec<String>,
}

#[Object(rename_fields = "snake_case")]
impl Query {
    async fn secret_value(&self, name: String) -> Option<String> {
        let (size, number) = number(&name)?;
        match size {
            Size::Small => self.small.get(number).cloned(),
            Size::Large => self.large.get(number).cloned(),
        }
    }
}

pub async fn serve() {
    let all = |size| (0..NAMES).map(|number| value(size, number, 0)).collect();
    let query = Query { small: all(Size::Small), large: all(Size::Large) };
    let schema = Schema::new(query, EmptyMutation, EmptySubscription);
    let app = Router::new().route("/graphql", post(answer)).with_state(schema);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port can be had");
    println!("{}", listener.local_addr().expect("it has an address"));
    axum::serve(listener, app).await.expect("it serves until it is killed");
}

async fn answer(State(schema): State<BareSchema>, Json(request): Json<Request>) -> Json<Response> {
    Json(schema.execute(request).await)
}

struct Bare;

impl Dialect for Bare {
    fn read(&self, name: &str) -> Vec<u8> {
        graphql(&[], "/graphql", "query($name: String!) { secret_value(name: $name) }", &[("name", name)])
    }

    fn before_value(&self) -> &'static str {
        r#"{"data":{"secret_value":""#
    }

    fn write(&self, _: &str, _: &str) -> Option<Vec<u8>> {
        None
    }

    fn written(&self) -> (u16, &'static str) {
        (200, "")
    }
}

pub async fn start(cores: Cores, values: &[Arc<Values>; 2]) -> Contender {
    let program = std::env::current_exe().expect("a program knows where it is");
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
    let started = Started {
        name: "bare GraphQL".to_owned(),
        address,
        took: start.elapsed(),
        roots: vec![child.id().expect("it runs")],
        alive: Box::new(child),
    };
    let idle_memory = started.idle_memory().await;
    started.filled(&Bare, idle_memory, values)
}
