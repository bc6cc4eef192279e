//! Where we differ from Prefect on purpose: `docs/local-secrets.md` has the same list, for people.
//!
//! To add one: a variant, its reason, and an example that shows what Prefect does and what we do.

use serde_json::{Value as Json, json};

use crate::case::{self, Case, Outcome};

/// One way in which we differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    HalfPairInLiteral,
    HalfPairInJson,
    BytesInNoEncoding,
    LongIntegerInJson,
    DeepJson,
    NewerCharacterName,
    SetWithinText,
    Circle,
    LongText,
    SecretsAreNoTable,
    ContextIsPairs,
    DateAndTime,
    MixedArray,
    InlineTableOverLines,
    PlusInInlineTable,
    NumberWithoutBlank,
    NegativeZero,
    ZeroWithExponent,
    TwoQuotesFirst,
    QuoteAlone,
    EscapesBesideBackslashes,
    NewerEscapes,
    CommentAfterLines,
    LinesUnderDottedKey,
    BlanksAtLineEnd,
    LineEndsFirst,
    BlanksBesideDot,
    EmptyTableName,
    ByteOrderMark,
    BareUnicodeKey,
    RawControlCharacter,
}

/// What comes of the secret `N`.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// Nothing loads, and the reason has this in it.
    Refused(&'static str),
    /// `get()` gives this, tagged, or fails with this exception.
    Get(Json),
    /// There is no such secret.
    Missing,
    /// It loads; nothing is asked.
    Loaded,
}

/// A configuration that shows a difference.
pub struct Example {
    pub case: Case,
    pub theirs: Expected,
    pub ours: Expected,
}

use Expected::{Get, Loaded, Missing, Refused};

impl Difference {
    pub const ALL: &[Self] = &[
        Self::HalfPairInLiteral,
        Self::HalfPairInJson,
        Self::BytesInNoEncoding,
        Self::LongIntegerInJson,
        Self::DeepJson,
        Self::NewerCharacterName,
        Self::SetWithinText,
        Self::Circle,
        Self::LongText,
        Self::SecretsAreNoTable,
        Self::ContextIsPairs,
        Self::DateAndTime,
        Self::MixedArray,
        Self::InlineTableOverLines,
        Self::PlusInInlineTable,
        Self::NumberWithoutBlank,
        Self::NegativeZero,
        Self::ZeroWithExponent,
        Self::TwoQuotesFirst,
        Self::QuoteAlone,
        Self::EscapesBesideBackslashes,
        Self::NewerEscapes,
        Self::CommentAfterLines,
        Self::LinesUnderDottedKey,
        Self::BlanksAtLineEnd,
        Self::LineEndsFirst,
        Self::BlanksBesideDot,
        Self::EmptyTableName,
        Self::ByteOrderMark,
        Self::BareUnicodeKey,
        Self::RawControlCharacter,
    ];

    /// Why.
    pub fn reason(self) -> &'static str {
        match self {
            Self::HalfPairInLiteral | Self::HalfPairInJson => {
                "text here is Unicode, which has no half surrogate pairs; the text stays as it is written"
            }
            Self::BytesInNoEncoding | Self::LongIntegerInJson | Self::DeepJson => {
                "Secret.get() fails with what has nothing to do with secrets; the value stays as it is"
            }
            Self::NewerCharacterName => "the names of characters are those of a newer Unicode",
            Self::SetWithinText => {
                "Python writes a set in an order that changes from run to run; ours is as written"
            }
            Self::Circle => "what is left of a circle changes from run to run; we say that there is one",
            Self::LongText => "a hostile file could fill the memory",
            Self::SecretsAreNoTable => {
                "Prefect starts, and each Secret.get() fails with a TypeError; we say it at once"
            }
            Self::ContextIsPairs => "Prefect takes a list of pairs for a table, by accident",
            Self::DateAndTime => "ISO 8601 text, and a fraction of a second is read right",
            Self::MixedArray
            | Self::InlineTableOverLines
            | Self::PlusInInlineTable
            | Self::NumberWithoutBlank
            | Self::NegativeZero
            | Self::ZeroWithExponent
            | Self::NewerEscapes
            | Self::EscapesBesideBackslashes
            | Self::EmptyTableName
            | Self::ByteOrderMark => {
                "it is TOML; Prefect's reader is of before TOML 1.0, and does not know it"
            }
            Self::TwoQuotesFirst
            | Self::QuoteAlone
            | Self::CommentAfterLines
            | Self::LinesUnderDottedKey
            | Self::BlanksAtLineEnd
            | Self::LineEndsFirst
            | Self::BlanksBesideDot => {
                "it is TOML; Prefect's reader loses a part of it, or all, without a word"
            }
            Self::BareUnicodeKey | Self::RawControlCharacter => {
                "it is not TOML, and Prefect's reader does not notice"
            }
        }
    }

    /// An example, with a word of letters that makes it one of many.
    #[expect(clippy::too_many_lines, reason = "it is a list")]
    pub fn example(self, word: &str) -> Example {
        let text = |text: &str| json!(["text", text]);
        let hex = |text: &str| case::hex(text.as_bytes());
        let file = |value: &str| Case::default().user(&format!("[context.secrets]\nN = {value}\n")).name("N");
        let variable = |value: &str| Case::default().secret("N", value);
        let example = |case: Case, theirs: Expected, ours: Expected| Example { case, theirs, ours };
        let half = |before: &str| json!(["half pair", hex(before) + "eda080"]);
        match self {
            Self::HalfPairInLiteral => {
                let written = format!("'{word}\\ud800'");
                example(variable(&written), Get(half(word)), Get(text(&written)))
            }
            Self::HalfPairInJson => {
                let written = format!("{{\"{word}\": true, \"b\": \"\\ud800\"}}");
                let dict = json!(["dict", [[text(word), ["bool", true]], [text("b"), half("")]]]);
                example(variable(&written), Get(dict), Get(text(&written)))
            }
            Self::BytesInNoEncoding => example(
                variable(&format!("b'{word}\\xff'")),
                Get(json!("UnicodeDecodeError")),
                Get(json!(["bytes", hex(word) + "ff"])),
            ),
            Self::LongIntegerInJson => {
                let written = format!("{{\"{word}\": [true, {}]}}", "1".repeat(4301));
                example(variable(&written), Get(json!("ValueError")), Get(text(&written)))
            }
            Self::DeepJson => {
                let written = format!("{}\"{word}\", true{}", "[".repeat(2000), "]".repeat(2000));
                example(variable(&written), Get(json!("RecursionError")), Get(text(&written)))
            }
            Self::NewerCharacterName => {
                let written = format!("'{word}\\N{{SHAKING FACE}}'");
                example(variable(&written), Get(text(&written)), Get(text(&format!("{word}\u{1fae8}"))))
            }
            Self::SetWithinText => example(
                variable("it is ${mine.set}").variable(
                    "PREFECT__MINE__SET",
                    &format!("{{'{word}', 16, 1, 32, 0, 'a', 'b', 'c', 'd', 'e'}}"),
                ),
                Loaded,
                Get(text(&format!("it is {{'{word}', 16, 1, 32, 0, 'a', 'b', 'c', 'd', 'e'}}"))),
            ),
            Self::Circle => example(
                variable(&format!("{word}${{context.secrets.M}}")).secret("M", "${context.secrets.N}"),
                Loaded,
                Refused("refers to itself"),
            ),
            Self::LongText => {
                let mut case =
                    variable(&"$V1".repeat(20)).variable("V1", &word.repeat((1 << 20) / word.len() + 1));
                case.names.clear();
                example(case, Loaded, Refused("longer than 16 MiB"))
            }
            Self::SecretsAreNoTable => example(
                Case::default().variable("PREFECT__CONTEXT__SECRETS", &format!("'{word}'")).name("N"),
                Get(json!("TypeError")),
                Refused("context.secrets is not a table"),
            ),
            Self::ContextIsPairs => example(
                Case::default()
                    .variable("PREFECT__CONTEXT", &format!("[('secrets', {{'N': 'x{word}'}})]"))
                    .name("N"),
                Get(text(&format!("x{word}"))),
                Refused("context is not a table"),
            ),
            Self::DateAndTime => {
                let seconds = word.len() % 60;
                example(
                    file(&format!("1979-05-27T07:32:{seconds:02}Z")),
                    Get(json!(["date and time", format!("1979-05-27 07:32:{seconds:02}+00:00")])),
                    Get(json!(["date and time", format!("1979-05-27T07:32:{seconds:02}Z")])),
                )
            }
            Self::MixedArray => example(
                file(&format!("[\"{word}\", 1]")),
                Refused("Not a homogeneous array"),
                Get(json!(["list", [text(word), ["integer", "0x1"]]])),
            ),
            Self::InlineTableOverLines => example(
                file(&format!("{{\n  {word} = 1,\n  b = 2\n}}")),
                Refused("TomlDecodeError"),
                Get(json!(["dict", [[text(word), ["integer", "0x1"]], [text("b"), ["integer", "0x2"]]]])),
            ),
            Self::PlusInInlineTable => example(
                file(&format!("{{ {word} = +1 }}")),
                Refused("Invalid inline table value"),
                Get(json!(["dict", [[text(word), ["integer", "0x1"]]]])),
            ),
            Self::NumberWithoutBlank => example(
                Case::default().user(&format!("[context.secrets]\nN=0x{:x}\n", word.len())).name("N"),
                Refused("Invalid date or number"),
                Get(json!(["integer", format!("0x{:x}", word.len())])),
            ),
            Self::NegativeZero => example(
                file(&format!("-0.0{}", "0".repeat(word.len()))),
                Get(json!(["float", "0000000000000000"])),
                Get(json!(["float", "8000000000000000"])),
            ),
            Self::ZeroWithExponent => example(
                file(&format!("0e{}", word.len())),
                Refused("leading zeroes"),
                Get(json!(["float", "0000000000000000"])),
            ),
            Self::TwoQuotesFirst => example(
                file(&format!("\"\\\"\\\"x{word}\"")),
                Get(text(&format!("x{word}")[..word.len() - 1])),
                Get(text(&format!("\"\"x{word}"))),
            ),
            Self::QuoteAlone => example(file(&format!("\"\\\"\" # {word}")), Get(text("")), Get(text("\""))),
            Self::EscapesBesideBackslashes => example(
                file(&format!("\"\\u0041{word}\\\\u0042\"")),
                Refused("Reserved escape sequence"),
                Get(text(&format!("A{word}\\u0042"))),
            ),
            Self::NewerEscapes => example(
                file(&format!("\"{word}\\x41\\e\"")),
                Refused("Reserved escape sequence"),
                Get(text(&format!("{word}A\u{1b}"))),
            ),
            Self::CommentAfterLines => example(
                file(&format!("\"\"\"{word}\nb\"\"\" # c")),
                Missing,
                Get(text(&format!("{word}\nb"))),
            ),
            Self::LinesUnderDottedKey => example(
                Case::default().user(&format!("[context]\nsecrets.N = '''{word}\nb'''\n")).name("N"),
                Missing,
                Get(text(&format!("{word}\nb"))),
            ),
            Self::BlanksAtLineEnd => example(
                file(&format!("\"\"\"x{word}  \nb\"\"\"")),
                Get(text(&format!("x{word}\nb"))),
                Get(text(&format!("x{word}  \nb"))),
            ),
            Self::LineEndsFirst => example(
                file(&format!("\"\"\"\n\nx{word}\n\"\"\"")),
                Get(text(&format!("x{word}\n"))),
                Get(text(&format!("\nx{word}\n"))),
            ),
            Self::BlanksBesideDot => example(
                file(&format!("1\nM . {word} = 2")).name("M"),
                Get(json!(["integer", "0x1"])),
                Get(json!(["integer", "0x1"])),
            ),
            Self::EmptyTableName => example(
                Case::default()
                    .user(&format!("[context.secrets]\nN = '''x{word}'''\n[mine.\"\"]\na = 1\n"))
                    .name("N"),
                Refused("empty name"),
                Get(text(&format!("x{word}"))),
            ),
            Self::ByteOrderMark => example(
                Case::default().user(&format!("\u{feff}[context.secrets]\nN = \"x{word}\"\n")).name("N"),
                Refused("invalid character in key name"),
                Get(text(&format!("x{word}"))),
            ),
            Self::BareUnicodeKey => example(
                file(&format!("\"x{word}\"\né = 1")),
                Get(text(&format!("x{word}"))),
                Refused("invalid unquoted key"),
            ),
            Self::RawControlCharacter => example(
                file(&format!("\"x{word}\u{1}\"")),
                Get(text(&format!("x{word}\u{1}"))),
                Refused("invalid basic string"),
            ),
        }
    }
}

impl Expected {
    /// Whether this came of the secret `N`.
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
