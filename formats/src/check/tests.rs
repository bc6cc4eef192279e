//! Each check, with a value that it finds and one that it just does not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const DAY: u64 = 24 * 60 * 60;
/// 2026-11-30.
const NOW: u64 = 1_795_996_800;

/// Valid from 2026-01-01 to 2026-12-31.
const CERTIFICATE: &str = include_str!("fixture/certificate.pem");
/// Valid from 2060-01-01 to 2070-01-01.
const FUTURE_CERTIFICATE: &str = include_str!("fixture/future_certificate.pem");
const PRIVATE_KEY: &str = include_str!("fixture/private_key.pem");

fn token(header: &str, claims: &str) -> String {
    [header, claims, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

fn token_until(end: u64) -> String {
    token(r#"{"alg":"RS256"}"#, &format!(r#"{{"sub":"ada","exp":{end}}}"#))
}

fn find(name: &str, check: &str, text: &str, now: u64) -> Option<String> {
    let check = CHECKS.iter().chain([&OF_NAME]).find(|(known, _)| *known == check);
    let (_, check) = check.unwrap_or_else(|| panic!("there is no such check"));
    check(Subject { name, text, now })
}

#[test]
fn each_check_finds_its_values_and_no_others() {
    let json = r#"{"a": {"b": 1}, "b": [1]}"#;
    let escaped = PRIVATE_KEY.replace('\n', "\\n");
    let joined = PRIVATE_KEY.replace('\n', " ");
    let cut = PRIVATE_KEY.lines().filter(|line| !line.starts_with("DseG")).collect::<Vec<_>>().join("\n");
    let endless = PRIVATE_KEY.split("-----END").next().unwrap_or_default();
    let mixed = PRIVATE_KEY.replace("END PRIVATE", "END RSA PRIVATE");
    let wrong = PRIVATE_KEY.replace("DseG", "Ds!G");
    let windows = PRIVATE_KEY.replace('\n', "\r\n");
    let chain = format!("{CERTIFICATE}{PRIVATE_KEY}");
    let table: &[(&str, &str, &str, Option<&str>)] = &[
        ("byte order mark", "\u{feff}a", "a\u{feff}", Some("begins with a byte order mark (U+FEFF)")),
        ("blank before", " a", "a\n b", Some("begins with a space")),
        ("blank before", "\u{feff}\ta", "a", Some("begins with a space")),
        ("blank after", "a ", " ", Some("ends with a space")),
        ("line break", "a\n", "a\nb\n", Some("is one line with a line break before or after it")),
        ("line break", "\n", "", Some("is one line with a line break before or after it")),
        ("carriage return", "a\r\nb", "a\\rb", Some("has carriage returns, like Windows line breaks")),
        ("invisible character", "a\u{200b}b", "👩\u{200d}🔑", Some("has an invisible character (U+200B)")),
        ("control character", "a\u{1b}[Db", "a\tb", Some("has a control character (U+001B)")),
        ("placeholder", "changeme", "changeme2", None),
        ("placeholder", "CHANGE-ME!", "change", None),
        ("placeholder", "xxx", "xx", None),
        ("placeholder", "••••••••", "xxxy", None),
        ("placeholder", "<token>", "<token/>", None),
        ("placeholder", "<your API key>", "<a><b>", None),
        ("placeholder", "TODO", "todos", None),
        ("placeholder", "TODO: ask Ada", "not to do", None),
        ("JSON", "{\"a\": 1}", "{\"a\": 1", Some("is JSON that is stored as a string")),
        ("JSON", "[]\n", "42", None),
        ("repeated key", "{\"a\": 1,\n\"a\": 2}", json, None),
        ("JWT", &token_until(NOW), &token_until(NOW + 30 * DAY), Some("is a JWT that expired on 2026-11-30")),
        (
            "JWT",
            &token_until(NOW + 30 * DAY - 1),
            &token(r#"{"typ":"JWT"}"#, r#"{"exp":1}"#),
            Some("is a JWT that expires soon, on 2026-12-29"),
        ),
        ("JWT", &format!("Bearer {}", token_until(1)), "a.b.c", Some("is a JWT that expired on 1970-01-01")),
        (
            "JWT",
            &token(r#"{"alg":"none"}"#, r#"{"exp":1700000000.5}"#),
            &token(r#"{"alg":"none"}"#, "{}"),
            Some("is a JWT that expired on 2023-11-14"),
        ),
        ("PEM", &escaped, PRIVATE_KEY, Some("has a PEM block with \\n in place of line breaks")),
        ("PEM", &joined, &windows, Some("has a PEM block whose line breaks are missing")),
        ("PEM", &cut, &chain, Some("has a PEM block that is cut off")),
        ("PEM", endless, "-----BEGIN", Some("has a PEM block without an END line")),
        ("PEM", &mixed, ENCRYPTED, Some("has a PEM block whose BEGIN and END lines differ")),
        ("PEM", &wrong, PGP, Some("has a PEM block that is not base64")),
        ("PEM", "-----END KEY-----", "a -----END", Some("has a PEM block without a BEGIN line")),
        ("private key", PRIVATE_KEY, CERTIFICATE, Some("has a private key, under the name of a public one")),
    ];
    for (check, found, missed, expected) in table {
        let hint = find("JWT_PUBLIC_KEY", check, found, NOW);
        assert!(hint.is_some(), "{check} finds {found:?}");
        if let Some(expected) = expected {
            assert_eq!(hint.as_deref(), Some(*expected), "{found:?}");
        }
        assert_eq!(find("JWT_PUBLIC_KEY", check, missed, NOW), None, "{check} does not find {missed:?}");
    }
    for (check, _) in CHECKS.iter().chain([&OF_NAME]).filter(|(check, _)| *check != "certificate") {
        assert!(table.iter().any(|(tested, ..)| tested == check), "{check} has no row");
    }
}

/// As OpenSSL writes a key with a password.
const ENCRYPTED: &str = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\nMDEy\n\
    -----END RSA PRIVATE KEY-----\n";
const PGP: &str = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n";

#[test]
fn certificates_are_found_once_they_expire_within_thirty_days() {
    // 2026-12-31T23:59:59Z.
    let end = 1_798_761_599;
    let chain = format!("{FUTURE_CERTIFICATE}{CERTIFICATE}");
    for (text, now, expected) in [
        (CERTIFICATE, end - 30 * DAY, None),
        (CERTIFICATE, end - 30 * DAY + 1, Some("that expires soon, on 2026-12-31")),
        (CERTIFICATE, end, Some("that expired on 2026-12-31")),
        (FUTURE_CERTIFICATE, end, Some("that is not valid before 2060-01-01")),
        (FUTURE_CERTIFICATE, 2_840_140_800, None),
        (&chain, 2_840_140_800, Some("that expired on 2026-12-31")),
        (PRIVATE_KEY, end, None),
        ("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", end, None),
    ] {
        let expected = expected.map(|expected| format!("has an X.509 certificate {expected}"));
        assert_eq!(find("A", "certificate", text, now), expected, "{now}");
    }
}

#[test]
fn names_of_public_keys_are_recognised() {
    for (name, expected) in [
        ("JWT_PUBLIC_KEY", true),
        ("publicKey", true),
        ("id_rsa.pub", true),
        ("PUBKEY", true),
        ("PRIVATE_KEY", false),
        ("PUBLIC_AND_PRIVATE_KEY", false),
        ("PUBSUB_KEY", false),
    ] {
        assert_eq!(find(name, "private key", PRIVATE_KEY, NOW).is_some(), expected, "{name}");
    }
}

#[test]
fn hints_are_joined_and_most_values_have_none() {
    for value in ["", "hunter2 hunter2", "für Ada 👩\u{200d}🔑", PRIVATE_KEY, "a:\n  b: 1 \n"] {
        assert_eq!(describe_text("A", value, NOW), None, "{value:?}");
    }
    for (value, expected) in [
        ("\ta ", "begins with a space and ends with a space"),
        (
            "\u{feff} a\0",
            "begins with a byte order mark (U+FEFF), begins with a space and has a control character (U+0000)",
        ),
        (" xxx", "begins with a space and looks like a placeholder"),
    ] {
        assert_eq!(describe_text("A", value, NOW).as_deref(), Some(expected), "{value:?}");
    }
    for (json, expected) in [
        (
            "{\"a\": 1, \"a\": 2}",
            Some("repeats a key of line 1 in line 1, of which most readers take only the last"),
        ),
        ("\"changeme\"", Some("looks like a placeholder")),
        ("[\"changeme\"]", None),
        ("{\"a\": ", None),
    ] {
        assert_eq!(describe_json("A", json, NOW).as_deref(), expected, "{json}");
    }
    let value = Json::new(Value::String(" a".to_owned()));
    assert_eq!(describe("A", &value, NOW).as_deref(), Some("begins with a space"));
    assert_eq!(describe("A", &Json::new(1.into()), NOW), None);
}
