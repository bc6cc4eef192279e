//! Guessing passwords: the first few tries are free, then each has to wait.

use serde_json::json;
use strongroom_tests::{Answer, Client, Person, Server, Store, Team, wait};

/// How many failures are free, of an account and of an address.
const FREE_OF_ACCOUNT: usize = 5;
const FREE_OF_ADDRESS: usize = 20;

async fn behind_a_proxy() -> (Server, Team, Person) {
    let server = Server::start_on(&Store::new(), &["--trusted-proxies", "127.0.0.1/32"]).await;
    let (team, person) = someone(&server).await;
    (server, team, person)
}

async fn without_a_proxy() -> (Server, Team, Person) {
    let server = Server::start().await;
    let (team, person) = someone(&server).await;
    (server, team, person)
}

fn from(server: &Server, address: &str) -> Client {
    server.nobody().with_header("x-forwarded-for", address)
}

async fn guess(client: &Client, email: &str) -> Answer {
    Person::new(email, "not the password at all").log_in(client).await
}

/// Guesses once at each of so many accounts from an address each, or from one for all.
async fn guess_at_many(from: impl Fn(usize) -> Client, count: usize) {
    for number in 0..count {
        let answer = guess(&from(number), &format!("nobody-{number}@acme.example")).await;
        assert_eq!(seconds_to_wait(&answer, "log_in"), None, "{number}");
    }
}

/// For how many seconds an answer sends one away; `None` when the password was looked at.
fn seconds_to_wait(answer: &Answer, field: &str) -> Option<u64> {
    if answer.data(&format!("/{field}/success")) == &json!(true) {
        return None;
    }
    let reason = answer.refusal(field);
    let rest = reason.strip_prefix("Too many failed attempts. Try again in ")?;
    assert_eq!(answer.header("set-cookie"), "", "{answer:?}");
    let number = rest.split(' ').next().and_then(|number| number.parse().ok());
    Some(number.unwrap_or_else(|| panic!("{reason:?} tells how long")))
}

/// Returns how many passwords were checked. The first waits are short, and a busy machine may check slowly: there may be
/// a few more tries than are free, but not many.
async fn guess_until_stopped(client: &Client, email: &str, seconds: u64) -> usize {
    let mut looked_at = 0;
    wait::until("guessing is stopped", async || {
        if let Some(left) = seconds_to_wait(&guess(client, email).await, "log_in") {
            return (left >= seconds).then_some(());
        }
        looked_at += 1;
        assert!(looked_at <= FREE_OF_ADDRESS + SLACK, "nobody stops the guesses");
        None
    })
    .await;
    looked_at
}

/// How many tries more than are free may be looked at on a busy machine.
const SLACK: usize = 2;

async fn someone(server: &Server) -> (Team, Person) {
    let team = server.team("acme").await;
    let person = team.person("user").await;
    (team, person)
}

#[tokio::test]
async fn an_account_is_guessed_at_a_few_times_and_then_slower_and_slower() {
    let (server, _, person) = without_a_proxy().await;
    let guesser = server.nobody();
    let looked_at = guess_until_stopped(&guesser, &person.email, 1).await;
    assert!((FREE_OF_ACCOUNT..=FREE_OF_ACCOUNT + SLACK).contains(&looked_at), "{looked_at}");
    // Each wait is longer than the one before.
    guess_until_stopped(&guesser, &person.email, 2).await;
    // While one has to wait, even the right password is not looked at.
    let right = person.log_in(&guesser).await;
    assert!(seconds_to_wait(&right, "log_in").is_some(), "{right:?}");

    let answer = wait::until("the wait is over", async || {
        let answer = person.log_in(&guesser).await;
        seconds_to_wait(&answer, "log_in").is_none().then_some(answer)
    })
    .await;
    answer.assert_success("log_in");
}

#[tokio::test]
async fn a_success_makes_the_next_failures_free_again() {
    let (server, _, person) = without_a_proxy().await;
    let browser = server.nobody();
    for _ in 0..2 {
        for _ in 0..FREE_OF_ACCOUNT - 1 {
            let answer = guess(&browser, &person.email).await;
            assert_eq!(seconds_to_wait(&answer, "log_in"), None);
        }
        person.log_in(&browser).await.assert_success("log_in");
    }
    let looked_at = guess_until_stopped(&browser, &person.email, 1).await;
    assert!(looked_at >= FREE_OF_ACCOUNT, "{looked_at}");
}

#[tokio::test]
async fn an_unknown_address_is_answered_like_a_known_one_in_any_case() {
    let (server, _, person) = without_a_proxy().await;
    let unknown = "nobody@acme.example";
    for _ in 0..FREE_OF_ACCOUNT {
        let (known, unknown) = (
            guess(&server.nobody(), &person.email.to_uppercase()).await,
            guess(&server.nobody(), unknown).await,
        );
        assert_eq!(known.refusal("log_in"), unknown.refusal("log_in"));
    }
    let (of_known, of_unknown) = (
        guess_until_stopped(&server.nobody(), &person.email, 1).await,
        guess_until_stopped(&server.nobody(), unknown, 1).await,
    );
    assert!(of_known <= SLACK && of_unknown <= SLACK, "{of_known} {of_unknown}");
}

#[tokio::test]
async fn one_address_or_network_does_not_try_many_accounts() {
    let (server, _, person) = behind_a_proxy().await;
    // Whoever has one IPv6 address has all of its network.
    for (inside, outside) in [("203.0.113.7", "203.0.113.8"), ("2001:db8:1:2:#::1", "2001:db8:1:3::1")] {
        let inside = |number: usize| from(&server, &inside.replace('#', &format!("{number:x}")));
        guess_at_many(inside, FREE_OF_ADDRESS).await;
        let guesser = inside(0xffff);
        let email = format!("beyond-{}@acme.example", outside.len());
        let mut looked_at = 0;
        for (wait, most) in [(1, SLACK), (2, 1 + SLACK)] {
            looked_at += guess_until_stopped(&guesser, &email, wait).await;
            assert!(looked_at <= most, "not {outside}: {looked_at} more were looked at");
        }
        let right = person.log_in(&guesser).await;
        assert!(seconds_to_wait(&right, "log_in").is_some(), "{right:?}");
        person.log_in(&from(&server, outside)).await.assert_success("log_in");
    }
}

#[tokio::test]
async fn strangers_lock_nobody_out_who_has_been_here_before() {
    let (server, _, person) = behind_a_proxy().await;
    let home = from(&server, "198.51.100.1");
    person.log_in(&home).await.assert_success("log_in");
    for number in 0..FREE_OF_ACCOUNT {
        guess(&from(&server, &format!("203.0.113.{number}")), &person.email).await;
    }
    guess_until_stopped(&from(&server, "203.0.113.100"), &person.email, 2).await;
    let abroad = person.log_in(&from(&server, "203.0.113.200")).await;
    assert!(seconds_to_wait(&abroad, "log_in").is_some(), "{abroad:?}");
    person.log_in(&home).await.assert_success("log_in");
    // At home, guesses count as well.
    let looked_at = guess_until_stopped(&home, &person.email, 1).await;
    assert!((FREE_OF_ACCOUNT..=FREE_OF_ACCOUNT + SLACK).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn without_a_trusted_proxy_nobody_chooses_their_address() {
    let (server, team, _) = without_a_proxy().await;
    guess_at_many(|number| from(&server, &format!("203.0.113.{number}")), FREE_OF_ADDRESS).await;
    let guesser = from(&server, "203.0.113.200");
    let looked_at = guess_until_stopped(&guesser, "one-more@acme.example", 1).await;
    assert!(looked_at <= SLACK, "{looked_at} more were looked at");
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
async fn guesses_at_the_same_time_do_not_slip_through() {
    let (server, _, person) = without_a_proxy().await;
    let guesses: Vec<_> = (0..24)
        .map(|_| {
            let (client, email) = (server.nobody(), person.email.clone());
            tokio::spawn(async move {
                let answer = guess(&client, &email).await;
                // A server that has enough to do may also say so.
                answer.errors().is_empty() && seconds_to_wait(&answer, "log_in").is_none()
            })
        })
        .collect();
    let mut looked_at = 0;
    for guess in guesses {
        looked_at += usize::from(guess.await.expect("each is answered"));
    }
    assert!((1..=FREE_OF_ACCOUNT + SLACK).contains(&looked_at), "{looked_at} passwords were tried");
}

#[tokio::test]
async fn a_restart_forgets_no_failure() {
    let (server, _, person) = without_a_proxy().await;
    let store = server.store().clone();
    for _ in 0..FREE_OF_ACCOUNT - 1 {
        guess(&server.nobody(), &person.email).await;
    }
    server.stop().await;
    let server = store.serve().await;
    let looked_at = guess_until_stopped(&server.nobody(), &person.email, 1).await;
    assert!(looked_at <= 1 + SLACK, "{looked_at} more were looked at");
}

#[tokio::test]
async fn every_way_to_try_a_password_counts() {
    let (server, team, person) = behind_a_proxy().await;
    let other = server.team("other").await.key("administrator").await;
    let token = other.invite(&person.email, "user").await;
    let session = server.fixed_session(&person).await;
    let session = session.with_header("x-forwarded-for", "203.0.113.1");

    let change = json!({"current_password": "a wrong password", "new_password": "an entirely new password"});
    for _ in 0..2 {
        let answer = session.mutate("change_password", change.clone()).await;
        assert_eq!(seconds_to_wait(&answer, "change_password"), None);
    }
    for _ in 0..2 {
        let guesser = from(&server, "203.0.113.2");
        let answer = guesser.accept(&token, Some("a wrong password")).await;
        assert_eq!(seconds_to_wait(&answer, "accept_invitation"), None);
    }
    guess(&from(&server, "203.0.113.3"), &person.email).await;
    let looked_at = guess_until_stopped(&from(&server, "203.0.113.3"), &person.email, 2).await;
    assert!(looked_at <= SLACK, "{looked_at} more were looked at");

    let answer = session.mutate("change_password", change).await;
    assert!(seconds_to_wait(&answer, "change_password").is_some(), "{answer:?}");
    let stranger = from(&server, "203.0.113.4");
    let answer = stranger.accept(&token, Some(&person.password)).await;
    assert!(seconds_to_wait(&answer, "accept_invitation").is_some(), "{answer:?}");
    let answer = person.log_in(&stranger).await;
    assert!(seconds_to_wait(&answer, "log_in").is_some(), "{answer:?}");
    team.log_in(&person).await;
}

#[tokio::test]
async fn a_log_in_of_one_s_own_gives_no_free_guesses_at_others() {
    let (server, _, person) = behind_a_proxy().await;
    let guesser = from(&server, "203.0.113.7");
    let mut looked_at = 0;
    for number in 0..FREE_OF_ADDRESS + 5 {
        if number % 5 == 4 {
            person.log_in(&guesser).await;
        }
        let answer = guess(&guesser, &format!("nobody-{number}@acme.example")).await;
        looked_at += usize::from(seconds_to_wait(&answer, "log_in").is_none());
    }
    assert!((FREE_OF_ADDRESS..=FREE_OF_ADDRESS + SLACK).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn a_failed_guess_does_not_keep_an_address_known() {
    let (server, _, person) = without_a_proxy().await;
    person.log_in(&server.nobody()).await.assert_success("log_in");
    guess(&server.nobody(), &person.email).await;
    // What says that the address is known is as the log-in has left it; the guess is counted elsewhere.
    assert_eq!(server.store().sql_number("SELECT count(*) FROM log_in_attempts WHERE failures = 0").await, 1);
}

#[tokio::test]
async fn too_many_passwords_at_once_are_rejected_and_not_counted() {
    const BUSY: &str = "The server is busy. Try again in a few seconds.";
    const SENT: i64 = 200;
    let (server, ..) = behind_a_proxy().await;
    let mut sent = tokio::task::JoinSet::new();
    for number in 0..SENT {
        let guesser = from(&server, &format!("203.0.113.{number}"));
        sent.spawn(async move { guess(&guesser, &format!("nobody-{number}@acme.example")).await });
    }
    let mut rejected = 0;
    for answer in sent.join_all().await {
        rejected += i64::from(answer.refusal("log_in") == BUSY);
    }
    assert!(rejected > 0, "the queue has no end");
    // An attempt counts for its account and for its address.
    let counted = "SELECT count(*) FROM log_in_attempts WHERE subject <> 'decoy'";
    assert_eq!(server.store().sql_number(counted).await, 2 * (SENT - rejected));
}
