//! Texts for variables and files, likely and unlikely: Python literals and near misses, JSON, references, and arbitrary
//! strings.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The variables that texts refer to.
pub const VARIABLES: &[&str] = &["V1", "V2", "V3", "LONG_NAME", "x", "backend"];

/// The settings that texts refer to, some of which don't exist.
const SETTINGS: &[&str] = &[
    "backend", "home_dir", "debug", "server.host", "server.endpoint", "cloud.heartbeat_interval",
    "cloud.request_timeout", "cloud.api", CONNECTION_URL, "mine.one", "mine.two", "mine.three",
    "context.secrets.A", "context.secrets.B", "context.secrets.NONE", "no.such", "x", "",
];

/// A setting that itself refers to several others.
const CONNECTION_URL: &str = "server.database.connection_url";

/// A strategy for texts.
pub trait Texts: Strategy<Value = String> + Clone + 'static {}

impl<S: Strategy<Value = String> + Clone + 'static> Texts for S {}

/// Any of these texts.
pub fn text() -> impl Texts {
    prop_oneof![
        4 => literal(),
        4 => near(literal()),
        2 => json(),
        2 => near(json()),
        3 => references(),
        1 => near(references()),
        2 => word(),
        1 => any_text(),
        1 => around(literal()),
    ]
    .prop_map(|text| without_half_pairs(&text))
    .boxed()
}

/// A text that refers to no variable or setting.
pub fn text_alone() -> impl Texts {
    prop_oneof![4 => literal(), 4 => near(literal()), 2 => json(), 2 => near(json()), 2 => word(), 1 => any_text()]
        // Python writes a set in an order of its own.
        .prop_map(|text| without_half_pairs(&text).replace('$', "S").replace('{', "[").replace('}', "]"))
        .prop_map(|text| text.trim_start_matches('~').to_owned())
    .boxed()
}

/// The text without escapes for half surrogate pairs, which are one of the differences.
fn without_half_pairs(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for place in 0..characters.len() {
        let digits = match characters.get(place..) {
            Some(['\\', 'u', ..]) => place + 2,
            Some(['\\', 'U', ..]) => place + 6,
            _ => continue,
        };
        if let Some(['d' | 'D', '8' | '9' | 'a'..='f' | 'A'..='F', ..]) = characters.get(digits..) {
            characters[digits] = 'c';
        }
    }
    characters.into_iter().collect()
}

pub fn of(texts: &'static [&'static str]) -> impl Texts {
    select(texts).prop_map(str::to_owned)
}

fn pattern(pattern: &'static str) -> impl Texts {
    proptest::string::string_regex(pattern).expect("a pattern").boxed()
}

fn word() -> impl Texts {
    let words = of(&[
        "true", "false", "null", "none", "nan", "inf", "infinity", "-infinity", "yes", "no", "on", "", "...",
        "set()", "self", "1,", "hello", "p4ss word", "0777", "1e5", "1.10", "12:30", "2020-01-01", "a=b",
        "#x", "x#y", "-", "--", "_", "fal\u{17f}e",
    ]);
    (words, 0..4).prop_map(|(word, case)| match case {
        0 => word,
        1 => word.to_uppercase(),
        2 => word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect(),
        _ => format!(" {word}\n"),
    })
}

/// Any characters but NUL, which no variable can hold.
pub fn any_text() -> impl Texts {
    prop_oneof![
        vec(any::<char>(), 0..12).prop_map(String::from_iter),
        pattern("[ -~\\n\\t\\r]{0,20}"),
        pattern("[\\[\\](){},:+\\-0-9.'\"\\\\ abjxurf#_\\n]{0,14}"),
    ]
    .prop_map(|text| text.replace('\0', "0"))
}

fn near(texts: impl Texts) -> impl Texts {
    let change = of(&[
        "", "", "", "'", "\"", "\\", "[", "]", "(", ")", "{", "}", ",", ":", "+", "-", " ", "\n", "\r", "\t",
        "0", "1", "_", ".", "e", "j", "x", "u", "b", "f", "r", "#", "$", "~", "*", "\\ud800", "\\x", "\\N{",
        "é", "\u{feff}", "\u{a0}", "\u{c}", "\u{1}", ";", "=",
    ]);
    (texts, change, any::<prop::sample::Index>(), any::<bool>())
        .prop_map(|(text, change, place, insert)| {
            let mut characters: Vec<char> = text.chars().collect();
            let place = place.index(characters.len() + 1);
            let end = if insert { place } else { (place + 1).min(characters.len()) };
            characters.splice(place..end, change.chars());
            characters.into_iter().collect::<String>()
        })
        .boxed()
}

fn around(texts: impl Texts) -> impl Texts {
    let before = of(&["", " ", "\t", " \t ", "\n", "\r\n", "\u{c}", "\n ", "\\\n", "#c\n", "("]);
    let after = of(&[
        "", " ", "\t", "\n", "\r", "\n\n", "\n  ", " #c", "\n#c", "\n  #c", "\\\n", ")", "\u{c}", "\n\u{c}",
        ";", "\n \u{c}",
    ]);
    (before, texts, after).prop_map(|(before, text, after)| before + &text + &after)
}

/// A Python literal in any notation that Python allows, and in some that it does not.
pub fn literal() -> impl Texts {
    let leaf = prop_oneof![3 => number(), 4 => string(), 1 => of(&["True", "False", "None", "...", "set()", "()", "[]", "{}"])];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let space = of(&["", "", "", " ", "\n", " # c\n", "\t"]);
        let comma = of(&["", "", "", ","]);
        let items = (vec(inner.clone(), 0..5), of(&[",", ", ", " ,", ",\n"]), comma, space).prop_map(
            |(items, separator, comma, space)| {
                let comma = if items.is_empty() { String::new() } else { comma };
                format!("{space}{}{comma}{space}", items.join(&separator))
            },
        );
        let entries = (vec((inner.clone(), inner.clone()), 0..4), of(&[",", ", "]), of(&[":", ": ", " :"]))
            .prop_map(|(entries, separator, colon)| {
                let entries = entries.into_iter().map(|(key, value)| key + &colon + &value);
                format!("{{{}}}", entries.collect::<Vec<_>>().join(&separator))
            });
        prop_oneof![
            3 => items.clone().prop_map(|items| format!("[{items}]")),
            2 => items.clone().prop_map(|items| format!("({items})")),
            1 => items.clone().prop_map(|items| format!("{{{items}}}")),
            1 => items,
            3 => entries,
            1 => (vec(inner, 1..3)).prop_map(|items| items.join(" ")),
        ]
    })
    .boxed()
}

fn number() -> impl Texts {
    let plain = prop_oneof![
        4 => pattern("(0|[1-9][0-9]{0,5})"),
        1 => pattern("[1-9](_?[0-9]){0,25}"),
        1 => pattern("0[xX](_?[0-9a-fA-F]){1,20}"),
        1 => pattern("0([oO][0-7]{1,5}|[bB][01]{1,9}|[0-9_]{1,4})"),
        3 => pattern("[0-9]{0,4}\\.[0-9]{0,4}([eE][+-]?[0-9]{1,3})?"),
        1 => pattern("[0-9]{1,3}[eE][+-]?[0-9]{1,4}"),
        1 => pattern("[0-9._]{1,8}[jJ]"),
    ];
    prop_oneof![
        6 => plain.clone(),
        2 => (of(&["-", "+", "- ", "--", "~"]), plain.clone()).prop_map(|(sign, number)| sign + &number),
        1 => (of(&["", "-", "+"]), plain.clone(), of(&["+", "-", " + ", "*", "+-"]), plain.clone(), of(&["j", "J", ""]))
            .prop_map(|(sign, re, operator, im, j)| format!("{sign}{re}{operator}{im}{j}")),
        1 => (of(&["(", "-(", "((", "(-"]), plain, of(&[")", "))", ")+2j"])).prop_map(|(open, number, close)| open + &number + &close),
    ]
}

fn string() -> impl Texts {
    let prefix = of(&[
        "", "", "", "", "b", "r", "u", "B", "R", "U", "br", "rb", "bR", "RB", "f", "F", "fr", "t", "ur", "x",
    ]);
    let piece = prop_oneof![
        4 => pattern("[a-zA-Z0-9 ]{1,4}"),
        1 => of(&["é", "😀", "\u{200b}", "\u{fffd}", "ſ", "\t", "#", "{x}", "{{", "[", "(", "\u{2028}", "\u{e000}", "`", "'", "\""]),
        2 => of(&["\\n", "\\\\", "\\'", "\\\"", "\\a", "\\v", "\\d", "\\8", "\\\n", "\\\r\n", "\\q", "\\ "]),
        2 => prop_oneof![
            pattern("\\\\x[0-9a-fA-F]{1,3}"),
            pattern("\\\\[0-7]{1,4}"),
            pattern("\\\\u[0-9a-cA-C][0-9a-f]{2,4}"),
            pattern("\\\\u[dD][0-9a-f]{3}"),
            of(&["\\U0001f600", "\\U0001F600", "\\U0010ffff", "\\U000e0001", "\\U0000e000"]),
            pattern("\\\\U0000[0-9a-cA-C][0-9a-f]{3}"),
            // Emoji, ideographs and private use: Unicode adds nothing there any more.
            pattern("\\\\U000(1f6[0-4][0-9a-f]|2[0-9][0-9a-f]{3}|f[0-9a-f]{4})"),
            pattern("\\\\U[0-9a-f]{8}"),
        ],
        1 => of(&["\\N{BULLET}", "\\N{bullet}", "\\N{LATIN SMALL LETTER E WITH ACUTE}", "\\N{NO SUCH}", "\\N{}", "\\N", "\\N{SPACE",
            "\\N{LINE FEED}", "\\N{LF}", "\\N{CJK UNIFIED IDEOGRAPH-4E00}", "\\N{HANGUL SYLLABLE GA}", "\\N{U+41}", "\\N{DIGIT ONE }"]),
        1 => of(&["\n", "\r", "\r\n", "\u{c}", "\u{7f}"]),
    ];
    let quote = of(&["'", "'", "\"", "\"", "'''", "\"\"\""]);
    (prefix, quote, vec(piece, 0..5))
        .prop_map(|(prefix, quote, pieces)| format!("{prefix}{quote}{}{quote}", pieces.concat()))
}

pub fn json() -> impl Texts {
    let text = vec(
        prop_oneof![
            4 => pattern("[a-zA-Z0-9 $~'é]{1,3}"),
            1 => of(&["\\n", "\\\\", "\\\"", "\\/", "\\b", "\\u0041", "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\udc00", "\\u12", "\\x41", "\\'", "\u{1}",
                "\n", "\t", "\u{7f}", "😀"]),
        ],
        0..4,
    )
    .prop_map(|pieces| format!("\"{}\"", pieces.concat()));
    let number = prop_oneof![
        4 => pattern("-?(0|[1-9][0-9]{0,4})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?"),
        1 => pattern("-?[1-9][0-9]{15,40}"),
        1 => of(&["NaN", "Infinity", "-Infinity", "-NaN", "+1", "01", "1.", ".5", "-", "-0", "-0.0", "1e400", "0x1", "inf", "nan", "+Infinity"]),
    ];
    let leaf = prop_oneof![3 => number, 3 => text.clone(), 1 => of(&["true", "false", "null", "True", "[]", "{}", "nul", ""])];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let space = of(&["", "", " ", "\n", "\t", "\r\n", "\u{c}"]);
        let key = prop_oneof![4 => of(&["\"a\"", "\"b\"", "\"\"", "\"\\u0061\"", "\"keys_\""]), 1 => text.clone(), 1 => of(&["a", "1", "'a'"])];
        prop_oneof![
            (vec(inner.clone(), 0..4), space.clone(), of(&["", "", "", ","]))
                .prop_map(|(items, space, comma)| format!("[{space}{}{comma}{space}]", items.join(","))),
            (vec((key, inner), 0..4), space).prop_map(|(entries, space)| {
                let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key}:{space}{value}")).collect();
                format!("{{{}}}", entries.join(","))
            }),
        ]
    })
    .prop_flat_map(|json| (Just(json), of(&["", "", "", " ", "\n", "\u{feff}", "\u{a0}"])))
    .prop_map(|(json, space)| format!("{space}{json}{space}"))
    .boxed()
}

fn references() -> impl Texts {
    let variable = prop_oneof![
        3 => select(VARIABLES).prop_map(|name| format!("${name}")),
        3 => select(VARIABLES).prop_map(|name| format!("${{{name}}}")),
        4 => select(SETTINGS).prop_map(|name| format!("${{{name}}}")),
        1 => of(&["$", "$$", "${", "$}", "${}", "$1", "$é", "$NOPE", "${NOPE}", "$HOME", "${${backend}.endpoint}", "${mine.${x}}", "${\n}"]),
        1 => of(&["~", "~/", "~/x", "~root", "~root/x", "~nobody-here", "~nobody-here/x"]),
    ];
    let between = prop_oneof![4 => Just(String::new()), 2 => pattern("[a-z /.']{0,3}"), 1 => of(&["\"", "[", "]", ",", "5", " ", "}", "{"])];
    vec((between.clone(), variable), 1..4)
        .prop_flat_map(move |pieces| (Just(pieces), between.clone()))
        .prop_map(|(pieces, last)| {
            pieces.into_iter().map(|(text, variable)| text + &variable).collect::<String>() + &last
        })
}
