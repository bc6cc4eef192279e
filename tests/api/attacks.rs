//! A table of attacks without and with a key, each with the most that it may cost the server.
//!
//! Each row prints a line with its memory, its CPU time and the length of the response. Run it against another
//! server with `STRONGROOM_SERVER_BIN`. To add an attack, add a row to [`strangers`] or [`known`].

#![expect(clippy::print_stdout, reason = "the costs of each attack are for people to read")]

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use strongroom_tests::{Client, Server, http};

const KIB: usize = 1024;
const SMALL: usize = 64 * KIB;
const LARGE: usize = 5 * 1024 * KIB;

#[derive(Clone, Copy, PartialEq)]
enum Attacker {
    Nobody,
    /// Without a key, but with a password to hash: that takes 46 MB on purpose.
    Guesser,
    BadKey,
    Key,
}

impl Attacker {
    /// A name, and the limits: megabytes and, in an optimised build, milliseconds.
    const fn limits(self) -> (&'static str, usize, u128) {
        match self {
            Self::Key => ("key", 60, 1_500),
            Self::Guesser => ("nobody", 20 + 46, 300),
            Self::Nobody => ("nobody", 20, 100),
            Self::BadKey => ("bad key", 20, 100),
        }
    }
}

const PARSE: &str = "GRAPHQL_PARSE_FAILED";
const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";
const BAD: &str = "BAD_USER_INPUT";
const REFUSED: &str = "UNAUTHENTICATED";

struct Attack {
    name: &'static str,
    attacker: Attacker,
    body: String,
    /// The code of the first error; empty where there is none.
    code: &'static str,
}

/// A pattern repeated, with its number in place of each `#`.
fn many(count: usize, pattern: &str) -> String {
    (0..count).map(|index| pattern.replace('#', &index.to_string())).collect()
}

fn document(text: &str) -> String {
    json!({"query": text}).to_string()
}

fn rows<const N: usize>(attacker: Attacker, rows: [(&'static str, String, &'static str); N]) -> Vec<Attack> {
    rows.map(|(name, body, code)| Attack { name, attacker, body, code }).into()
}

fn variables(text: &str) -> String {
    format!(r#"{{"query":"{{set_up_required}}","variables":{text}}}"#)
}

fn padded(size: usize, padding: &str) -> String {
    let rest = r#""query":"{set_up_required}"}"#;
    format!("{{{}{rest}", padding.repeat((size - rest.len() - 1) / padding.len()))
}

fn list(size: usize, item: &str) -> String {
    let items = vec![item; (size - 2) / (item.len() + 1)];
    format!("[{}]", items.join(","))
}

fn batch(count: usize, operation: &str) -> String {
    format!("[{}]", vec![operation; count].join(","))
}

fn around(before: &str, count: usize, pattern: &str, after: &str) -> String {
    format!("{before}{}{after}", many(count, pattern))
}

/// Documents that make the engine find or report the same thing repeatedly. `limit` is the code of a refusal.
fn documents(attacker: Attacker, scale: usize, limit: &'static str) -> Vec<Attack> {
    let overlap = |levels: usize, arguments: usize, repeats: usize| {
        let field = around("set_up_required(", arguments, "a#:1 ", ")");
        let inner = field + " set_up_required".repeat(repeats).as_str();
        format!("{}{{{inner}}}{}", "{...".repeat(levels), "}".repeat(levels))
    };
    let token =
        |count: usize, pattern: &str| around("{invitation_info(token:[", count, pattern, "]){email}}");
    let spreads = |index: usize| format!("...f{} ", index + 1).repeat(8);
    let fragment = |index| format!("fragment f{index} on Query{{{}}}", spreads(index));
    let fragments: String = (0..9).map(fragment).collect();
    let brackets = "[".repeat(scale - 64);
    let unused = around("{set_up_required}", scale / 45, "fragment f# on Query{set_up_required}", "");
    let multiplied = format!("{{...f0}}{fragments}fragment f9 on Query{{set_up_required}}");
    let lists = format!("query($n:{}Nope{}){{set_up_required}}", "[".repeat(120), "]".repeat(120));
    let table = [
        ("overlapping fields in inline fragments", overlap(8, 100, 350), limit),
        ("overlapping fields with many arguments", overlap(0, 3_000, 60), limit),
        ("few overlapping fields", overlap(2, 5, 4), INVALID),
        ("unknown arguments", around("{set_up_required(", scale / 9, "a#:1 ", ")}"), limit),
        ("the same argument again", "{invitation_info(token: 1 token: 1){email}}".to_owned(), INVALID),
        ("unknown fragments", around("{", scale / 11, "...f# ", "}"), limit),
        ("undeclared variables", token(scale / 9, "$a# "), limit),
        ("declared variables", around("query(", scale / 12, "$a#:Int ", "){set_up_required}"), limit),
        ("directives", around("{set_up_required ", scale / 20, "@include(if:true)", "}"), limit),
        ("unknown directives on a query", around("query ", scale / 9, "@a# ", "{set_up_required}"), limit),
        ("deep inline fragments", overlap(scale / 8, 0, 0), limit),
        ("braces", "{".repeat(scale), limit),
        ("brackets behind an escape in a block string", format!(r#"{{a(x:"""\\""" """ y:{brackets}"#), limit),
        ("brackets behind a block string that never ends", format!(r#"{{a(y:["""x" {brackets}"#), limit),
        ("operations", many(scale / 32, "query a#{set_up_required}"), limit),
        ("unused fragments", unused, limit),
        ("fragments that multiply", multiplied, limit),
        ("a literal", token(scale / 4, "1 "), limit),
        ("a literal of objects", token(scale / 4, "{} "), limit),
        ("aliases", around("{", 300, "a#:set_up_required ", "}"), limit),
        ("the same field again", around("{", scale / 16, "set_up_required ", "}"), limit),
        ("type names", around("{", scale / 12, "__typename ", "}"), limit),
        ("an unknown list type", r#"query($n:[Nope]=["x"]){set_up_required}"#.to_owned(), INVALID),
        ("a list type of an object", r#"query($n:[[secret]]=[["x"]]){set_up_required}"#.to_owned(), INVALID),
        ("lists of lists of a type", lists, INVALID),
        ("a long name", around("{set_up_required {", scale - 30, "a", "}}"), limit),
        ("a long text", around("{invitation_info(token:\"", scale - 50, "a", "\"){email}}"), ""),
        ("a long comment", around("{set_up_required}#", scale - 20, "a", ""), ""),
        ("blanks in a document", around("{set_up_required", scale - 20, ",", "}"), ""),
        ("a text that never ends", around("{invitation_info(token:\"", scale / 4, r"\\", ""), PARSE),
    ];
    rows(attacker, table.map(|(name, text, code)| (name, document(&text), code)))
}

/// Bodies that take more memory as a tree than on the wire.
fn trees(attacker: Attacker, size: usize, limit: &'static str) -> Vec<Attack> {
    let inner = size - 100;
    let text = |value: &str| variables(&Value::from(format!(r#"{{"v":{value}}}"#)).to_string());
    let object = |value: &str| variables(&format!(r#"{{"v":{value}}}"#));
    let string = |value: &str| object(&format!(r#""{value}""#));
    let name = format!(r#"{{"query":"{{set_up_required}}","operationName":"{}"}}"#, "a".repeat(inner));
    let table = [
        ("numbers", list(size, "0"), limit),
        ("numbers in variables", object(&list(inner, "0")), limit),
        ("numbers in text variables", text(&list(inner, "0")), limit),
        ("empty objects", list(size, "{}"), limit),
        ("objects with a key", list(size, r#"{"":0}"#), limit),
        ("lists of one", object(&list(inner, "[0]")), limit),
        ("keys", variables(&format!("{{{}\"v\":0}}", many(inner / 14, r#""a#":0,"#))), limit),
        ("the same key again", padded(size, r#""a":0,"#), limit),
        ("a long number", object(&"1".repeat(inner)), ""),
        ("a long string", string(&"a".repeat(inner)), ""),
        ("escapes", string(&r"\u0041".repeat(inner / 6)), ""),
        ("escapes in text variables", text(&format!(r#""{}""#, r"\u0041".repeat(inner / 8))), ""),
        ("blanks", padded(size, " "), ""),
        ("a deep list", list(size / 2, "0").replace("0,", "["), BAD),
        ("a deep list in text variables", text(&"[".repeat(inner)), BAD),
        ("a long operation name", name, INVALID),
        ("no end", format!(r#"{{"query":"{}"#, "a".repeat(inner)), BAD),
    ];
    rows(attacker, table)
}

fn strangers() -> Vec<Attack> {
    let log_in = r#"a#:log_in(input:{email:"a@b.example",password:"a password"}){success}"#;
    let log_in = document(&around("mutation{", 8, log_in, "}"));
    let introspection = "{__schema{types{fields{type{fields{type{name}}}}}}}";
    let misspelt = "mutation{log_in(input:{email:\"a\",password:\"b\"}){sucess}}";
    let nobody = [
        ("a batch", batch(25, &document("{set_up_required}")), REFUSED),
        ("a batch of batches", list(SMALL, "[]"), REFUSED),
        ("introspection", document(introspection), REFUSED),
        ("a suggestion", document(misspelt), INVALID),
        ("5 MiB without a key", list(LARGE, "0"), REFUSED),
    ];
    let guesser = [("logins by alias in a batch", batch(4, &log_in), BAD)];
    let bad_key = [
        ("5 MiB with a bad key", list(LARGE, "0"), REFUSED),
        ("a document with a bad key", document(introspection), REFUSED),
    ];
    let mut attacks = documents(Attacker::Nobody, SMALL - 2 * KIB, REFUSED);
    attacks.extend(trees(Attacker::Nobody, SMALL, REFUSED));
    attacks.extend(rows(Attacker::Nobody, nobody));
    attacks.extend(rows(Attacker::Guesser, guesser));
    attacks.extend(rows(Attacker::BadKey, bad_key));
    attacks
}

fn known() -> Vec<Attack> {
    let set = "mutation($v: JSON) {set_secret(input:{name:\"A\",value:$v}) {success}}";
    let value = |value: String| format!(r#"{{"query":{},"variables":{{"v":{value}}}}}"#, json!(set));
    let import = |count: usize, bytes: usize| {
        let secrets: Vec<Value> = (0..count)
            .map(|index| json!({"name": format!("N{index}"), "value": "x".repeat(bytes)}))
            .collect();
        let import = "mutation($s:[imported_secret!]!) {import_secrets(input:{secrets:$s}) {success}}";
        json!({"query": import, "variables": {"s": secrets}}).to_string()
    };
    let nested = |before: &str, levels: usize, open: &str, inner: &str, after: &str| {
        document(&[before, &open.repeat(levels), inner, &"}".repeat(levels), after].concat())
    };
    let deep_list = "[".repeat(50_000) + "]".repeat(50_000).as_str();
    let undeclared = document(&around("{secret_value(name:[", 9_000, "$a# ", "])}"));
    let fields = document(&around("{secret{", 1_990, "a# ", "}}"));
    let deep_literal = document(&format!("{{secret_value(name:{deep_list})}}"));
    let circular = document("{...f}fragment f on Query{...g}fragment g on Query{...f}");
    let mut attacks = documents(Attacker::Key, 240 * KIB, INVALID);
    attacks.extend(trees(Attacker::Key, LARGE, BAD));
    let table = [
        ("a deep selection", nested(r#"{__type(name:"Query"){"#, 100, "ofType{", "name", "}}"), INVALID),
        ("a deep condition", nested("{secret(where:", 100, "{_not:", "{}", "){name}}"), INVALID),
        ("a deep literal", deep_literal, INVALID),
        ("a deep value", value(deep_list), BAD),
        ("fragments that spread each other", circular, INVALID),
        ("more than 5 MiB", value(format!("\"{}\"", "x".repeat(6 * 1024 * KIB))), BAD),
        ("a value of numbers", value(list(SMALL, "0")), ""),
        ("a value of as many objects as fit", value(list(240 * KIB, r#"{"":0}"#)), BAD),
        ("a value of as many numbers as fit", value(list(190 * KIB, "0")), BAD),
        ("an import of 4 MiB", import(800, 5_000), ""),
        ("an import of 5,000", import(5_000, 1), ""),
        ("a batch of undeclared variables", batch(25, &undeclared), INVALID),
        ("a batch of unknown fields", batch(25, &fields), INVALID),
    ];
    attacks.extend(rows(Attacker::Key, table));
    attacks
}

struct Usage {
    cpu: Duration,
    resident_kib: usize,
    peak_kib: usize,
}

fn usage(pid: u32) -> Usage {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).expect("the server runs");
    let status = read("status");
    let kib = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).expect("a number of KiB")
    };
    let stat = read("stat");
    let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
    // utime and stime, in hundredths of a second.
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Usage { cpu: Duration::from_millis(10 * ticks), resident_kib: kib("VmRSS:"), peak_kib: kib("VmHWM:") }
}

fn reset_peak(pid: u32) {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("the peak can be reset");
}

/// The limit of an optimised build, or thirty times that: unoptimised code is that much slower.
fn milliseconds(optimised: u128) -> u128 {
    if is_optimised() { optimised } else { 30 * optimised }
}

fn is_optimised() -> bool {
    std::env::var("STRONGROOM_SERVER_BIN").is_ok_and(|path| path.contains("/release"))
}

struct Target {
    server: Server,
    key: Client,
    idle_kib: usize,
}

impl Target {
    async fn new() -> Self {
        let server = Server::start().await;
        let key = server.team("acme").await.key("user").await;
        Self::warm(server, key).await
    }

    async fn warm(server: Server, key: Client) -> Self {
        let key = key.at(&server);
        for _ in 0..8 {
            key.names().await;
            server.nobody().query("{set_up_required}").await;
        }
        let idle_kib = usage(server.pid()).resident_kib;
        Self { server, key, idle_kib }
    }

    /// A new process on the same store, where the last attack has left something in memory.
    async fn settled(self) -> Self {
        if usage(self.server.pid()).resident_kib < self.idle_kib + 4 * KIB {
            return self;
        }
        let store = Arc::clone(self.server.store());
        self.server.kill().await;
        Self::warm(Server::start_on(&store, &[]).await, self.key).await
    }

    fn client(&self, attacker: Attacker) -> Client {
        match attacker {
            Attacker::Nobody | Attacker::Guesser => self.server.nobody(),
            Attacker::BadKey => self.server.with_key("sr_no_such_key"),
            Attacker::Key => self.key.clone(),
        }
    }

    async fn run(&self, attack: &Attack) -> Vec<String> {
        let pid = self.server.pid();
        reset_peak(pid);
        let before = usage(pid);
        let answer = send(&self.client(attack.attacker), attack.body.clone()).await;
        let after = usage(pid);
        let peak = after.peak_kib.saturating_sub(self.idle_kib) / KIB;
        let cpu = after.cpu.saturating_sub(before.cpu).as_millis();
        let length = answer.as_ref().map_or(0, |(_, text)| text.len());
        let (who, most_peak, most_cpu) = attack.attacker.limits();
        println!(
            "{who:8} {:42} {:>8} B {peak:>5} MB {cpu:>6} ms {length:>8} B",
            attack.name,
            attack.body.len(),
        );
        let mut wrong = match answer {
            Ok((StatusCode::OK, text)) => check_answer(&text, attack.code),
            Ok((status, _)) => vec![format!("the status {status}")],
            Err(error) => vec![format!("no answer: {error}")],
        };
        wrong.extend((peak > most_peak).then(|| format!("{peak} MB")));
        wrong.extend((cpu > milliseconds(most_cpu)).then(|| format!("{cpu} ms")));
        wrong.extend((length > SMALL).then(|| format!("{length} bytes")));
        wrong.iter().map(|wrong| format!("{who}: {}: {wrong}", attack.name)).collect()
    }
}

fn check_answer(text: &str, code: &str) -> Vec<String> {
    let Ok(body) = serde_json::from_str::<Value>(text) else {
        return vec!["not JSON".to_owned()];
    };
    let answers = body.as_array().cloned().unwrap_or_else(|| vec![body]);
    let errors = answers.iter().filter_map(|answer| answer["errors"].as_array().map(Vec::len)).max();
    let mut wrong = Vec::new();
    wrong.extend(errors.filter(|errors| *errors > 10).map(|errors| format!("{errors} errors")));
    wrong.extend(text.contains("Did you mean \\\"success").then(|| "a suggested name".to_owned()));
    // The first of a batch may have used up the request's budget.
    let found = answers.last().and_then(|last| last["errors"][0]["extensions"]["code"].as_str());
    let found = found.unwrap_or_default();
    wrong.extend((found != code).then(|| format!("the code {found:?} instead of {code:?}")));
    wrong
}

async fn send(
    client: &Client,
    body: impl Into<reqwest::Body>,
) -> Result<(StatusCode, String), reqwest::Error> {
    let request =
        client.request(Method::POST, "/graphql").header("content-type", "application/json").body(body);
    let response = request.send().await?;
    let status = response.status();
    Ok((status, response.text().await?))
}

async fn run_all(attacks: Vec<Attack>) -> Target {
    let mut target = Target::new().await;
    let mut wrong = Vec::new();
    for attack in &attacks {
        target = target.settled().await;
        wrong.extend(target.run(attack).await);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(target.key.names().await.len() <= 5_001);
    target
}

#[tokio::test]
async fn no_request_with_a_key_is_expensive() {
    run_all(known()).await;
}

#[tokio::test]
async fn no_request_without_a_key_is_expensive() {
    let target = run_all(strangers()).await.settled().await;
    // Not even one whose body comes in chunks of a byte.
    let pid = target.server.pid();
    let mut request =
        b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n\
          transfer-encoding: chunked\r\n\r\n"
            .to_vec();
    for byte in padded(SMALL, " ").bytes() {
        request.extend_from_slice(&[b'1', b'\r', b'\n', byte, b'\r', b'\n']);
    }
    request.extend_from_slice(b"0\r\n\r\n");
    let before = usage(pid);
    let answer = http::exchange(target.server.address(), &request).await;
    let cpu = usage(pid).cpu.saturating_sub(before.cpu).as_millis();
    println!("chunks of a byte: {cpu} ms");
    assert!(answer.contains(r#""set_up_required":false"#), "{answer}");
    assert!(cpu <= milliseconds(100), "{cpu} ms");
}

/// Returns the slowest response of `/healthz`. On its own thread, because the attackers' runtime is busy.
fn probe(address: &str, stop: &AtomicBool) -> Duration {
    let mut slowest = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let started = Instant::now();
        let mut stream = std::net::TcpStream::connect(address).expect("connected");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        slowest = slowest.max(started.elapsed());
        std::thread::sleep(Duration::from_millis(10));
    }
    slowest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_are_answered_while_many_attack_at_once() {
    let target = Target::new().await;
    let (attackers, most) = if is_optimised() { (200, 200) } else { (40, 15_000) };
    for (name, attacker, body) in [
        ("numbers", Attacker::Nobody, list(SMALL, "0")),
        ("tokens", Attacker::Nobody, document(&format!("{{{}}}", many(990, "a ")))),
        ("tokens", Attacker::Key, document(&format!("{{secret{{{}}}}}", many(9_000, "a ")))),
        ("nodes", Attacker::Key, variables(&format!(r#"{{"v":{}}}"#, list(190 * KIB, "0")))),
        ("text", Attacker::Key, variables(&format!(r#"{{"v":"{}"}}"#, "a".repeat(LARGE / 2)))),
    ] {
        let body: &'static str = body.leak();
        let stop = Arc::new(AtomicBool::new(false));
        let (address, stopped) = (target.server.address().to_owned(), Arc::clone(&stop));
        let prober = std::thread::spawn(move || probe(&address, &stopped));
        let started = Instant::now();
        let attack = |_| {
            let client = target.client(attacker);
            async move { send(&client, body).await }
        };
        let answers = join_all((0..attackers).map(attack).map(tokio::spawn)).await;
        stop.store(true, Ordering::Relaxed);
        let slowest = prober.join().expect("every probe was answered");
        for answer in answers {
            let (status, _) = answer.expect("no panic").expect("an answer");
            assert_eq!(status, StatusCode::OK, "{name}");
        }
        println!(
            "{name}: {attackers} at once in {} ms, /healthz in {} ms at most",
            started.elapsed().as_millis(),
            slowest.as_millis()
        );
        assert!(slowest <= Duration::from_millis(most), "{name}: {slowest:?}");
    }
}
