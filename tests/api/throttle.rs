//! Throttling of passwords: the first failures are free, then each attempt must wait.

use serde_json::json;
use strongroom_tests::{Answer, Client, Person, Server, Store, Team, wait};
use tokio::task::JoinSet;

/// The number of free failures of an account and of an address.
const FREE_OF_ACCOUNT: usize = 5;
const FREE_OF_ADDRESS: usize = 20;

/// How many more attempts may be checked: the first waits are short, and a busy machine is slow.
const SLACK: usize = 2;

const BEHIND_A_PROXY: &[&str] = &["--trusted-proxies", "127.0.0.1/32"];

async fn someone(arguments: &[&str]) -> (Server, Team, Person) {
    let server = Server::start_on(&Store::new(), arguments).await;
    let team = server.team("acme").await;
    let person = team.person("user").await;
    (server, team, person)
}

fn from(server: &Server, address: &str) -> Client {
    server.nobody().with_header("x-forwarded-for", address)
}

async fn guess(client: &Client, email: &str) -> Answer {
    Person::new(email, "not the password at all").log_in(client).await
}

/// Guesses once at each of `count` accounts, from the client for its number.
async fn guess_at_many(from: impl Fn(usize) -> Client, count: usize) {
    for number in 0..count {
        let answer = guess(&from(number), &format!("nobody-{number}@acme.example")).await;
        assert_eq!(seconds_to_wait(&answer, "log_in"), None, "{number}");
    }
}

/// The wait that an answer demands; `None` if the password was checked.
fn seconds_to_wait(answer: &Answer, field: &str) -> Option<u64> {
    if answer.data(&format!("/{field}/success")) == true {
        return None;
    }
    let reason = answer.refusal(field);
    let rest = reason.strip_prefix("Too many failed attempts. Try again in ")?;
    assert_eq!(answer.header("set-cookie"), "", "{answer:?}");
    let number = rest.split(' ').next().and_then(|number| number.parse().ok());
    Some(number.unwrap_or_else(|| panic!("{reason:?} has no number of seconds")))
}

fn assert_waits(answer: &Answer, field: &str) {
    assert!(seconds_to_wait(answer, field).is_some(), "{answer:?}");
}

/// Returns the number of passwords that were checked before the wait was at least `seconds`.
async fn guess_until_stopped(client: &Client, email: &str, seconds: u64) -> usize {
    let mut checked = 0;
    wait::until("guessing is stopped", async || {
        if let Some(left) = seconds_to_wait(&guess(client, email).await, "log_in") {
            return (left >= seconds).then_some(());
        }
        checked += 1;
        assert!(checked <= FREE_OF_ADDRESS + SLACK, "guesses are not stopped");
        None
    })
    .await;
    checked
}

async fn assert_stopped_within(most: usize, client: &Client, email: &str) {
    let checked = guess_until_stopped(client, email, 1).await;
    assert!(checked <= most, "{checked} more were checked");
}

async fn assert_few_are_free(client: &Client, email: &str) {
    let checked = guess_until_stopped(client, email, 1).await;
    assert!((FREE_OF_ACCOUNT..=FREE_OF_ACCOUNT + SLACK).contains(&checked), "{checked}");
}

#[tokio::test]
async fn the_first_failures_of_an_account_are_free_and_waits_then_grow() {
    let (server, team, person) = someone(BEHIND_A_PROXY).await;
    let guesser = from(&server, "203.0.113.1");
    assert_few_are_free(&guesser, &person.email).await;
    guess_until_stopped(&guesser, &person.email, 2).await;
    // During the wait, even the right password is not checked.
    assert_waits(&person.log_in(&guesser).await, "log_in");
    let answer = wait::until("the wait is over", async || {
        let answer = person.log_in(&guesser).await;
        seconds_to_wait(&answer, "log_in").is_none().then_some(answer)
    })
    .await;
    answer.assert_success("log_in");
    // A success makes the next failures free again.
    let person = team.person("user").await;
    let browser = from(&server, "203.0.113.2");
    for _ in 0..2 {
        for _ in 0..FREE_OF_ACCOUNT - 1 {
            assert_eq!(seconds_to_wait(&guess(&browser, &person.email).await, "log_in"), None);
        }
        person.log_in(&browser).await.assert_success("log_in");
    }
    let checked = guess_until_stopped(&browser, &person.email, 1).await;
    assert!(checked >= FREE_OF_ACCOUNT, "{checked}");
    // An unknown address is answered like a known one, in any case.
    let person = team.person("user").await;
    let guesser = from(&server, "203.0.113.3");
    let unknown = "nobody@acme.example";
    for _ in 0..FREE_OF_ACCOUNT {
        let known = guess(&guesser, &person.email.to_uppercase()).await;
        assert_eq!(known.refusal("log_in"), guess(&guesser, unknown).await.refusal("log_in"));
    }
    for email in [person.email.as_str(), unknown] {
        assert_stopped_within(SLACK, &guesser, email).await;
    }
    // Concurrent guesses are throttled.
    let person = team.person("user").await;
    let mut attempts = JoinSet::new();
    for _ in 0..24 {
        let (client, email) = (from(&server, "203.0.113.4"), person.email.clone());
        attempts.spawn(async move {
            let answer = guess(&client, &email).await;
            // A busy server may refuse to check a password.
            usize::from(answer.errors().is_empty() && seconds_to_wait(&answer, "log_in").is_none())
        });
    }
    let checked: usize = attempts.join_all().await.into_iter().sum();
    assert!((1..=FREE_OF_ACCOUNT + SLACK).contains(&checked), "{checked} passwords were checked");
}

#[tokio::test]
async fn an_address_or_network_cannot_try_many_accounts_despite_its_own_login() {
    let (server, _, person) = someone(BEHIND_A_PROXY).await;
    // The owner of one IPv6 address has its whole network.
    for (inside, outside) in [("203.0.113.7", "203.0.113.8"), ("2001:db8:1:2:#::1", "2001:db8:1:3::1")] {
        let inside = |number: usize| from(&server, &inside.replace('#', &format!("{number:x}")));
        guess_at_many(inside, FREE_OF_ADDRESS).await;
        let guesser = inside(0xffff);
        let email = format!("beyond-{}@acme.example", outside.len());
        let mut checked = 0;
        for (wait, most) in [(1, SLACK), (2, 1 + SLACK)] {
            checked += guess_until_stopped(&guesser, &email, wait).await;
            assert!(checked <= most, "not {outside}: {checked} more were checked");
        }
        assert_waits(&person.log_in(&guesser).await, "log_in");
        person.log_in(&from(&server, outside)).await.assert_success("log_in");
    }
    // Logging in to one's own account does not make guesses at others free.
    let guesser = from(&server, "198.51.100.7");
    let mut checked = 0;
    for number in 0..FREE_OF_ADDRESS + 5 {
        if number % 5 == 4 {
            person.log_in(&guesser).await;
        }
        let answer = guess(&guesser, &format!("nobody-{number}@acme.example")).await;
        checked += usize::from(seconds_to_wait(&answer, "log_in").is_none());
    }
    assert!((FREE_OF_ADDRESS..=FREE_OF_ADDRESS + SLACK).contains(&checked), "{checked}");
}

#[tokio::test]
async fn strangers_cannot_lock_out_a_known_address_and_every_password_field_counts() {
    let (server, team, person) = someone(BEHIND_A_PROXY).await;
    let home = from(&server, "198.51.100.1");
    person.log_in(&home).await.assert_success("log_in");
    for number in 0..FREE_OF_ACCOUNT {
        guess(&from(&server, &format!("203.0.113.{number}")), &person.email).await;
    }
    guess_until_stopped(&from(&server, "203.0.113.100"), &person.email, 2).await;
    assert_waits(&person.log_in(&from(&server, "203.0.113.200")).await, "log_in");
    person.log_in(&home).await.assert_success("log_in");
    // Guesses from the known address count as well.
    assert_few_are_free(&home, &person.email).await;
    // Failures of every password field count.
    let person = team.person("user").await;
    let other = server.team("other").await.key("administrator").await;
    let token = other.invite(&person.email, "user").await;
    let session = server.fixed_session(&person).await.with_header("x-forwarded-for", "203.0.113.1");
    let change = json!({"current_password": "a wrong password", "new_password": "an entirely new password"});
    for _ in 0..2 {
        let answer = session.mutate("change_password", change.clone()).await;
        assert_eq!(seconds_to_wait(&answer, "change_password"), None);
        let answer = from(&server, "203.0.113.2").accept(&token, Some("a wrong password")).await;
        assert_eq!(seconds_to_wait(&answer, "accept_invitation"), None);
    }
    guess(&from(&server, "203.0.113.3"), &person.email).await;
    let checked = guess_until_stopped(&from(&server, "203.0.113.3"), &person.email, 2).await;
    assert!(checked <= SLACK, "{checked} more were checked");
    assert_waits(&session.mutate("change_password", change).await, "change_password");
    let stranger = from(&server, "203.0.113.4");
    assert_waits(&stranger.accept(&token, Some(&person.password)).await, "accept_invitation");
    assert_waits(&person.log_in(&stranger).await, "log_in");
    team.log_in(&person).await;
}

#[tokio::test]
async fn forwarded_address_is_ignored_without_a_trusted_proxy() {
    let (server, team, _) = someone(&[]).await;
    guess_at_many(|number| from(&server, &format!("203.0.113.{number}")), FREE_OF_ADDRESS).await;
    assert_stopped_within(SLACK, &from(&server, "203.0.113.200"), "one-more@acme.example").await;
    let writer = team.key("administrator").await;
    writer.with_header("x-forwarded-for", "203.0.113.9").set("A", json!("some value or other")).await;
    let entries = writer.audit(json!({"action": {"_eq": "create:secret"}})).await;
    assert_eq!(entries[0]["address"], "127.0.0.1");
}

#[tokio::test]
async fn the_address_is_the_last_one_that_no_trusted_proxy_has() {
    let trusted = ["--trusted-proxies", "127.0.0.1/32,10.0.0.0/8"];
    let server = Server::start_on(&Store::new(), &trusted).await;
    let admin = server.team("acme").await.key("administrator").await;
    for (given, expected) in [
        ("203.0.113.5", "203.0.113.5"),
        ("192.0.2.66, 203.0.113.5", "203.0.113.5"),
        ("192.0.2.66, 203.0.113.5, 10.1.2.3", "203.0.113.5"),
        ("203.0.113.5,10.1.2.3 , 10.9.9.9", "203.0.113.5"),
        ("2001:db8::1", "2001:db8::1"),
        ("not an address", "127.0.0.1"),
        ("", "127.0.0.1"),
    ] {
        admin.with_header("x-forwarded-for", given).set("A", json!("some value or other")).await;
        let entries = admin.audit(json!({"object_name": {"_eq": "A"}})).await;
        assert_eq!(entries[0]["address"], expected, "{given:?}");
    }
}

#[tokio::test]
async fn a_failed_guess_does_not_keep_an_address_known_and_failures_survive_a_restart() {
    let (server, _, person) = someone(&[]).await;
    person.log_in(&server.nobody()).await.assert_success("log_in");
    guess(&server.nobody(), &person.email).await;
    // The known address has a separate row, which the guess does not touch.
    assert_eq!(server.store().sql_number("SELECT count(*) FROM log_in_attempts WHERE failures = 0").await, 1);
    // Failures and sessions survive a restart.
    let store = server.store().clone();
    let session = server.fixed_session(&person).await;
    for _ in 0..FREE_OF_ACCOUNT - 1 {
        guess(&server.nobody(), &person.email).await;
    }
    server.stop().await;
    let server = store.serve().await;
    assert_stopped_within(1 + SLACK, &server.nobody(), &person.email).await;
    assert_eq!(session.at(&server).auth_info("email").await, person.email);
}

#[tokio::test]
async fn passwords_beyond_the_queue_are_rejected_and_not_counted() {
    const BUSY: &str = "The server is busy. Try again in a few seconds.";
    const SENT: i64 = 200;
    let (server, ..) = someone(BEHIND_A_PROXY).await;
    let mut sent = JoinSet::new();
    for number in 0..SENT {
        let guesser = from(&server, &format!("203.0.113.{number}"));
        sent.spawn(async move { guess(&guesser, &format!("nobody-{number}@acme.example")).await });
    }
    let answers = sent.join_all().await;
    let rejected: i64 = answers.iter().map(|answer| i64::from(answer.refusal("log_in") == BUSY)).sum();
    assert!(rejected > 0, "the queue has no end");
    // An attempt counts for its account and for its address.
    let counted = "SELECT count(*) FROM log_in_attempts WHERE subject <> 'decoy'";
    assert_eq!(server.store().sql_number(counted).await, 2 * (SENT - rejected));
}
