//! How much one request may ask for, measured before the engine looks at it.
//!
//! Each limit is far above what Prefect's clients and page send. The engine has limits of its own, but compares them
//! only after it has expanded every fragment, and fragments that spread fragments multiply.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, ServerError, ServerResult};

/// The most operations of one batch; Prefect's page sends up to 25.
pub const MAX_BATCH: usize = 25;
/// The deepest selection; the usual introspection query has 13 levels.
const MAX_DEPTH: usize = 16;
/// The most fields, fragments expanded.
const MAX_FIELDS: usize = 2_000;
/// The most aliases: each can be a use case of its own. Prefect's page deletes all secrets with one alias each.
const MAX_ALIASES: usize = 250;

/// The deepest nesting of brackets; `serde_json` reads as deep a value.
const MAX_NESTING: usize = 128;

/// Refuses a text that nests too deeply to be parsed: the parser calls itself for each level.
pub(super) fn check_text(query: &str) -> ServerResult<()> {
    if nesting(query) > MAX_NESTING {
        return Err(ServerError::new(
            format!("A document nests brackets at most {MAX_NESTING} deep."),
            None,
        ));
    }
    Ok(())
}

/// The deepest nesting of brackets outside strings and comments.
fn nesting(query: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = query;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '{' | '[' | '(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            '#' => rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]),
            '"' => rest = after_string(rest),
            _ => {}
        }
    }
    deepest
}

/// What follows a string whose first quote has been read.
fn after_string(rest: &str) -> &str {
    let (rest, end) = match rest.strip_prefix("\"\"") {
        Some(block) => (block, "\"\"\""),
        None => (rest, "\""),
    };
    let mut from = 0;
    while let Some(index) = rest[from..].find(['"', '\\']) {
        let index = from + index;
        if rest[index..].starts_with(end) {
            return &rest[index + end.len()..];
        }
        // An escape hides the character after it.
        let hidden = if rest[index..].starts_with('\\') {
            rest[index + 1..].chars().next()
        } else {
            None
        };
        from = index + 1 + hidden.map_or(0, char::len_utf8);
    }
    ""
}

/// Refuses a document that asks for too much.
pub(super) fn check(document: &ExecutableDocument) -> ServerResult<()> {
    let mut measure = Measure {
        document,
        fragments: HashMap::new(),
    };
    let mut size = Size::default();
    for (_, operation) in document.operations.iter() {
        size = size.beside(measure.selections(&operation.node.selection_set.node)?);
    }
    for (found, limit, what) in [
        (size.depth, MAX_DEPTH, "levels"),
        (size.fields, MAX_FIELDS, "fields"),
        (size.aliases, MAX_ALIASES, "aliases"),
    ] {
        if found > limit {
            return Err(ServerError::new(
                format!("A document has at most {limit} {what}."),
                None,
            ));
        }
    }
    Ok(())
}

/// How large a part of a document is, fragments expanded.
#[derive(Clone, Copy, Default)]
struct Size {
    fields: usize,
    aliases: usize,
    depth: usize,
}

impl Size {
    /// Both of them, one beside the other.
    fn beside(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            depth: self.depth.max(other.depth),
        }
    }
}

/// Measures each fragment once, however often it is spread.
struct Measure<'a> {
    document: &'a ExecutableDocument,
    /// `None` while a fragment is being measured: meeting it then, it spreads itself.
    fragments: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Measure<'a> {
    fn selections(&mut self, selections: &'a SelectionSet) -> ServerResult<Size> {
        let mut size = Size::default();
        for selection in &selections.items {
            size = size.beside(match &selection.node {
                Selection::Field(field) => {
                    let inner = self.selections(&field.node.selection_set.node)?;
                    Size {
                        fields: inner.fields.saturating_add(1),
                        aliases: inner
                            .aliases
                            .saturating_add(usize::from(field.node.alias.is_some())),
                        depth: inner.depth + 1,
                    }
                }
                Selection::InlineFragment(fragment) => self.selections(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            });
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &'a Name) -> ServerResult<Size> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(ServerError::new("A fragment spreads itself.", None)),
            None => {}
        }
        // An unknown fragment is for the engine to name.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Size::default());
        };
        self.fragments.insert(name, None);
        let size = self.selections(&fragment.node.selection_set.node)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: Result<(), &str>) {
        let document = async_graphql::parser::parse_query(query).expect("GraphQL");
        let found = super::check(&document).map_err(|error| error.message);
        assert_eq!(
            found.as_ref().map_err(String::as_str).copied(),
            expected,
            "{query:.60}"
        );
    }

    #[test]
    fn nesting_is_counted_outside_strings_and_comments() {
        for (query, depth) in [
            ("{a(b: [{c: 1}])}", 4),
            (r#"{a(b: "{{{{\"{{")}"#, 2),
            (r#"{a(b: """{{{" \""" {{{""")}"#, 2),
            ("{a # {{{{\n}", 1),
            (r#"{a(b: "", c: [])}"#, 3),
            (r#"{a(b: "{{{{"#, 2),
        ] {
            assert_eq!(nesting(query), depth, "{query}");
        }
        assert!(check_text(&"[".repeat(1_000_000)).is_err());
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
        check(
            &format!("{{{}}}", " a".repeat(2_001)),
            Err("A document has at most 2000 fields."),
        );
    }

    #[test]
    fn fragments_that_multiply_are_counted_without_expanding_them() {
        let fragment = |n: usize| {
            let next = format!("...f{} ", n + 1);
            format!("fragment f{n} on Query {{ {} }}", next.repeat(8))
        };
        let fragments: Vec<_> = (0..40).map(fragment).collect();
        let query = format!(
            "{{ ...f0 }} {} fragment f40 on Query {{ a }}",
            fragments.join(" ")
        );
        check(&query, Err("A document has at most 2000 fields."));
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_refused() {
        check(
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
            Err("A fragment spreads itself."),
        );
    }
}
