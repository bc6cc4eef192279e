//! What a client does where something is not well: one error for each reason, and another try where that can't do harm.

use std::time::{Duration, Instant};

use strongroom::{Client, Error};
use strongroom_tests::http::Stranger;
use strongroom_tests::server::free_address;

use crate::Scene;
use crate::road::{Fate, Road};

#[tokio::test]
async fn each_reason_has_its_error() {
    let Scene { server, writer, runner, .. } = Scene::new().await;
    writer.set_secret("A", "the value of A").await.expect("set");

    let missing = runner.secret_value("B").await;
    assert!(matches!(missing, Err(Error::SecretNotFound { ref name }) if name == "B"), "{missing:?}");
    let forbidden = writer.secret_value("A").await;
    assert!(matches!(forbidden, Err(Error::Forbidden { .. })), "{forbidden:?}");
    let forbidden = runner.set_secret("A", "planted").await;
    assert!(matches!(forbidden, Err(Error::Forbidden { .. })), "{forbidden:?}");
    let broken_rule = writer.set_secret(" A", "x").await;
    assert!(
        matches!(broken_rule, Err(Error::Refused { ref message }) if message.contains("white space")),
        "{broken_rule:?}"
    );
    let not_there = writer.delete_secret("B").await;
    assert!(matches!(not_there, Err(Error::Refused { .. })), "{not_there:?}");
    let unknown = crate::client(server.url(), "sr_of-nobody").secret_names().await;
    assert!(matches!(unknown, Err(Error::Unauthenticated { .. })), "{unknown:?}");
    let without = Client::builder(server.url()).build().expect("a client").secret_names().await;
    assert!(matches!(without, Err(Error::NoKey)), "{without:?}");
    let no_key = Client::builder(server.url()).key("sr_\u{7}").build();
    assert!(matches!(no_key, Err(Error::MalformedKey)), "{no_key:?}");
}

async fn asking(status: &str, body: &str) -> Error {
    let url = format!("http://{}", Stranger::answering(status, body).await.address);
    crate::client(&url, "sr_x").secret_names().await.expect_err("it is no server")
}

#[tokio::test]
async fn redirects_and_foreign_servers_are_distinguished() {
    let error = asking("404 Not Found", "<html>").await;
    assert!(matches!(error, Error::MalformedAnswer { status: 404, .. }), "{error:?}");
    let moved = "301 Moved Permanently\r\nLocation: https://secrets.example.com/x?token=1";
    let error = asking(moved, "").await;
    let to = "https://secrets.example.com";
    assert!(matches!(error, Error::Redirected { ref sends_to, .. } if sends_to == to), "{error:?}");
}

#[tokio::test]
async fn connections_are_used_again_and_only_what_can_do_no_harm_is_tried_again() {
    let Scene { server, team, writer, runner } = Scene::new().await;
    let key = team.new_key("user").await;
    let road = Road::to(server.address(), &[]).await;
    let client = crate::client(road.url(), &key);
    for _ in 0..5 {
        client.secret_names().await.expect("names");
    }
    client.clone().secret_names().await.expect("names");
    assert_eq!(road.connections(), 1);

    let road = Road::to(server.address(), &[Fate::Closed, Fate::AnswerLost, Fate::Closed]).await;
    let client = crate::client(road.url(), &key);
    client.set_secret("A", "set twice is set").await.expect("set");
    assert!(road.connections() > 3);
    let value = runner.secret_value("A").await.expect("a value");
    assert_eq!(value.value(), "set twice is set");

    let road = Road::to(server.address(), &[Fate::AnswerLost]).await;
    let lost = crate::client(road.url(), &key).delete_secret("A").await;
    assert!(matches!(lost, Err(Error::Unreachable { may_have_arrived: true, .. })), "{lost:?}");
    assert_eq!(road.connections(), 1, "it was not tried again");
    assert!(writer.secret_names().await.expect("names").is_empty(), "it had happened");

    // A request ends after a while.
    let road = Road::to(server.address(), &[Fate::Silent]).await;
    let client = Client::builder(road.url()).key(&key).timeout(Duration::from_millis(300)).retries(0);
    let begun = Instant::now();
    let answer = client.build().expect("a client").secret_names().await;
    assert!(
        matches!(answer, Err(Error::Unreachable { ref reason, .. }) if reason.contains("too long")),
        "{answer:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password_for_its_proxy() {
    let address = free_address();
    let client = Client::builder(format!("http://ada:the-proxys-password@{address}"))
        .key("sr_x")
        .retries(1)
        .build()
        .expect("a client");
    let error = client.secret_names().await.expect_err("nobody is there");
    let text = format!("{error} {error:?} {client:?}");
    assert!(text.contains(&address) && !text.contains("the-proxys-password"), "{text}");
    assert!(error.is_transient());
}
