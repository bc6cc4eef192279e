//! Browser sessions: log-in, the cookie, log-out.

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use strongroom_tests::client::{Reply, aliased};
use strongroom_tests::server::free_address;
use strongroom_tests::team::LOG_IN;
use strongroom_tests::{Answer, Client, Person, Server, Store, wait};

const LOG_OUT: &str = "mutation { log_out { success error } }";

async fn try_log_in(client: &Client, email: &str, password: &str) -> Answer {
    client.graphql(LOG_IN, json!({"input": {"email": email, "password": password}})).await
}

/// The value of the session cookie that an answer sets, and its attributes in lower case.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let header = answer.header("set-cookie");
    let mut parts = header.split(';').map(str::trim);
    let value = parts.next().expect("split yields something").to_owned();
    (value, parts.map(str::to_lowercase).collect())
}

async fn someone(server: &Server, role: &str) -> Person {
    server.team("acme").await.person(role).await
}

#[tokio::test]
async fn log_in_sets_a_cookie_that_no_script_sees_and_no_other_site_sends() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let answer = try_log_in(&server.nobody(), &person.email, &person.password).await;
    answer.assert_success("log_in");
    let (value, attributes) = cookie(&answer);
    assert!(value.len() > 40, "a random token: {value}");
    for attribute in ["httponly", "samesite=strict", "path=/"] {
        assert!(attributes.contains(&attribute.to_owned()), "{attribute} is missing in {attributes:?}");
    }
    assert!(!attributes.contains(&"secure".to_owned()), "plain HTTP on the loopback has to work");
    assert!(!attributes.iter().any(|attribute| attribute.starts_with("domain")), "{attributes:?}");
    let (_, token) = value.split_once('=').expect("name=value");
    answer_never_holds(&answer, token);
    server.store().must_stay_secret(token);
}

fn answer_never_holds(answer: &Answer, token: &str) {
    assert!(!answer.text.contains(token), "the token is in the cookie alone");
}

#[tokio::test]
async fn the_session_cookie_is_host_only_behind_https() {
    let store = Store::new();
    let server =
        Server::start_at(&store, &free_address(), &["--public-url", "https://secrets.example"]).await;
    let person = someone(&server, "user").await;
    let browser = server.nobody().with_header("origin", "https://secrets.example");
    let answer = try_log_in(&browser, &person.email, &person.password).await;
    answer.assert_success("log_in");
    let (value, attributes) = cookie(&answer);
    for attribute in ["secure", "httponly", "samesite=strict", "path=/"] {
        assert!(attributes.contains(&attribute.to_owned()), "{attributes:?}");
    }
    assert!(!answer.header("set-cookie").to_lowercase().contains("domain"));
    let plain = value.strip_prefix("__Host-").unwrap_or_else(|| panic!("{value} can be planted"));
    let with = |cookies: &str| server.nobody().with_header("cookie", cookies);
    for cookies in [value.clone(), format!("strongroom_session=planted; {value}; other=1")] {
        assert_eq!(with(&cookies).names().await, [""; 0], "{cookies}");
    }
    for cookies in [plain.to_owned(), format!("{value}; {value}")] {
        with(&cookies).assert_unknown().await;
    }
}

#[tokio::test]
async fn cookies_stay_below_the_public_path() {
    for (public_url, prefix, secure) in
        [("https://h.example/a/b", "__Secure-", true), ("http://127.0.0.1/a/b/", "path-", false)]
    {
        let store = Store::new();
        let server = Server::start_at(&store, &free_address(), &["--public-url", public_url]).await;
        let person = someone(&server, "user").await;
        let answer = try_log_in(&server.nobody(), &person.email, &person.password).await;
        answer.assert_success("log_in");
        let (value, attributes) = cookie(&answer);
        assert!(value.starts_with(&format!("{prefix}strongroom_session=sr_")), "{value}");
        assert!(attributes.contains(&"path=/a/b".to_owned()), "{attributes:?}");
        assert_eq!(attributes.contains(&"secure".to_owned()), secure, "{attributes:?}");
        assert_eq!(answer.header("strict-transport-security"), "", "the host has other applications");
        let browser = server.nobody().with_header("cookie", &value);
        assert_eq!(browser.names().await, [""; 0]);
        let (ended, attributes) = cookie(&browser.query(LOG_OUT).await);
        assert_eq!(ended, format!("{prefix}strongroom_session="), "the same cookie is dropped");
        assert!(attributes.contains(&"path=/a/b".to_owned()), "{attributes:?}");
        browser.assert_unknown().await;
    }
}

#[tokio::test]
async fn other_applications_headers_may_contain_any_bytes() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let answer = person.log_in(&server.nobody()).await;
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
}

#[tokio::test]
async fn two_session_cookies_are_unauthenticated() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let (ada, rob) = (team.person("administrator").await, team.person("administrator").await);
    let mut cookies = Vec::new();
    for person in [&ada, &rob] {
        let answer = person.log_in(&server.nobody()).await;
        cookies.push(answer.cookie().to_owned());
    }
    for both in [
        format!("{}; {}", cookies[0], cookies[1]),
        format!("{}; {}", cookies[1], cookies[0]),
        format!("strongroom_session=; {}", cookies[0]),
    ] {
        let browser = server.nobody().with_header("cookie", &both);
        let answer = browser.query("{ secret_names }").await;
        assert!(answer.assert_error("UNAUTHENTICATED").contains("two session cookies"));
        let export = browser.get("/audit-log.jsonl").await;
        assert_eq!(export.status, reqwest::StatusCode::UNAUTHORIZED);
        // Neither makes the browser forget its own cookie and keep the planted one.
        let again = ada.log_in(&browser).await;
        assert!(again.assert_error("BAD_USER_INPUT").contains("Delete this site's cookies"));
        let out = browser.query(LOG_OUT).await;
        out.assert_error("UNAUTHENTICATED");
        for answer in [&answer, &again, &out] {
            assert_eq!(answer.header("set-cookie"), "");
        }
    }
    server.nobody().with_header("cookie", &cookies[0]).names().await;
}

#[tokio::test]
async fn a_new_log_in_ends_the_session_that_it_replaces() {
    let server = Server::start().await;
    let team = server.team("acme").await;
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
}

#[tokio::test]
async fn a_session_does_what_its_role_may_and_never_reads_values() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let session = team.session("administrator").await;
    session.set("A", json!("typed in a browser")).await;
    assert_eq!(session.names().await, ["A"]);
    let answer = session.try_value("A").await;
    answer.assert_error("FORBIDDEN");
    answer.assert_never_says("typed in a browser");
    assert_eq!(team.key("runner").await.value("A").await, json!("typed in a browser"));
}

#[tokio::test]
async fn a_wrong_password_is_no_session_and_tells_nothing() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let wrong = try_log_in(&server.nobody(), &person.email, "not the password at all").await;
    let unknown = try_log_in(&server.nobody(), "nobody@acme.example", "not the password at all").await;
    assert_eq!(wrong.refusal("log_in"), unknown.refusal("log_in"), "who exists is nobody's business");
    for answer in [&wrong, &unknown] {
        assert_eq!(answer.header("set-cookie"), "");
        answer.assert_never_says("not the password");
    }
    for password in
        ["", " ", &person.password.to_uppercase(), &format!("{} ", person.password), &"x".repeat(2000)]
    {
        try_log_in(&server.nobody(), &person.email, password).await.refusal("log_in");
    }
}

#[tokio::test]
async fn an_address_is_the_same_in_any_case() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let answer = try_log_in(&server.nobody(), &person.email.to_uppercase(), &person.password).await;
    answer.assert_success("log_in");
}

#[tokio::test]
async fn log_out_ends_the_session_on_the_server() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let browser = server.nobody();
    let answer = try_log_in(&browser, &person.email, &person.password).await;
    let (stolen, _) = cookie(&answer);
    assert_eq!(browser.names().await, [""; 0]);

    let answer = browser.query(LOG_OUT).await;
    answer.assert_success("log_out");
    let (_, attributes) = cookie(&answer);
    let ends =
        attributes.iter().any(|attribute| attribute == "max-age=0" || attribute.starts_with("expires="));
    assert!(ends, "the browser forgets the cookie: {attributes:?}");
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    browser.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    let thief = server.nobody().with_header("cookie", &stolen);
    thief.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
}

#[tokio::test]
async fn a_cookie_that_nobody_was_given_is_worth_nothing() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let answer = try_log_in(&server.nobody(), &person.email, &person.password).await;
    let (value, _) = cookie(&answer);
    let (name, token) = value.split_once('=').expect("name=value");
    for forged in ["", "x", &token.to_uppercase(), &token[1..], "../../etc/passwd"] {
        let client = server.nobody().with_header("cookie", &format!("{name}={forged}"));
        client.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn a_session_token_is_no_key_and_a_key_is_no_session() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let person = team.person("user").await;
    let key = team.new_key("user").await;
    let answer = try_log_in(&server.nobody(), &person.email, &person.password).await;
    let (value, _) = cookie(&answer);
    let (name, token) = value.split_once('=').expect("name=value");
    server.with_key(token).query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    let client = server.nobody().with_header("cookie", &format!("{name}={key}"));
    client.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
}

#[tokio::test]
async fn a_new_password_ends_the_old_one_and_its_sessions() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let person = team.person("user").await;
    let session = team.log_in(&person).await;
    let file = server.store().password_file("an entirely new password");
    server.admin(&["reset-password", "--email", &person.email, "--password-file", &file]).await;

    session.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    try_log_in(&server.nobody(), &person.email, &person.password).await.refusal("log_in");
    let answer = try_log_in(&server.nobody(), &person.email, "an entirely new password").await;
    answer.assert_success("log_in");
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let server = Server::start().await;
    let session = server.team("acme").await.session("user").await;
    let store = server.store().clone();
    let cookie_before = session.auth_info("email").await;
    server.stop().await;
    let server = store.serve().await;
    assert_eq!(session.at(&server).auth_info("email").await, cookie_before);
}

#[tokio::test]
async fn someone_without_a_session_can_ask_whether_they_have_one() {
    let server = Server::start().await;
    server.team("acme").await;
    let answer = server.nobody().query("{ set_up_required }").await;
    assert_eq!(answer.data("/set_up_required"), &json!(false));
    let answer = server.nobody().query("{ auth_info { tenant_id } }").await;
    answer.assert_error("UNAUTHENTICATED");
    assert!(answer.body()["data"].is_null() || answer.body()["data"]["auth_info"] == Value::Null);
}

#[tokio::test]
async fn a_request_tries_one_password_at_most() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let guesses: Vec<String> = (0..3)
        .map(|guess| {
            format!(
                "log_in(input: {{email: \"{}\", password: \"guess {guess}\"}}) {{ success }}",
                person.email
            )
        })
        .chain([format!(
            "log_in(input: {{email: \"{}\", password: \"{}\"}}) {{ success }}",
            person.email, person.password
        )])
        .collect();
    let browser = server.nobody();
    let answer = browser.query(&aliased(&guesses)).await;
    assert!(!answer.errors().is_empty(), "{answer:?}");
    assert_eq!(answer.header("set-cookie"), "");

    let batch: Vec<Value> =
        guesses.iter().map(|guess| json!({"query": format!("mutation {{ {guess} }}")})).collect();
    let answer = browser.post("/graphql", json!(batch).to_string()).await;
    assert!(answer.text.contains("errors"), "{answer:?}");
    browser.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
}

const NEW_PASSWORD: &str = "an entirely new password";

/// Two sessions of one person whose cookies stay what they are, and the person.
async fn two_sessions(server: &Server) -> (Person, Client, Client) {
    let person = someone(server, "user").await;
    let one = server.fixed_session(&person).await;
    let two = server.fixed_session(&person).await;
    (person, one, two)
}

/// The id of the session that asks.
async fn own_session(client: &Client) -> Value {
    let rows = client.rows("session", "id is_current").await;
    let current: Vec<_> = rows.iter().filter(|row| row["is_current"] == json!(true)).collect();
    assert_eq!(current.len(), 1, "one is the current one: {rows:?}");
    current[0]["id"].clone()
}

#[tokio::test]
async fn sessions_are_listed_to_their_owner_alone() {
    let server = Server::start().await;
    let (person, one, _) = two_sessions(&server).await;
    let phone = server.nobody().with_header("user-agent", "A phone");
    person.log_in(&phone).await.assert_success("log_in");
    let fields = "id created last_used expires_at address user_agent is_current";
    let rows = phone.rows("session", fields).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    let current = rows.iter().find(|row| row["is_current"] == json!(true));
    let current = current.expect("one is the current one");
    assert_eq!(current["user_agent"], "A phone");
    assert_eq!(current["address"], "127.0.0.1");
    assert!(current["expires_at"].as_str() > current["created"].as_str());

    let admin = server.team("other").await.session("administrator").await;
    assert_eq!(admin.rows("session", "id").await.len(), 1);
    let own = own_session(&one).await;
    let others = own_session(&admin).await;
    let missing = json!("00000000-0000-4000-8000-000000000000");
    assert_eq!(
        admin.refused("end_session", json!({"id": own})).await,
        admin.refused("end_session", json!({"id": missing})).await,
        "whose it is, is nobody's business"
    );
    one.refused("end_session", json!({"id": others})).await;
    assert_eq!(one.rows("session", "id").await.len(), 3);
}

#[tokio::test]
async fn what_a_browser_says_of_itself_is_kept_short_and_plain() {
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    let long = format!("<b>{}</b>\tx", "y".repeat(5000));
    let browser = server.nobody().with_header("user-agent", &long);
    person.log_in(&browser).await.assert_success("log_in");
    let rows = browser.rows("session", "user_agent").await;
    let kept = rows[0]["user_agent"].as_str().expect("text");
    assert!(kept.starts_with("<b>yyy") && kept.len() < 500, "{}", kept.len());
    assert!(!kept.contains(char::is_control), "{kept:?}");
}

#[tokio::test]
async fn a_session_is_ended_from_another_one() {
    let server = Server::start().await;
    let (_, one, two) = two_sessions(&server).await;
    let id = own_session(&two).await;
    one.done("end_session", json!({"id": id})).await;
    two.assert_unknown().await;
    assert_eq!(one.rows("session", "id").await.len(), 1);
    one.refused("end_session", json!({"id": id})).await;
}

#[tokio::test]
async fn logging_out_everywhere_ends_all_of_one_s_sessions_and_no_others() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let person = team.person("administrator").await;
    let (one, two) = (server.fixed_session(&person).await, server.fixed_session(&person).await);
    let (_, key) = one.new_key(json!({"name": "k"})).await;
    let other = team.session("user").await;
    let answer = one.query("mutation { log_out_everywhere { success error } }").await;
    answer.assert_success("log_out_everywhere");
    let (_, attributes) = cookie(&answer);
    assert!(attributes.contains(&"max-age=0".to_owned()), "{attributes:?}");
    one.assert_unknown().await;
    two.assert_unknown().await;
    other.names().await;
    key.names().await;
    team.log_in(&person).await;
}

#[tokio::test]
async fn a_changed_password_keeps_this_session_and_ends_the_others() {
    let server = Server::start().await;
    let (person, one, two) = two_sessions(&server).await;
    let input = json!({"current_password": person.password, "new_password": NEW_PASSWORD});
    one.done("change_password", input).await;
    one.names().await;
    two.assert_unknown().await;
    person.log_in(&server.nobody()).await.refusal("log_in");
    let changed = person.guessing(NEW_PASSWORD).log_in(&server.nobody()).await;
    changed.assert_success("log_in");
}

#[tokio::test]
async fn passwords_are_compared_in_nfkc() {
    const FORMS: [&str; 3] = [
        "Gr\u{fc}\u{df}e an Zo\u{eb} 2026",
        "Gru\u{308}\u{df}e an Zoe\u{308} 2026",
        "Ｇr\u{fc}\u{df}e\u{a0}an Zoe\u{308} ２０26",
    ];
    /// A hash of the second form, by a server that did not normalise passwords.
    const OLD_HASH: &str =
        "$argon2id$v=19$m=47104,t=1,p=1$YSBmaXhlZCBzYWx0IDEyMw$khyLEv5lpuwcJNJXdN+r86aNM5d4dl6cXJl0Bm9PrhA";
    let server = Server::start().await;
    let person = someone(&server, "user").await;
    for chosen in FORMS {
        // Windows editors write it like this.
        let file = server.store().password_file(&format!("\u{feff}{chosen}\r\n"));
        server.admin(&["reset-password", "--email", &person.email, "--password-file", &file]).await;
        for typed in FORMS {
            person.guessing(typed).log_in(&server.nobody()).await.assert_success("log_in");
        }
        person.guessing("Grusse an Zoe 2026").log_in(&server.nobody()).await.refusal("log_in");
    }
    let set = format!("UPDATE users SET password_hash = '{OLD_HASH}' WHERE email = '{}'", person.email);
    assert_eq!(server.store().sql(&set).await, 1);
    person.guessing(FORMS[0]).log_in(&server.nobody()).await.refusal("log_in");
    person.guessing(FORMS[1]).log_in(&server.nobody()).await.assert_success("log_in");
    person.guessing(FORMS[0]).log_in(&server.nobody()).await.assert_success("log_in");

    let browser = server.nobody();
    person.guessing(FORMS[2]).log_in(&browser).await.assert_success("log_in");
    let other = server.team("other").await;
    other.add(&person.guessing(FORMS[1]), "user").await;
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_to_one_within_the_rules() {
    let server = Server::start().await;
    let (person, one, two) = two_sessions(&server).await;
    let current = person.password.as_str();
    let long = "x".repeat(1025);
    for (given, new) in [
        (json!("not the password at all"), NEW_PASSWORD),
        (json!(""), NEW_PASSWORD),
        (json!(null), NEW_PASSWORD),
        (json!(current), ""),
        (json!(current), "elevenchars"),
        (json!(current), long.as_str()),
        (json!(current), "u\u{308}o\u{308}a\u{308}u\u{308}e\u{308}io"),
        (json!(current), "ｐａｓｓｗｏｒｄ１２３４"),
    ] {
        let input = json!({"current_password": given, "new_password": new});
        let answer = one.mutate("change_password", input).await;
        answer.assert_rejected();
        answer.assert_never_says(current);
    }
    two.names().await;
    person.log_in(&server.nobody()).await.assert_success("log_in");
    let key = server.team("other").await.key("administrator").await;
    assert_eq!(
        key.forbidden("change_password", json!({"new_password": NEW_PASSWORD})).await,
        "Unauthorized: that is for people with a session, an API key has no account."
    );
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_stays_while_it_is() {
    let store = Store::new();
    let server = Server::start_on(&store, &["--session-idle", "4s"]).await;
    let (_, used, unused) = two_sessions(&server).await;
    assert_eq!(used.rows("session", "id").await.len(), 2);
    wait::until("the unused one ends", async || (used.rows("session", "id").await.len() == 1).then_some(()))
        .await;
    unused.assert_unknown().await;
    used.names().await;
}

#[tokio::test]
async fn a_session_ends_in_time_even_when_it_is_used() {
    let store = Store::new();
    let server = Server::start_on(&store, &["--session-lifetime", "3s"]).await;
    let person = someone(&server, "user").await;
    let session = server.fixed_session(&person).await;
    session.names().await;
    let error = wait::until("the session ends", async || {
        let answer = session.query("{ secret_names }").await;
        answer.errors().into_iter().next()
    })
    .await;
    assert_eq!(error.code, "UNAUTHENTICATED");
    server.fixed_session(&person).await.names().await;
}

#[tokio::test]
async fn logging_out_of_a_dead_session_clears_the_cookie_all_the_same() {
    let server = Server::start().await;
    let (_, one, two) = two_sessions(&server).await;
    let id = own_session(&two).await;
    one.done("end_session", json!({"id": id})).await;
    let answer = two.query(LOG_OUT).await;
    let (value, attributes) = cookie(&answer);
    assert!(value.ends_with('='), "nothing is left in it: {value}");
    assert!(attributes.contains(&"max-age=0".to_owned()), "{attributes:?}");
}
