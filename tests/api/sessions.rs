//! Browser sessions: login, the cookie, logout, passwords.

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use strongroom_tests::{Answer, Client, Person, Reply, Scene, Server, Store, aliased, free_address, wait};

const NEW_PASSWORD: &str = "an entirely new password";
const LOG_OUT: &str = "mutation { log_out { success error } }";

/// The session cookie that an answer sets, and its attributes in lower case.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let attributes = answer.header("set-cookie").split(';').skip(1);
    (answer.cookie().to_owned(), attributes.map(|attribute| attribute.trim().to_lowercase()).collect())
}

fn assert_clears_cookie(answer: &Answer) {
    let (value, attributes) = cookie(answer);
    assert!(value.ends_with('='), "nothing is left in it: {value}");
    assert!(attributes.contains(&"max-age=0".to_owned()), "{attributes:?}");
}

async fn someone(server: &Server) -> Person {
    server.team("acme").await.person("user").await
}

async fn logged_in(server: &Server, person: &Person) -> Answer {
    let answer = person.log_in(&server.nobody()).await;
    answer.assert_success("log_in");
    answer
}

#[tokio::test]
async fn session_cookie_is_hidden_from_scripts_and_other_sites() {
    for (public_url, prefix, path, is_secure) in [
        // Plain HTTP on the loopback interface must work.
        ("http://127.0.0.1", "", "/", false),
        ("https://secrets.example", "__Host-", "/", true),
        ("https://h.example/a/b", "__Secure-", "/a/b", true),
        ("http://127.0.0.1/a/b/", "path-", "/a/b", false),
    ] {
        let arguments = ["--public-url", public_url];
        let server = Server::start_at(&Store::new(), &free_address(), &arguments).await;
        let answer = logged_in(&server, &someone(&server).await).await;
        let (value, mut attributes) = cookie(&answer);
        let (name, token) = value.split_once('=').expect("name=value");
        assert_eq!(name, format!("{prefix}strongroom_session"));
        assert!(token.starts_with("sr_") && token.len() > 40, "a random token: {token}");
        assert!(!answer.text.contains(token), "the token is in the cookie alone");
        server.store().must_stay_secret(token);
        attributes.sort_unstable();
        assert!(attributes.remove(0).starts_with("expires="), "{attributes:?}");
        let mut expected = vec!["httponly".to_owned(), format!("path={path}"), "samesite=strict".to_owned()];
        expected.extend(is_secure.then(|| "secure".to_owned()));
        assert_eq!(attributes, expected, "{public_url}");
        if path != "/" {
            assert_eq!(answer.header("strict-transport-security"), "", "the host has other applications");
        }

        for cookies in [value.clone(), format!("strongroom_planted=planted; {value}; other=1")] {
            assert_eq!(server.with_cookie(&cookies).names().await, [""; 0], "{cookies}");
        }
        server.with_cookie(&format!("{value}; {value}")).assert_unknown().await;
        if !prefix.is_empty() {
            let planted = server.with_cookie(&format!("strongroom_session=planted; {value}"));
            assert_eq!(planted.names().await, [""; 0], "{public_url}");
            server.with_cookie(&format!("strongroom_session={token}")).assert_unknown().await;
        }
        let browser = server.with_cookie(&value);
        let (ended, attributes) = cookie(&browser.query(LOG_OUT).await);
        assert_eq!(ended, format!("{prefix}strongroom_session="), "the same cookie is dropped");
        assert!(attributes.contains(&format!("path={path}")), "{attributes:?}");
        browser.assert_unknown().await;
    }
}

#[tokio::test]
async fn forged_ambiguous_replaced_and_logged_out_cookies_are_unauthenticated() {
    let Scene { server, team, writer, .. } = &Scene::new().await;
    let (ada, rob) = (team.person("administrator").await, team.person("administrator").await);
    let answers = [logged_in(server, &ada).await, logged_in(server, &rob).await];
    let [of_ada, of_rob] = answers.each_ref().map(Answer::cookie);
    let (name, token) = of_ada.split_once('=').expect("name=value");
    // Neither is a key in its place, or the token in a key's.
    for forged in ["", "x", &token.to_uppercase(), &token[1..], "../../etc/passwd", writer.key()] {
        server.with_cookie(&format!("{name}={forged}")).assert_unknown().await;
    }
    server.with_key(token).assert_unknown().await;

    for both in [
        format!("{of_ada}; {of_rob}"),
        format!("{of_rob}; {of_ada}"),
        format!("strongroom_session=; {of_ada}"),
    ] {
        let browser = server.with_cookie(&both);
        let answer = browser.query("{ secret_names }").await;
        assert!(answer.assert_error("UNAUTHENTICATED").contains("two session cookies"));
        assert_eq!(browser.get("/audit-log.jsonl").await.status, reqwest::StatusCode::UNAUTHORIZED);
        // No answer makes the browser drop its own cookie and keep the planted one.
        let again = ada.log_in(&browser).await;
        assert!(again.assert_error("BAD_USER_INPUT").contains("Delete this site's cookies"));
        let out = browser.query(LOG_OUT).await;
        out.assert_error("UNAUTHENTICATED");
        for answer in [&answer, &again, &out] {
            assert_eq!(answer.header("set-cookie"), "");
        }
    }
    server.with_cookie(of_ada).names().await;
    // A new login ends the session that it replaces.
    let (ada, rob) = (team.person("administrator").await, team.person("user").await);
    let other = server.team("other").await.key("administrator").await;
    let invitation = other.invite(&rob.email, "user").await;
    let first = server.fixed_session(&ada).await;
    ada.guessing("not the password at all").log_in(&first).await.refusal("log_in");
    first.names().await;
    let mut before = first;
    for again in [&ada, &rob] {
        let answer = again.log_in(&before).await;
        answer.assert_success("log_in");
        before.assert_unknown().await;
        before = before.with_header("cookie", answer.cookie());
        before.names().await;
    }
    let answer = before.accept(&invitation, None).await;
    answer.assert_success("accept_invitation");
    before.assert_unknown().await;
    before.with_header("cookie", answer.cookie()).names().await;
    // A logout everywhere ends the person's sessions only.
    let person = team.person("administrator").await;
    let (one, two) = (server.fixed_session(&person).await, server.fixed_session(&person).await);
    let (_, key) = one.new_key(json!({"name": "k"})).await;
    let other = team.session("user").await;
    let answer = one.query("mutation { log_out_everywhere { success error } }").await;
    answer.assert_success("log_out_everywhere");
    assert_clears_cookie(&answer);
    one.assert_unknown().await;
    two.assert_unknown().await;
    for unaffected in [other, key, team.log_in(&person).await] {
        unaffected.names().await;
    }
}

#[tokio::test]
async fn a_request_tries_one_password_may_have_odd_headers_and_logs_out_on_the_server() {
    let server = Server::start().await;
    let person = someone(&server).await;
    let browser = server.nobody();
    let person = Person::new(&person.email.to_uppercase(), &person.password);
    let answer = person.log_in(&browser).await;
    answer.assert_success("log_in");
    let stolen = answer.cookie();
    assert_eq!(browser.names().await, [""; 0]);
    let answer = browser.log_out().await;
    assert_clears_cookie(&answer);
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    browser.assert_unknown().await;
    let thief = server.with_cookie(stolen);
    thief.assert_unknown().await;
    // The cookie of a dead session is cleared as well.
    assert_clears_cookie(&thief.query(LOG_OUT).await);
    // Other applications' headers may contain any bytes.
    let answer = logged_in(&server, &person).await;
    let session = answer.cookie();
    let bytes = |text: &[u8]| HeaderValue::from_bytes(text).expect("a header's value");
    for (name, value) in [
        ("cookie", [&b"name=M\xfcller; "[..], session.as_bytes()].concat()),
        ("cookie", format!("{session}; name=Müller").into_bytes()),
        ("user-agent", b"M\xfcller/1.0".to_vec()),
        ("accept", b"\xff, application/json".to_vec()),
        ("accept-encoding", b"\xff, gzip".to_vec()),
        ("accept-language", "ü".into()),
        ("referer", b"\xff".to_vec()),
        ("x-forwarded-for", b"\xff".to_vec()),
        ("x-forwarded-host", b"\xff".to_vec()),
        ("x-request-id", b"\xff".to_vec()),
    ] {
        let cookie = if name == "cookie" { bytes(&value) } else { bytes(session.as_bytes()) };
        let request = server.nobody().request(Method::POST, "/graphql");
        let request = request.header("content-type", "application/json").header("cookie", cookie);
        let request = if name == "cookie" { request } else { request.header(name, bytes(&value)) };
        let reply = Reply::to(request.body(r#"{"query": "{ secret_names }"}"#)).await;
        assert_eq!(reply.json()["data"]["secret_names"], json!([]), "{name}: {}", reply.text());
    }
    let page = server.nobody().request(Method::GET, "/log-in").header("accept", bytes(b"\xff, text/html"));
    let page = page.header("accept-encoding", bytes(b"\xff, gzip"));
    let page = Reply::to(page).await;
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    assert_eq!(page.header("content-encoding"), "gzip");
    // A request tries one password at most.
    let Person { email, password } = &person;
    let guesses = ["guess 0", "guess 1", "guess 2", password]
        .map(|guess| format!("log_in(input: {{email: {email:?}, password: {guess:?}}}) {{ success }}"));
    let browser = server.nobody();
    let answer = browser.query(&aliased(&guesses)).await;
    assert!(!answer.errors().is_empty(), "{answer:?}");
    assert_eq!(answer.header("set-cookie"), "");
    let batch = guesses.map(|guess| json!({"query": format!("mutation {{ {guess} }}")}));
    let answer = browser.post("/graphql", json!(batch).to_string()).await;
    assert!(answer.text.contains("errors"), "{answer:?}");
    browser.assert_unknown().await;
}

async fn two_sessions(server: &Server) -> (Person, Client, Client) {
    let person = someone(server).await;
    let (one, two) = (server.fixed_session(&person).await, server.fixed_session(&person).await);
    (person, one, two)
}

/// The client's session, and the number of those that are listed to it.
async fn own_session(client: &Client) -> (Value, usize) {
    let mut rows = client.rows("session", "id created expires_at address user_agent is_current").await;
    let count = rows.len();
    rows.retain(|row| row["is_current"] == true);
    assert_eq!(rows.len(), 1, "one is the current one: {rows:?}");
    (rows.remove(0), count)
}

#[tokio::test]
async fn sessions_are_listed_to_and_ended_by_their_owner_and_a_password_change() {
    let server = Server::start().await;
    let (person, one, two) = two_sessions(&server).await;
    let other = server.team("other").await;
    let phone = server.nobody().with_header("user-agent", "A phone");
    person.log_in(&phone).await.assert_success("log_in");
    let (current, count) = own_session(&phone).await;
    assert_eq!(count, 3);
    assert_eq!(current["user_agent"], "A phone");
    assert_eq!(current["address"], "127.0.0.1");
    assert!(current["expires_at"].as_str() > current["created"].as_str());

    let admin = other.session("administrator").await;
    let (others, count) = own_session(&admin).await;
    assert_eq!(count, 1);
    let end = async |client: &Client, id: &Value| client.refused("end_session", json!({"id": id})).await;
    let missing = end(&admin, &json!("00000000-0000-4000-8000-000000000000")).await;
    let (of_two, _) = own_session(&two).await;
    assert_eq!(end(&admin, &of_two["id"]).await, missing, "sessions of others are not disclosed");
    assert_eq!(end(&one, &others["id"]).await, missing);
    assert_eq!(own_session(&one).await.1, 3);
    one.done("end_session", json!({"id": of_two["id"]})).await;
    two.assert_unknown().await;
    assert_eq!(own_session(&one).await.1, 2);
    end(&one, &of_two["id"]).await;
    // The user agent is kept short and without control characters.
    let browser = server.nobody().with_header("user-agent", &format!("<b>{}</b>\tx", "y".repeat(5000)));
    person.log_in(&browser).await.assert_success("log_in");
    let (current, _) = own_session(&browser).await;
    let kept = current["user_agent"].as_str().expect("text");
    assert!(kept.starts_with("<b>yyy") && kept.len() < 500, "{}", kept.len());
    assert!(!kept.contains(char::is_control), "{kept:?}");
    // A password change needs the current one, and ends other sessions.
    let two = server.fixed_session(&person).await;
    let current = person.password.as_str();
    let long = "x".repeat(1025);
    let wrong = [json!("not the password at all"), json!(""), json!(null)].map(|given| (given, NEW_PASSWORD));
    let (composed, full_width) = ("u\u{308}o\u{308}a\u{308}u\u{308}e\u{308}io", "ｐａｓｓｗｏｒｄ１２３４");
    let weak = ["", "elevenchars", &long, composed, full_width].map(|new| (json!(current), new));
    for (given, new) in wrong.into_iter().chain(weak) {
        let input = json!({"current_password": given, "new_password": new});
        let answer = one.mutate("change_password", input).await;
        answer.assert_rejected();
        answer.assert_never_says(current);
    }
    two.names().await;
    logged_in(&server, &person).await;
    let key = other.key("administrator").await;
    let why = key.forbidden("change_password", json!({"new_password": NEW_PASSWORD})).await;
    assert_eq!(why, "Unauthorized: that needs a session; an API key has no account.");
    // It ends the old password and other sessions.
    let input = json!({"current_password": person.password, "new_password": NEW_PASSWORD});
    one.done("change_password", input).await;
    one.names().await;
    two.assert_unknown().await;
    person.log_in(&server.nobody()).await.refusal("log_in");
    let changed = person.guessing(NEW_PASSWORD);
    logged_in(&server, &changed).await;
    // A reset on the command line ends all of them.
    let file = server.store().password_file("yet another password");
    server.admin(&["reset-password", "--email", &person.email, "--password-file", &file]).await;
    one.assert_unknown().await;
    changed.log_in(&server.nobody()).await.refusal("log_in");
    logged_in(&server, &person.guessing("yet another password")).await;
}

#[tokio::test]
async fn passwords_are_compared_in_nfkc_and_wrong_ones_refused_like_unknown_addresses() {
    const FORMS: [&str; 3] = [
        "Gr\u{fc}\u{df}e an Zo\u{eb} 2026",
        "Gru\u{308}\u{df}e an Zoe\u{308} 2026",
        "Ｇr\u{fc}\u{df}e\u{a0}an Zoe\u{308} ２０26",
    ];
    /// A hash of the second form, by a server that did not normalise passwords.
    const OLD_HASH: &str =
        "$argon2id$v=19$m=47104,t=1,p=1$YSBmaXhlZCBzYWx0IDEyMw$khyLEv5lpuwcJNJXdN+r86aNM5d4dl6cXJl0Bm9PrhA";
    let server = Server::start().await;
    let person = someone(&server).await;
    for chosen in FORMS {
        // Windows editors add a byte order mark and CRLF.
        let file = server.store().password_file(&format!("\u{feff}{chosen}\r\n"));
        server.admin(&["reset-password", "--email", &person.email, "--password-file", &file]).await;
        for typed in FORMS {
            logged_in(&server, &person.guessing(typed)).await;
        }
        person.guessing("Grusse an Zoe 2026").log_in(&server.nobody()).await.refusal("log_in");
    }
    let set = format!("UPDATE users SET password_hash = '{OLD_HASH}' WHERE email = '{}'", person.email);
    assert_eq!(server.store().sql(&set).await, 1);
    person.guessing(FORMS[0]).log_in(&server.nobody()).await.refusal("log_in");
    for typed in [FORMS[1], FORMS[0], FORMS[2]] {
        logged_in(&server, &person.guessing(typed)).await;
    }
    let other = server.team("other").await;
    other.add(&person.guessing(FORMS[1]), "user").await;
    // Accounts are not disclosed.
    let person = person.guessing(FORMS[1]);
    let wrong = person.guessing("not the password at all").log_in(&server.nobody()).await;
    let unknown = Person::new("nobody@acme.example", "not the password at all");
    let unknown = unknown.log_in(&server.nobody()).await;
    assert_eq!(wrong.refusal("log_in"), unknown.refusal("log_in"));
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.header("set-cookie"), "");
        answer.assert_never_says("not the password");
    }
    let (upper, padded) = (person.password.to_uppercase(), format!("{} ", person.password));
    for password in ["", " ", &upper, &padded, &"x".repeat(2000)] {
        person.guessing(password).log_in(&server.nobody()).await.refusal("log_in");
    }
}

#[tokio::test]
async fn sessions_end_after_the_idle_time_or_lifetime() {
    let server = Server::start_on(&Store::new(), &["--session-idle", "4s"]).await;
    let (_, used, unused) = two_sessions(&server).await;
    assert_eq!(own_session(&used).await.1, 2);
    wait::is("the unused one ends", async || own_session(&used).await.1 == 1).await;
    unused.assert_unknown().await;
    used.names().await;
    // A used session ends after its lifetime.
    let server = Server::start_on(&Store::new(), &["--session-lifetime", "3s"]).await;
    let person = someone(&server).await;
    let session = server.fixed_session(&person).await;
    session.names().await;
    let error = wait::until("the session ends", async || {
        session.query("{ secret_names }").await.errors().into_iter().next()
    })
    .await;
    assert_eq!(error.code, "UNAUTHENTICATED");
    server.fixed_session(&person).await.names().await;
}
