//! The size of a document's text, measured before it is parsed.

use async_graphql::ServerResult;

use super::{Bounds, refuse};

/// In bytes. Large values belong in variables.
const MAX_TEXT: usize = 256 * 1024;
/// In bytes: the engine compares an unknown name with every known one.
const MAX_NAME: usize = 255;
/// The deepest nesting of brackets, as in `serde_json`.
const MAX_NESTING: usize = 128;

/// Refuses a text that is too expensive to parse: the parser recurses into each level and allocates for each token.
pub fn check_text(query: &str, bounds: &Bounds) -> ServerResult<()> {
    if query.len() > MAX_TEXT {
        return refuse(format!("A document can have at most {MAX_TEXT} bytes."), None);
    }
    let text = Text::measure(query);
    for (found, limit, rule) in [
        (text.nesting, MAX_NESTING, "can nest brackets at most {} deep"),
        (text.tokens, bounds.tokens, "can have at most {} tokens"),
        (text.longest_name, MAX_NAME, "can have names of at most {} bytes"),
    ] {
        if found > limit {
            return refuse(format!("A document {}.", rule.replace("{}", &limit.to_string())), None);
        }
    }
    Ok(())
}

/// The figures of a text, outside strings and comments.
#[derive(Default)]
struct Text {
    nesting: usize,
    tokens: usize,
    longest_name: usize,
}

impl Text {
    fn measure(query: &str) -> Self {
        let mut text = Self::default();
        let mut depth = 0_usize;
        let mut rest = query;
        let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            text.tokens += 1;
            match character {
                '{' | '[' | '(' => {
                    depth += 1;
                    text.nesting = text.nesting.max(depth);
                }
                '}' | ']' | ')' => depth = depth.saturating_sub(1),
                '#' => {
                    text.tokens -= 1;
                    rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
                }
                '"' => rest = after_string(rest),
                ',' | '\u{feff}' => text.tokens -= 1,
                _ if character.is_ascii_whitespace() => text.tokens -= 1,
                _ if is_word(character) => {
                    let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
                    if !character.is_ascii_digit() {
                        text.longest_name = text.longest_name.max(1 + length);
                    }
                    rest = &rest[length..];
                }
                _ => {}
            }
        }
        text
    }
}

/// The text that follows a string, of which the first quote has been read. It must match the parser's grammar exactly, or
/// a string could hide the rest.
fn after_string(rest: &str) -> &str {
    if let Some(block) = rest.strip_prefix("\"\"") {
        let mut from = 0;
        while let Some(found) = block[from..].find("\"\"\"") {
            let index = from + found;
            // A backslash escapes only three quotes.
            if !block[..index].ends_with('\\') {
                return &block[index + 3..];
            }
            from = index + 3;
        }
        // An unterminated block string is an empty string and the start of another one.
        return &rest[1..];
    }
    let mut from = 0;
    while let Some(found) = rest[from..].find(['"', '\\']) {
        let index = from + found;
        if rest[index..].starts_with('"') {
            return &rest[index + 1..];
        }
        from = index + 1 + rest[index + 1..].chars().next().map_or(0, char::len_utf8);
    }
    ""
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::types::Selection;
    use async_graphql_value::Value;

    use super::*;
    use crate::graphql::document::Document;
    use crate::graphql::limits::{AUTHENTICATED, UNAUTHENTICATED};

    #[test]
    fn nesting_is_counted_outside_strings_and_comments() {
        for (query, depth) in [
            ("{a(b: [{c: 1}])}", 4),
            (r#"{a(b: "{{{{\"{{")}"#, 2),
            (r#"{a(b: """{{{" \""" {{{""")}"#, 2),
            ("{a # {{{{\n}", 1),
            (r#"{a(b: "", c: [])}"#, 3),
            (r#"{a(b: "{{{{"#, 2),
            // A backslash in a block string escapes only three quotes.
            (r#"{a(b: """\\""" [[[ """ c: [])}"#, 3),
            (r#"{a(b: """\\""" """ c: [[[]]])}"#, 5),
            // An unterminated block string is an empty string and the start of another one.
            (r#"{a(b: ["""x" [[[]]]])}"#, 6),
        ] {
            assert_eq!(Text::measure(query).nesting, depth, "{query}");
        }
    }

    #[test]
    fn parser_never_nests_deeper_than_measured() {
        const PIECES: [&str; 12] =
            ["\"", "\"\"\"", "\\", "\\\"", "[", "]", "[[", "]]", "a ", "#", "\n", "\"\" "];
        fn depth(value: &Value) -> usize {
            match value {
                Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
                _ => 0,
            }
        }
        let mut random = 1_u64;
        let mut parsed = 0;
        for _ in 0..30_000 {
            let mut text = "{a(x:[".to_owned();
            for _ in 0..12 {
                // The generator of Knuth's MMIX: any reproducible one will do.
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text += PIECES[usize::try_from((random >> 33) % 12).expect("small")];
            }
            text += "])}";
            let Ok(document) = async_graphql::parser::parse_query(&text) else { continue };
            parsed += 1;
            let document = Document::new(document, None).expect("one operation");
            let Selection::Field(field) = &document.root().items[0].node else { panic!("{text}") };
            let deepest = field.node.arguments.iter().map(|(_, value)| depth(&value.node)).max();
            assert!(2 + deepest.unwrap_or(0) <= Text::measure(&text).nesting, "{text}");
        }
        assert!(parsed > 100, "{parsed}");
    }

    #[test]
    fn tokens_are_counted_outside_strings_and_comments() {
        for (query, tokens, longest_name) in [
            ("{ name, a_1 : b }", 6, 4),
            (r#"{a(b: "c d e", f: 12345678)} # g h"#, 11, 1),
            (r#"{a(b: """c "d" e""")}"#, 8, 1),
            ("{...on Query{a}}", 10, 5),
        ] {
            let text = Text::measure(query);
            assert_eq!((text.tokens, text.longest_name), (tokens, longest_name), "{query}");
        }
    }

    #[test]
    fn text_beyond_a_limit_is_refused() {
        for (bounds, fitting, more, rule) in [
            (&AUTHENTICATED, " ".repeat(256 * 1024), " ", "at most 262144 bytes"),
            (&AUTHENTICATED, "[".repeat(128), "[", "can nest brackets at most 128 deep"),
            (&AUTHENTICATED, "a".repeat(255), "a", "can have names of at most 255 bytes"),
            (&AUTHENTICATED, "a ".repeat(20_000), "a", "can have at most 20000 tokens"),
            (&UNAUTHENTICATED, "a ".repeat(1_000), "a", "can have at most 1000 tokens"),
        ] {
            assert!(check_text(&fitting, bounds).is_ok(), "{rule}");
            let refused = check_text(&(fitting + more), bounds).expect_err(rule);
            assert!(refused.message.ends_with(&format!("{rule}.")), "{}", refused.message);
        }
    }
}
