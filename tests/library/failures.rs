//! The client's errors, and the retries that can do no harm.

use std::time::{Duration, Instant};

use strongroom::{Client, Error};
use strongroom_tests::http::Stranger;
use strongroom_tests::relay::{Fault, Relay};
use strongroom_tests::server::free_address;

use crate::Scene;

#[tokio::test]
async fn each_reason_has_its_error() {
    let Scene { server, writer, runner, .. } = Scene::new().await;
    writer.set_secret("A", "the value of A").await.expect("set");

    assert_fails!(runner.secret_value("B").await, Error::SecretNotFound { ref name } if name == "B");
    assert_fails!(writer.secret_value("A").await, Error::Forbidden { .. });
    assert_fails!(runner.set_secret("A", "planted").await, Error::Forbidden { .. });
    let broken_rule = writer.set_secret(" A", "x").await;
    assert_fails!(broken_rule, Error::Refused { ref message } if message.contains("white space"));
    assert_fails!(writer.delete_secret("B").await, Error::Refused { .. });
    let unknown = crate::client(server.url(), "sr_of-nobody");
    assert_fails!(unknown.secret_names().await, Error::Unauthenticated { .. });
    let without = Client::builder(server.url()).build().expect("a client");
    assert_fails!(without.secret_names().await, Error::NoKey);
    assert_fails!(Client::builder(server.url()).key("sr_\u{7}").build(), Error::MalformedKey);

    let asking = async |status: &str, body: &str| {
        let stranger = Stranger::answering(status, body).await;
        crate::client(&format!("http://{}", stranger.address), "sr_x").secret_names().await
    };
    assert_fails!(asking("404 Not Found", "<html>").await, Error::MalformedAnswer { status: 404, .. });
    let moved = "301 Moved Permanently\r\nLocation: https://secrets.example.com/x?token=1";
    let to = "https://secrets.example.com";
    assert_fails!(asking(moved, "").await, Error::Redirected { ref sends_to, .. } if sends_to == to);

    let address = free_address();
    let client = Client::builder(format!("http://ada:the-password@{address}")).key("sr_x");
    let error = client.build().expect_err("an address with a password");
    let text = format!("{error} {error:?}");
    assert!(matches!(error, Error::Address { .. }) && !text.contains("the-password"), "{text}");
    let client = Client::builder(format!("http://{address}")).key("sr_x").retries(1);
    let error = client.build().expect("a client").secret_names().await.expect_err("no server");
    assert!(error.to_string().contains(&address), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn connections_are_reused_and_only_harmless_requests_are_retried() {
    let Scene { server, team, writer, runner } = Scene::new().await;
    let key = team.new_key("user").await;
    let relay = Relay::to(server.address(), &[]).await;
    let client = crate::client(&relay.url, &key);
    for _ in 0..5 {
        client.secret_names().await.expect("names");
    }
    client.clone().secret_names().await.expect("names");
    assert_eq!(relay.connections(), 1);

    let relay = Relay::to(server.address(), &[Fault::Closed, Fault::AnswerLost, Fault::Closed]).await;
    crate::client(&relay.url, &key).set_secret("A", "set twice is set").await.expect("set");
    assert!(relay.connections() > 3);
    assert_eq!(runner.secret_value("A").await.expect("a value").value(), "set twice is set");

    let relay = Relay::to(server.address(), &[Fault::AnswerLost]).await;
    let lost = crate::client(&relay.url, &key).delete_secret("A").await;
    assert_fails!(lost, Error::Unreachable { may_have_arrived: true, .. });
    assert_eq!(relay.connections(), 1, "a delete is not retried");
    assert!(writer.secret_names().await.expect("names").is_empty(), "the delete had arrived");

    let relay = Relay::to(server.address(), &[Fault::Silent]).await;
    let client = Client::builder(&relay.url).key(&key).timeout(Duration::from_millis(300)).retries(0);
    let begun = Instant::now();
    let answer = client.build().expect("a client").secret_names().await;
    assert_fails!(answer, Error::Unreachable { ref reason, .. } if reason.contains("too long"));
    assert!(begun.elapsed() < Duration::from_secs(10));
}
