//! How much one request may ask for, measured before the engine looks at it.
//!
//! Each limit is far above what Prefect's clients and page send. The engine has limits of its own, but compares them
//! only after it has expanded every fragment, and fragments that spread fragments multiply. Its validation reports each
//! error it finds, some of them several times, so whatever a document can repeat counts here: a new kind of repetition
//! needs a place in [`Size`] and a row in the table of attacks (`tests/api/attacks.rs`).

use std::collections::HashMap;

mod condition;
mod fields;
mod operation;
mod size;
mod text;

use async_graphql::{Pos, ServerError, ServerResult};

pub(super) use self::condition::check_where;
pub(super) use self::fields::{check_fields, root_fields};
pub(super) use self::operation::{choose_operation, operation};
pub(super) use self::size::check;
pub(super) use self::text::check_text;

/// How much a caller may ask for in one request.
#[derive(Debug)]
pub struct Bounds {
    /// The largest body, in bytes.
    pub body: usize,
    /// The most JSON values and keys in a body, variables sent as text included.
    pub nodes: usize,
    /// The most operations of a batch.
    pub batch: usize,
    /// The most tokens in a document, so that parsing stays cheap.
    tokens: usize,
    /// The total of everything that a document can repeat, fragments expanded.
    cost: usize,
    /// The most fields, fragments expanded.
    fields: usize,
    /// The most aliases and repeated fields: each can be a use case of its own.
    aliases: usize,
}

/// The bounds of an authenticated caller. Prefect's server takes as large a body; its page sends up to 25 operations, and
/// deletes all secrets with one alias each.
pub const KNOWN: Bounds = Bounds {
    body: 5 * 1024 * 1024,
    nodes: 100_000,
    batch: 25,
    tokens: 20_000,
    cost: 10_000,
    fields: 2_000,
    aliases: 250,
};

/// The bounds of an unauthenticated caller, who can only log in, set up or accept an invitation.
pub const STRANGER: Bounds =
    Bounds { body: 64 * 1024, nodes: 1_000, batch: 4, tokens: 1_000, cost: 400, fields: 100, aliases: 8 };

fn refuse<T>(message: impl Into<String>, pos: Option<Pos>) -> ServerResult<T> {
    Err(ServerError::new(message, pos))
}

#[cfg(test)]
mod tests {
    use async_graphql::Variables;

    use super::*;

    fn measured(query: &str, bounds: &Bounds) -> ServerResult<()> {
        let mut document = async_graphql::parser::parse_query(query).expect("GraphQL");
        choose_operation(&mut document, None)?;
        super::check(&document, bounds)?;
        check_fields(&document, &Variables::default(), bounds)
    }

    fn check(query: &str, expected: Result<(), &str>) {
        let found = measured(query, &KNOWN).map_err(|error| error.message);
        assert_eq!(found.as_ref().map_err(String::as_str).copied(), expected, "{query:.60}");
    }

    #[test]
    fn depth_fields_and_aliases_are_counted() {
        let nested = |levels: usize| "{a".repeat(levels) + &"}".repeat(levels);
        check(&nested(16), Ok(()));
        check(&nested(17), Err("A document has at most 16 levels."));
        let aliases = |count: usize| {
            let fields: Vec<_> = (0..count).map(|n| format!("x{n}: a")).collect();
            format!("{{{}}}", fields.join(" "))
        };
        check(&aliases(250), Ok(()));
        check(&aliases(251), Err("A document has at most 250 aliases."));
        check(&format!("{{{}}}", " a".repeat(2_001)), Err("A document has at most 2000 fields."));
    }

    #[test]
    fn fragments_that_multiply_are_counted_without_expanding_them() {
        let fragment = |n: usize| {
            let next = format!("...f{} ", n + 1);
            format!("fragment f{n} on Query {{ {} }}", next.repeat(8))
        };
        let fragments: Vec<_> = (0..40).map(fragment).collect();
        let query = format!("{{ ...f0 }} {} fragment f40 on Query {{ a }}", fragments.join(" "));
        check(&query, Err("A document has at most 2000 fields."));
    }

    #[test]
    fn a_response_name_stands_for_one_thing() {
        let different =
            Err("A response name stands for different fields or arguments. Use an alias for one of them.");
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
        ] {
            check(query, expected);
        }
        check(&format!("{{{}}}", " a".repeat(251)), Ok(()));
        check(&format!("{{{}}}", " a".repeat(252)), Err("A document repeats too many fields."));
    }

    #[test]
    fn everything_that_repeats_has_a_cost() {
        let many = |count: usize, piece: &str| piece.repeat(count);
        let too_much = Err("A document has at most 400 fields, arguments, values, directives and fragments.");
        for query in [
            format!("{{a(x: [{}])}}", many(398, "1 ")),
            format!("{{a(x: {{y: [{}]}})}}", many(397, "{} ")),
            format!("{{a {}}}", many(60, "... @d @d @d @d @d @d {b} ")),
            format!("{{a {}}}", many(400, "...f ")),
            format!("{{a {}}}", many(400, "@d ")),
            format!("query {} {{a}}", many(400, "@d ")),
            format!("query($v: [Int] = [{}]) {{a}}", many(400, "1 ")),
        ] {
            assert!(measured(&query, &KNOWN).is_ok(), "{query:.60}");
            let found = measured(&query, &STRANGER).map_err(|error| error.message);
            assert_eq!(found.as_ref().map_err(String::as_str).copied(), too_much, "{query:.60}");
        }
        let arguments: Vec<_> = (0..21).map(|index| format!("a{index}: 1")).collect();
        check(
            &format!("{{a({})}}", arguments.join(" ")),
            Err("A field or directive has at most 20 arguments."),
        );
        let levels = |count: usize| "{...".repeat(count) + "{a}" + &"}".repeat(count);
        check(&levels(15), Ok(()));
        check(&levels(16), Err("A document has at most 16 levels."));
    }

    #[test]
    fn long_chains_of_fragments_and_many_variables_are_refused_before_they_are_walked() {
        let refusal = Err("A document has at most 100 fragments and as many variables.");
        let chain: String = (0..5_000).fold("{ ...a0 }".to_owned(), |all, n| {
            all + &format!(" fragment a{n} on Query {{ ...a{} }}", n + 1)
        });
        check(&chain, refusal);
        let variables: Vec<_> = (0..101).map(|n| format!("$v{n}: Int")).collect();
        check(&format!("query({}) {{ a }}", variables.join(" ")), refusal);
        assert!(check_text(&" ".repeat(256 * 1024 + 1), &KNOWN).is_err());
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_refused() {
        check(
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
            Err("A fragment spreads itself."),
        );
    }
}
