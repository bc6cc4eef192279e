//! The intended differences from Prefect, which `docs/local-secrets.md` lists for users.
//!
//! To add one: its name, an example with Prefect's result and ours, and its row there, with the reason.

use serde_json::{Value as Json, json};

use crate::case::{Case, Loaded, hex};

use Expected::{Get, Loads, Missing, Refused};

#[derive(Clone, Debug)]
pub struct Difference {
    pub name: &'static str,
    pub case: Case,
    pub theirs: Expected,
    pub ours: Expected,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// Nothing loads, and the reason contains this.
    Refused(&'static str),
    /// `get()` returns this tagged value or fails with this exception.
    Get(Json),
    Missing,
    /// It loads; no secret is checked.
    Loads,
}

impl Difference {
    fn theirs(self, theirs: Expected) -> Self {
        Self { theirs, ..self }
    }

    fn ours(self, ours: Expected) -> Self {
        Self { ours, ..self }
    }
}

const fn difference(name: &'static str, case: Case) -> Difference {
    Difference { name, case, theirs: Loads, ours: Loads }
}

fn text(text: &str) -> Json {
    json!(["text", text])
}

fn integer(value: usize) -> Json {
    json!(["integer", format!("0x{value:x}")])
}

fn got(value: impl AsRef<str>) -> Expected {
    Get(text(value.as_ref()))
}

fn half(before: &str) -> Json {
    json!(["half pair", hex(before.as_bytes()) + "eda080"])
}

fn file(value: &str) -> Case {
    whole_file(&format!("[context.secrets]\nN = {value}\n"))
}

fn whole_file(text: &str) -> Case {
    Case::default().user(text).name("N")
}

fn variable(value: &str) -> Case {
    Case::default().secret("N", value)
}

/// All differences. The random word makes each example one of many.
pub fn all(word: &str) -> Vec<Difference> {
    [of_variables(word), of_files(word)].concat()
}

fn of_variables(word: &str) -> Vec<Difference> {
    let half_literal = format!("'{word}\\ud800'");
    let half_json = format!("{{\"{word}\": true, \"b\": \"\\ud800\"}}");
    let half_dict = json!(["dict", [[text(word), ["bool", true]], [text("b"), half("")]]]);
    let long_integer = format!("{{\"{word}\": [true, {}]}}", "1".repeat(4301));
    let deep = format!("{}\"{word}\", true{}", "[".repeat(2000), "]".repeat(2000));
    let newer_name = format!("'{word}\\N{{SHAKING FACE}}'");
    let set = format!("{{'{word}', 16, 1, 32, 0, 'a', 'b', 'c', 'd', 'e'}}");
    let pairs = format!("[('secrets', {{'N': 'x{word}'}})]");
    let mut long = variable(&"$V1".repeat(20)).variable("V1", &word.repeat((1 << 20) / word.len() + 1));
    long.names.clear();
    vec![
        difference("HalfPairInLiteral", variable(&half_literal))
            .theirs(Get(half(word)))
            .ours(got(half_literal)),
        difference("HalfPairInJson", variable(&half_json)).theirs(Get(half_dict)).ours(got(half_json)),
        difference("BytesInNoEncoding", variable(&format!("b'{word}\\xff'")))
            .theirs(Get(json!("UnicodeDecodeError")))
            .ours(Get(json!(["bytes", hex(word.as_bytes()) + "ff"]))),
        difference("LongIntegerInJson", variable(&long_integer))
            .theirs(Get(json!("ValueError")))
            .ours(got(long_integer)),
        difference("DeepJson", variable(&deep)).theirs(Get(json!("RecursionError"))).ours(got(deep)),
        difference("NewerCharacterName", variable(&newer_name))
            .theirs(got(newer_name))
            .ours(got(format!("{word}\u{1fae8}"))),
        difference("SetWithinText", variable("it is ${mine.set}").variable("PREFECT__MINE__SET", &set))
            .ours(got(format!("it is {set}"))),
        difference(
            "Circle",
            variable(&format!("{word}${{context.secrets.M}}")).secret("M", "${context.secrets.N}"),
        )
        .ours(Refused("refers to itself")),
        difference("LongText", long).ours(Refused("longer than 16 MiB")),
        difference(
            "SecretsAreNoTable",
            Case::default().variable("PREFECT__CONTEXT__SECRETS", &format!("'{word}'")).name("N"),
        )
        .theirs(Get(json!("TypeError")))
        .ours(Refused("context.secrets is not a table")),
        difference("ContextIsPairs", Case::default().variable("PREFECT__CONTEXT", &pairs).name("N"))
            .theirs(got(format!("x{word}")))
            .ours(Refused("context is not a table")),
    ]
}

fn of_files(word: &str) -> Vec<Difference> {
    let length = word.len();
    let seconds = length % 60;
    let (two, broken) = (format!("{word}\nb"), format!("\"\"\"{word}\nb\"\"\""));
    vec![
        difference("DateAndTime", file(&format!("1979-05-27T07:32:{seconds:02}Z")))
            .theirs(Get(json!(["date and time", format!("1979-05-27 07:32:{seconds:02}+00:00")])))
            .ours(Get(json!(["date and time", format!("1979-05-27T07:32:{seconds:02}Z")]))),
        difference("MixedArray", file(&format!("[\"{word}\", 1]")))
            .theirs(Refused("Not a homogeneous array"))
            .ours(Get(json!(["list", [text(word), integer(1)]]))),
        difference("InlineTableOverLines", file(&format!("{{\n  {word} = 1,\n  b = 2\n}}")))
            .theirs(Refused("TomlDecodeError"))
            .ours(Get(json!(["dict", [[text(word), integer(1)], [text("b"), integer(2)]]]))),
        difference("PlusInInlineTable", file(&format!("{{ {word} = +1 }}")))
            .theirs(Refused("Invalid inline table value"))
            .ours(Get(json!(["dict", [[text(word), integer(1)]]]))),
        difference("NumberWithoutBlank", whole_file(&format!("[context.secrets]\nN=0x{length:x}\n")))
            .theirs(Refused("Invalid date or number"))
            .ours(Get(integer(length))),
        difference("NegativeZero", file(&format!("-0.0{}", "0".repeat(length))))
            .theirs(Get(json!(["float", "0000000000000000"])))
            .ours(Get(json!(["float", "8000000000000000"]))),
        difference("ZeroWithExponent", file(&format!("0e{length}")))
            .theirs(Refused("leading zeroes"))
            .ours(Get(json!(["float", "0000000000000000"]))),
        difference("TwoQuotesFirst", file(&format!("\"\\\"\\\"x{word}\"")))
            .theirs(got(&format!("x{word}")[..length - 1]))
            .ours(got(format!("\"\"x{word}"))),
        difference("QuoteAlone", file(&format!("\"\\\"\" # {word}"))).theirs(got("")).ours(got("\"")),
        difference("EscapesBesideBackslashes", file(&format!("\"\\u0041{word}\\\\u0042\"")))
            .theirs(Refused("Reserved escape sequence"))
            .ours(got(format!("A{word}\\u0042"))),
        difference("NewerEscapes", file(&format!("\"{word}\\x41\\e\"")))
            .theirs(Refused("Reserved escape sequence"))
            .ours(got(format!("{word}A\u{1b}"))),
        difference("CommentAfterLines", file(&format!("{broken} # c"))).theirs(Missing).ours(got(&two)),
        difference("LinesUnderDottedKey", whole_file(&format!("[context]\nsecrets.N = '''{word}\nb'''\n")))
            .theirs(Missing)
            .ours(got(two)),
        difference("BlanksAtLineEnd", file(&format!("\"\"\"x{word}  \nb\"\"\"")))
            .theirs(got(format!("x{word}\nb")))
            .ours(got(format!("x{word}  \nb"))),
        difference("LineEndsFirst", file(&format!("\"\"\"\n\nx{word}\n\"\"\"")))
            .theirs(got(format!("x{word}\n")))
            .ours(got(format!("\nx{word}\n"))),
        difference("BlanksBesideDot", file(&format!("1\nM . {word} = 2")).name("M"))
            .theirs(Get(integer(1)))
            .ours(Get(integer(1))),
        difference(
            "EmptyTableName",
            whole_file(&format!("[context.secrets]\nN = '''x{word}'''\n[mine.\"\"]\na = 1\n")),
        )
        .theirs(Refused("empty name"))
        .ours(got(format!("x{word}"))),
        difference("ByteOrderMark", whole_file(&format!("\u{feff}[context.secrets]\nN = \"x{word}\"\n")))
            .theirs(Refused("invalid character in key name"))
            .ours(got(format!("x{word}"))),
        difference("BareUnicodeKey", file(&format!("\"x{word}\"\né = 1")))
            .theirs(got(format!("x{word}")))
            .ours(Refused("invalid unquoted key")),
        difference("RawControlCharacter", file(&format!("\"x{word}\u{1}\"")))
            .theirs(got(format!("x{word}\u{1}")))
            .ours(Refused("invalid basic string")),
    ]
}

impl Expected {
    pub fn is_met(&self, outcome: &Result<Loaded, String>) -> bool {
        match (self, outcome) {
            (Refused(part), Err(reason)) => reason.contains(part),
            (Get(expected), Ok(loaded)) => loaded.secrets[0].1.get == *expected,
            (Missing, Ok(loaded)) => loaded.secrets[0].1.context == "KeyError",
            (expected, outcome) => *expected == Loads && outcome.is_ok(),
        }
    }
}
