//! Where we differ from Prefect on purpose: `docs/local-secrets.md` has the same list, for people.
//!
//! To add one: its name, its reason, and an example that shows what Prefect does and what we do.

use serde_json::{Value as Json, json};

use crate::case::{self, Case, Outcome};

#[derive(Clone, Copy, Debug)]
pub struct Difference {
    pub name: &'static str,
    pub reason: &'static str,
    /// An example, with a word of letters that makes it one of many.
    pub example: fn(&str) -> Example,
}

const fn difference(name: &'static str, reason: &'static str, example: fn(&str) -> Example) -> Difference {
    Difference { name, reason, example }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// Nothing loads, and the reason has this in it.
    Refused(&'static str),
    /// `get()` gives this, tagged, or fails with this exception.
    Get(Json),
    Missing,
    /// It loads; nothing is asked.
    Loaded,
}

/// A configuration that shows a difference: what Prefect makes of it, and what we do.
pub type Example = (Case, Expected, Expected);

use Expected::{Get, Loaded, Missing, Refused};

fn text(text: &str) -> Json {
    json!(["text", text])
}

fn got(text: impl AsRef<str>) -> Expected {
    Get(json!(["text", text.as_ref()]))
}

fn hex(text: &str) -> String {
    case::hex(text.as_bytes())
}

fn half(before: &str) -> Json {
    json!(["half pair", hex(before) + "eda080"])
}

fn file(value: &str) -> Case {
    Case::default().user(&format!("[context.secrets]\nN = {value}\n")).name("N")
}

fn variable(value: &str) -> Case {
    Case::default().secret("N", value)
}

const NO_HALVES: &str =
    "text here is Unicode, which has no half surrogate pairs; the text stays as it is written";
const FAILS: &str = "Secret.get() fails with what has nothing to do with secrets; the value stays as it is";
const NEWER_TOML: &str = "it is TOML; Prefect's reader is of before TOML 1.0, and does not know it";
const LOST: &str = "it is TOML; Prefect's reader loses a part of it, or all, without a word";
const NOT_TOML: &str = "it is not TOML, and Prefect's reader does not notice";

pub const ALL: &[Difference] = &[
    difference("HalfPairInLiteral", NO_HALVES, |word| {
        let written = format!("'{word}\\ud800'");
        (variable(&written), Get(half(word)), got(written))
    }),
    difference("HalfPairInJson", NO_HALVES, |word| {
        let written = format!("{{\"{word}\": true, \"b\": \"\\ud800\"}}");
        let dict = json!(["dict", [[text(word), ["bool", true]], [text("b"), half("")]]]);
        (variable(&written), Get(dict), got(written))
    }),
    difference("BytesInNoEncoding", FAILS, |word| {
        (
            variable(&format!("b'{word}\\xff'")),
            Get(json!("UnicodeDecodeError")),
            Get(json!(["bytes", hex(word) + "ff"])),
        )
    }),
    difference("LongIntegerInJson", FAILS, |word| {
        let written = format!("{{\"{word}\": [true, {}]}}", "1".repeat(4301));
        (variable(&written), Get(json!("ValueError")), got(written))
    }),
    difference("DeepJson", FAILS, |word| {
        let written = format!("{}\"{word}\", true{}", "[".repeat(2000), "]".repeat(2000));
        (variable(&written), Get(json!("RecursionError")), got(written))
    }),
    difference("NewerCharacterName", "the names of characters are those of a newer Unicode", |word| {
        let written = format!("'{word}\\N{{SHAKING FACE}}'");
        (variable(&written), got(written), got(format!("{word}\u{1fae8}")))
    }),
    difference(
        "SetWithinText",
        "Python writes a set in an order that changes from run to run; ours is as written",
        |word| {
            (
                variable("it is ${mine.set}").variable(
                    "PREFECT__MINE__SET",
                    &format!("{{'{word}', 16, 1, 32, 0, 'a', 'b', 'c', 'd', 'e'}}"),
                ),
                Loaded,
                got(format!("it is {{'{word}', 16, 1, 32, 0, 'a', 'b', 'c', 'd', 'e'}}")),
            )
        },
    ),
    difference(
        "Circle",
        "what is left of a circle changes from run to run; we say that there is one",
        |word| {
            (
                variable(&format!("{word}${{context.secrets.M}}")).secret("M", "${context.secrets.N}"),
                Loaded,
                Refused("refers to itself"),
            )
        },
    ),
    difference("LongText", "a hostile file could fill the memory", |word| {
        let mut case = variable(&"$V1".repeat(20)).variable("V1", &word.repeat((1 << 20) / word.len() + 1));
        case.names.clear();
        (case, Loaded, Refused("longer than 16 MiB"))
    }),
    difference(
        "SecretsAreNoTable",
        "Prefect starts, and each Secret.get() fails with a TypeError; we say it at once",
        |word| {
            (
                Case::default().variable("PREFECT__CONTEXT__SECRETS", &format!("'{word}'")).name("N"),
                Get(json!("TypeError")),
                Refused("context.secrets is not a table"),
            )
        },
    ),
    difference("ContextIsPairs", "Prefect takes a list of pairs for a table, by accident", |word| {
        (
            Case::default()
                .variable("PREFECT__CONTEXT", &format!("[('secrets', {{'N': 'x{word}'}})]"))
                .name("N"),
            got(format!("x{word}")),
            Refused("context is not a table"),
        )
    }),
    difference("DateAndTime", "ISO 8601 text, and a fraction of a second is read right", |word| {
        let seconds = word.len() % 60;
        (
            file(&format!("1979-05-27T07:32:{seconds:02}Z")),
            Get(json!(["date and time", format!("1979-05-27 07:32:{seconds:02}+00:00")])),
            Get(json!(["date and time", format!("1979-05-27T07:32:{seconds:02}Z")])),
        )
    }),
    difference("MixedArray", NEWER_TOML, |word| {
        (
            file(&format!("[\"{word}\", 1]")),
            Refused("Not a homogeneous array"),
            Get(json!(["list", [text(word), ["integer", "0x1"]]])),
        )
    }),
    difference("InlineTableOverLines", NEWER_TOML, |word| {
        (
            file(&format!("{{\n  {word} = 1,\n  b = 2\n}}")),
            Refused("TomlDecodeError"),
            Get(json!(["dict", [[text(word), ["integer", "0x1"]], [text("b"), ["integer", "0x2"]]]])),
        )
    }),
    difference("PlusInInlineTable", NEWER_TOML, |word| {
        (
            file(&format!("{{ {word} = +1 }}")),
            Refused("Invalid inline table value"),
            Get(json!(["dict", [[text(word), ["integer", "0x1"]]]])),
        )
    }),
    difference("NumberWithoutBlank", NEWER_TOML, |word| {
        (
            Case::default().user(&format!("[context.secrets]\nN=0x{:x}\n", word.len())).name("N"),
            Refused("Invalid date or number"),
            Get(json!(["integer", format!("0x{:x}", word.len())])),
        )
    }),
    difference("NegativeZero", NEWER_TOML, |word| {
        (
            file(&format!("-0.0{}", "0".repeat(word.len()))),
            Get(json!(["float", "0000000000000000"])),
            Get(json!(["float", "8000000000000000"])),
        )
    }),
    difference("ZeroWithExponent", NEWER_TOML, |word| {
        (
            file(&format!("0e{}", word.len())),
            Refused("leading zeroes"),
            Get(json!(["float", "0000000000000000"])),
        )
    }),
    difference("TwoQuotesFirst", LOST, |word| {
        (
            file(&format!("\"\\\"\\\"x{word}\"")),
            got(&format!("x{word}")[..word.len() - 1]),
            got(format!("\"\"x{word}")),
        )
    }),
    difference("QuoteAlone", LOST, |word| (file(&format!("\"\\\"\" # {word}")), got(""), got("\""))),
    difference("EscapesBesideBackslashes", NEWER_TOML, |word| {
        (
            file(&format!("\"\\u0041{word}\\\\u0042\"")),
            Refused("Reserved escape sequence"),
            got(format!("A{word}\\u0042")),
        )
    }),
    difference("NewerEscapes", NEWER_TOML, |word| {
        (
            file(&format!("\"{word}\\x41\\e\"")),
            Refused("Reserved escape sequence"),
            got(format!("{word}A\u{1b}")),
        )
    }),
    difference("CommentAfterLines", LOST, |word| {
        (file(&format!("\"\"\"{word}\nb\"\"\" # c")), Missing, got(format!("{word}\nb")))
    }),
    difference("LinesUnderDottedKey", LOST, |word| {
        (
            Case::default().user(&format!("[context]\nsecrets.N = '''{word}\nb'''\n")).name("N"),
            Missing,
            got(format!("{word}\nb")),
        )
    }),
    difference("BlanksAtLineEnd", LOST, |word| {
        (file(&format!("\"\"\"x{word}  \nb\"\"\"")), got(format!("x{word}\nb")), got(format!("x{word}  \nb")))
    }),
    difference("LineEndsFirst", LOST, |word| {
        (file(&format!("\"\"\"\n\nx{word}\n\"\"\"")), got(format!("x{word}\n")), got(format!("\nx{word}\n")))
    }),
    difference("BlanksBesideDot", LOST, |word| {
        (
            file(&format!("1\nM . {word} = 2")).name("M"),
            Get(json!(["integer", "0x1"])),
            Get(json!(["integer", "0x1"])),
        )
    }),
    difference("EmptyTableName", NEWER_TOML, |word| {
        (
            Case::default()
                .user(&format!("[context.secrets]\nN = '''x{word}'''\n[mine.\"\"]\na = 1\n"))
                .name("N"),
            Refused("empty name"),
            got(format!("x{word}")),
        )
    }),
    difference("ByteOrderMark", NEWER_TOML, |word| {
        (
            Case::default().user(&format!("\u{feff}[context.secrets]\nN = \"x{word}\"\n")).name("N"),
            Refused("invalid character in key name"),
            got(format!("x{word}")),
        )
    }),
    difference("BareUnicodeKey", NOT_TOML, |word| {
        (file(&format!("\"x{word}\"\né = 1")), got(format!("x{word}")), Refused("invalid unquoted key"))
    }),
    difference("RawControlCharacter", NOT_TOML, |word| {
        (file(&format!("\"x{word}\u{1}\"")), got(format!("x{word}\u{1}")), Refused("invalid basic string"))
    }),
];

impl Expected {
    pub fn is_met(&self, outcome: &Outcome) -> bool {
        match (self, outcome) {
            (Refused(part), Outcome::Refused(reason)) => reason.contains(part),
            (Get(expected), Outcome::Loaded { secrets, .. }) => secrets[0].1.get == *expected,
            (Missing, Outcome::Loaded { secrets, .. }) => secrets[0].1.context == "KeyError",
            (Loaded, Outcome::Loaded { .. }) => true,
            _ => false,
        }
    }
}
