//! Limits on the size of one request, checked before the engine runs.
//!
//! Each limit is far above what Prefect's clients and page send. The engine checks its own only after it has expanded every
//! fragment, and fragments that spread fragments multiply. Its validation reports every error, some several times, so
//! everything that a document can repeat counts here: a new kind of repetition needs a place in `size::Size` and a row in
//! the table of attacks (`tests/api/attacks.rs`).

mod condition;
mod fields;
mod size;
mod text;

use async_graphql::{Pos, ServerError, ServerResult};
use strongroom_shared::limit;

pub use self::condition::check_where;
pub use self::fields::check_fields;
pub use self::size::check_size;
pub use self::text::check_text;

/// The limits on one request of a caller.
#[derive(Debug)]
pub struct Bounds {
    /// In bytes.
    pub body: usize,
    /// JSON values and keys in a body, including those of variables sent as text.
    pub nodes: usize,
    /// Operations of a batch.
    pub batch: usize,
    /// Tokens in a document, so that parsing stays cheap.
    tokens: usize,
    /// Everything that a document can repeat, with fragments expanded.
    cost: usize,
    /// Fields, with fragments expanded.
    fields: usize,
    /// Aliases, or repeated fields: each can run a use case.
    aliases: usize,
}

/// For an authenticated caller. Prefect's page sends up to 25 operations, and deletes all secrets with one alias each.
pub const AUTHENTICATED: Bounds = Bounds {
    body: limit::REQUEST_BYTES,
    nodes: 100_000,
    batch: 25,
    tokens: 20_000,
    cost: 10_000,
    fields: 2_000,
    aliases: 250,
};

/// For an unauthenticated caller, who can only log in, set up or accept an invitation.
pub const UNAUTHENTICATED: Bounds =
    Bounds { body: 64 * 1024, nodes: 1_000, batch: 4, tokens: 1_000, cost: 400, fields: 100, aliases: 8 };

fn refuse<T>(message: impl Into<String>, pos: Option<Pos>) -> ServerResult<T> {
    Err(ServerError::new(message, pos))
}

#[cfg(test)]
mod tests {
    use async_graphql::Variables;

    use super::*;
    use crate::graphql::document::Document;

    fn check(query: &str, bounds: &Bounds, expected: Result<(), &str>) {
        let mut document = Document::parse(query);
        let checked = check_size(&mut document, bounds)
            .and_then(|()| check_fields(&document, &Variables::default(), bounds))
            .map_err(|error| error.message);
        assert_eq!(checked.as_ref().map_err(String::as_str).copied(), expected, "{query:.60}");
    }

    #[test]
    fn size_is_limited_with_fragments_expanded() {
        let nested = |levels: usize| "{a".repeat(levels) + &"}".repeat(levels);
        let inline = |levels: usize| "{...".repeat(levels) + "{a}" + &"}".repeat(levels);
        let many = |count: usize, piece: fn(usize) -> String| (0..count).map(piece).collect::<String>();
        let aliases = |count| format!("{{{}}}", many(count, |n| format!(" x{n}: a")));
        let arguments = many(21, |n| format!(" a{n}: 1"));
        let multiplying = many(40, |n| {
            let spread = format!("...f{} ", n + 1);
            format!("fragment f{n} on Query {{ {} }} ", spread.repeat(8))
        });
        let chain = |count| many(count, |n| format!("fragment f{n} on Query {{ ...f{} }} ", n + 1));
        let definitions = Err("A document can have at most 100 fragments and as many variables.");
        let levels = Err("A document can have at most 16 levels.");
        for (query, expected) in [
            (nested(16), Ok(())),
            (nested(17), levels),
            (inline(15), Ok(())),
            (inline(16), levels),
            (aliases(250), Ok(())),
            (aliases(251), Err("A document can have at most 250 aliases.")),
            (format!("{{{}}}", " a".repeat(2_001)), Err("A document can have at most 2000 fields.")),
            (format!("{{a({arguments})}}"), Err("A field or directive can have at most 20 arguments.")),
            (
                format!("{{ ...f0 }} {multiplying} fragment f40 on Query {{ a }}"),
                Err("A document can have at most 2000 fields."),
            ),
            (format!("{{ ...f0 }} {}", chain(100)), Ok(())),
            (format!("{{ ...f0 }} {}", chain(5_000)), definitions),
            (format!("query({}) {{ a }}", many(101, |n| format!("$v{n}: Int "))), definitions),
            (
                "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned(),
                Err("A fragment spreads itself."),
            ),
        ] {
            check(&query, &AUTHENTICATED, expected);
        }
    }

    #[test]
    fn unused_fragments_are_dropped() {
        let mut document = Document::parse(
            "{...a} fragment a on Query {...b} fragment b on Query {d} fragment c on Query {...c}",
        );
        check_size(&mut document, &AUTHENTICATED).expect("small");
        assert_eq!(document.fragments.len(), 2);
    }

    #[test]
    fn response_name_with_two_meanings_is_refused() {
        let different =
            Err("A response name stands for different fields or arguments. Use an alias for one of them.");
        let repeated = |count| format!("{{{}}}", " a".repeat(count));
        for (query, expected) in [
            ("{a a ... {a} ...f} fragment f on Query {a}", Ok(())),
            ("{a(x: 1, y: [$v]) a(y: [$v], x: 1)}", Ok(())),
            ("{a(x: 1) a(x: 2)}", different),
            ("{a(x: 1) a}", different),
            ("{a x: a a: b}", different),
            ("{a ... {... {a(x: 1)}}}", different),
            ("{a ...f} fragment f on Query {a: b}", different),
            ("{a {b: c} a {b}}", different),
            ("{a(x: 1, x: 1)}", Err("An argument is given twice.")),
            (&repeated(251), Ok(())),
            (&repeated(252), Err("A document repeats too many fields.")),
        ] {
            check(query, &AUTHENTICATED, expected);
        }
    }

    #[test]
    fn everything_that_repeats_has_a_cost() {
        let many = |count: usize, piece: &str| piece.repeat(count);
        let too_much =
            Err("A document can have at most 400 fields, arguments, values, directives and fragments.");
        for query in [
            format!("{{a(x: [{}])}}", many(398, "1 ")),
            format!("{{a(x: {{y: [{}]}})}}", many(397, "{} ")),
            format!("{{a {}}}", many(60, "... @d @d @d @d @d @d {b} ")),
            format!("{{a {}}}", many(400, "...f ")),
            format!("{{a {}}}", many(400, "@d ")),
            format!("query {} {{a}}", many(400, "@d ")),
            format!("query($v: [Int] = [{}]) {{a}}", many(400, "1 ")),
        ] {
            check(&query, &AUTHENTICATED, Ok(()));
            check(&query, &UNAUTHENTICATED, too_much);
        }
    }
}
