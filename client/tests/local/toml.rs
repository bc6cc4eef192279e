//! Files as users write them: each kind of value, key and layout of TOML that Prefect's reader knows.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::grammar::{Texts, of};

pub fn value(texts: impl Texts) -> impl Texts {
    prop_oneof![
        12 => string(texts),
        3 => number(),
        1 => of(&["true", "false"]),
        2 => array(),
        2 => inline_table(),
        2 => lines(),
    ]
    .boxed()
}

fn string(texts: impl Texts) -> impl Texts {
    (texts, any::<bool>()).prop_map(|(text, plain)| {
        let text: String =
            text.chars().filter(|c| matches!(c, '\n' | '\t' | '\r') || !c.is_control()).collect();
        if plain && !text.contains('\'') && !text.chars().any(char::is_control) {
            format!("'{text}'")
        } else {
            // Two quotes first, or one alone, are a difference.
            let text = text.trim_start_matches("\"\"");
            // With the controls that are left, JSON is TOML.
            Json::from(if text == "\"" { "'" } else { text }).to_string()
        }
    })
}

fn number() -> impl Texts {
    of(&[
        "0", "42", "-17", "+5", "1_000", "-0", "0xDEADBEEF", "0xdead_beef", "0o755", "0b1101",
        "1234567890123456789012345678", "1.5", "-0.01", "5e22", "1e06", "-2E-2", "6.626e-34",
        "224_617.445_991", "1e400", "inf", "-inf", "nan",
    ])
}

fn array() -> impl Texts {
    let separator = of(&[",", ", ", " , ", ",\n  ", ", # c\n"]);
    let end = of(&["", "", ",", "\n", ",\n"]);
    let items = prop_oneof![
        vec(
            of(&[
                "\"a\"", "'b'", "\"\"", "\"c d\"", "\"$V1\"", "\"e#f\"", "\"1\"", "\"g, h\"", "\"\\u0041\""
            ]),
            1..4
        ),
        vec(of(&["1", "-2", "3_0", "0x1f"]), 1..4),
        vec(of(&["1.5", "-2.5e3"]), 1..3),
        vec(of(&["true", "false"]), 1..3),
        vec(of(&["[1, 2]", "[]", "[3]"]), 1..3),
        vec(of(&["{a = 1}", "{b = \"x, y\"}"]), 1..3),
    ];
    (items, separator, end).prop_map(|(items, separator, end)| {
        // Line ends and comments between tables are another matter for Prefect's reader.
        let tables = items[0].starts_with('{');
        let (separator, end) = if tables { (", ".to_owned(), String::new()) } else { (separator, end) };
        format!("[{}{end}]", items.join(&separator))
    })
}

fn inline_table() -> impl Texts {
    let value = of(&[
        "1", "-2", "1.5", "true", "\"x\"", "'y z'", "\"\"", "\"a:b;c\"", "[1, 2]", "{d = 1}", "\"$V1\"",
        "\"42\"",
    ]);
    (vec(value, 0..4), any::<bool>()).prop_map(|(values, blanks)| {
        let entries = values.iter().zip(["a", "b", "\"c d\"", "e"]);
        let entries: Vec<_> = entries.map(|(value, key)| format!("{key} = {value}")).collect();
        let blank = if blanks && !entries.is_empty() { " " } else { "" };
        format!("{{{blank}{}{blank}}}", entries.join(", "))
    })
}

/// A multi-line string, without the parts that Prefect's reader loses.
fn lines() -> impl Texts {
    let line = of(&[
        "a", "-----BEGIN KEY-----", "abc+/=", "  indented", "x = 1", "[y]", "# z", "{\"a\": 1}", "$V1",
        "é 😀",
    ]);
    (vec(line, 1..4), of(&["\"\"\"", "'''"]), of(&["", "\n"]), of(&["", "\n"])).prop_map(
        |(lines, mark, first, last)| {
            let lines = lines.join("\n");
            // Escaped, a quote inside is not mistaken for an end.
            let lines = if mark == "'''" { lines.replace('"', "") } else { lines.replace('"', "\\\"") };
            format!("{mark}{first}{lines}{last}{mark}")
        },
    )
}
