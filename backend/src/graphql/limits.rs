//! How much one request may ask for, measured before the engine looks at it.
//!
//! Each limit is far above what Prefect's clients and page send. The engine has limits of its own, but compares them
//! only after it has expanded every fragment, and fragments that spread fragments multiply.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, ServerError, ServerResult, Variables};
use async_graphql_value::{ConstValue, Value};

/// The most operations of one batch; Prefect's page sends up to 25.
pub const MAX_BATCH: usize = 25;
/// The deepest selection; the usual introspection query has 13 levels.
const MAX_DEPTH: usize = 16;
/// The most fields, fragments expanded.
const MAX_FIELDS: usize = 2_000;
/// The most aliases: each can be a use case of its own. Prefect's page deletes all secrets with one alias each.
const MAX_ALIASES: usize = 250;

/// The longest document, in bytes. What is large belongs into variables.
const MAX_TEXT: usize = 256 * 1024;
/// The most fragments, and the most variables of an operation.
const MAX_DEFINITIONS: usize = 100;
/// The deepest nesting of brackets; `serde_json` reads as deep a value.
const MAX_NESTING: usize = 128;

/// Refuses a text that nests too deeply to be parsed: the parser calls itself for each level.
pub(super) fn check_text(query: &str) -> ServerResult<()> {
    if query.len() > MAX_TEXT {
        return Err(ServerError::new(
            format!("A document has at most {MAX_TEXT} bytes."),
            None,
        ));
    }
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
    let variables = document
        .operations
        .iter()
        .map(|(_, operation)| operation.node.variable_definitions.len());
    if document.fragments.len() > MAX_DEFINITIONS || variables.sum::<usize>() > MAX_DEFINITIONS {
        let message = format!("A document has at most {MAX_DEFINITIONS} fragments and as many variables.");
        return Err(ServerError::new(message, None));
    }
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

/// The arguments of lists. The engine and the database's driver walk through them by calling themselves, before anybody
/// is asked who they are.
const LIST_ARGUMENTS: [&str; 2] = ["where", "order_by"];
/// The deepest `where`: `{_and: [{name: {_eq: "A"}}]}` has four levels.
const MAX_CONDITION_DEPTH: usize = 16;
/// The most objects in a `where`: each is a condition, or several.
const MAX_CONDITIONS: usize = 128;
/// The most values that a `where` compares with.
const MAX_CONDITION_VALUES: usize = 1_000;
/// The longest text that a `where` compares with, in bytes.
const MAX_CONDITION_TEXT: usize = 4_096;

/// Refuses lists that are asked for in too many words.
pub(super) fn check_lists(document: &ExecutableDocument, variables: &Variables) -> ServerResult<()> {
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document
        .fragments
        .values()
        .map(|fragment| &fragment.node.selection_set.node);
    let given = Given {
        variables,
        defaults: defaults(document),
    };
    for selections in operations.chain(fragments) {
        check_lists_in(selections, &given)?;
    }
    Ok(())
}

/// Refuses a `where` that stands outside a document and says too much.
pub(super) fn check_where(value: &ConstValue) -> Result<(), String> {
    let mut words = Words::default();
    words.count_const(value, 1);
    words.check("where")
}

/// What a document's variables stand for.
struct Given<'a> {
    variables: &'a Variables,
    defaults: HashMap<&'a Name, &'a ConstValue>,
}

impl Given<'_> {
    fn value(&self, name: &Name) -> Option<&ConstValue> {
        self.variables
            .get(name)
            .or_else(|| self.defaults.get(name).copied())
    }
}

fn defaults(document: &ExecutableDocument) -> HashMap<&Name, &ConstValue> {
    let definitions = document
        .operations
        .iter()
        .flat_map(|(_, operation)| &operation.node.variable_definitions);
    definitions
        .filter_map(|definition| {
            let default = definition.node.default_value.as_ref()?;
            Some((&definition.node.name.node, &default.node))
        })
        .collect()
}

fn check_lists_in(selections: &SelectionSet, given: &Given<'_>) -> ServerResult<()> {
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) => {
                check_list(&field.node, given)?;
                check_lists_in(&field.node.selection_set.node, given)?;
            }
            Selection::InlineFragment(fragment) => {
                check_lists_in(&fragment.node.selection_set.node, given)?;
            }
            Selection::FragmentSpread(_) => {}
        }
    }
    Ok(())
}

fn check_list(field: &Field, given: &Given<'_>) -> ServerResult<()> {
    for (name, argument) in &field.arguments {
        if !LIST_ARGUMENTS.contains(&name.node.as_str()) {
            continue;
        }
        let mut words = Words::default();
        words.count(&argument.node, given, 1);
        words
            .check(&name.node)
            .map_err(|message| ServerError::new(message, Some(name.pos)))?;
    }
    Ok(())
}

/// How much a `where` says. Counting stops where it is too much.
#[derive(Default)]
struct Words {
    conditions: usize,
    values: usize,
    too_many: bool,
}

impl Words {
    fn check(&self, argument: &str) -> Result<(), String> {
        if self.too_many {
            Err(format!(
                "`{argument}` has at most {MAX_CONDITION_DEPTH} levels, {MAX_CONDITIONS} conditions, \
                 {MAX_CONDITION_VALUES} values, and texts of {MAX_CONDITION_TEXT} bytes."
            ))
        } else {
            Ok(())
        }
    }

    fn count(&mut self, value: &Value, given: &Given<'_>, depth: usize) {
        match value {
            _ if self.too_many => {}
            Value::Variable(name) => {
                if let Some(value) = given.value(name) {
                    self.count_const(value, depth);
                }
            }
            Value::List(items) if self.enter(depth, 0) => {
                for item in items.iter().take(MAX_CONDITION_VALUES + 1) {
                    self.count(item, given, depth + 1);
                }
            }
            Value::Object(fields) if self.enter(depth, 1) => {
                for value in fields.values() {
                    self.count(value, given, depth + 1);
                }
            }
            Value::List(_) | Value::Object(_) => {}
            Value::String(text) => self.add_value(text.len()),
            _ => self.add_value(0),
        }
    }

    fn count_const(&mut self, value: &ConstValue, depth: usize) {
        match value {
            _ if self.too_many => {}
            ConstValue::List(items) if self.enter(depth, 0) => {
                for item in items.iter().take(MAX_CONDITION_VALUES + 1) {
                    self.count_const(item, depth + 1);
                }
            }
            ConstValue::Object(fields) if self.enter(depth, 1) => {
                for value in fields.values() {
                    self.count_const(value, depth + 1);
                }
            }
            ConstValue::List(_) | ConstValue::Object(_) => {}
            ConstValue::String(text) => self.add_value(text.len()),
            _ => self.add_value(0),
        }
    }

    /// Counts a list or an object, and says whether to look into it.
    fn enter(&mut self, depth: usize, conditions: usize) -> bool {
        self.conditions += conditions;
        self.too_many |= depth > MAX_CONDITION_DEPTH || self.conditions > MAX_CONDITIONS;
        !self.too_many
    }

    fn add_value(&mut self, length: usize) {
        self.values += 1;
        self.too_many |= self.values > MAX_CONDITION_VALUES || length > MAX_CONDITION_TEXT;
    }
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

    fn check_where(condition: &str, expected: bool) {
        // As a variable, and, without the quotes around its keys, in the document and as a variable's default.
        let mut variables = Variables::default();
        let value: serde_json::Value = serde_json::from_str(condition).expect("JSON");
        variables.insert(Name::new("w"), strongroom_shared::json::to_graphql(value));
        let literal = condition.replace("\"_", "_").replace("\":", ":");
        for query in [
            "query($w: secret_bool_exp) { secret(where: $w) { name } }".to_owned(),
            format!("{{ secret(where: {literal}) {{ name }} }}"),
            format!("query($d: secret_bool_exp = {literal}) {{ secret(where: $d) {{ name }} }}"),
        ] {
            let document = async_graphql::parser::parse_query(&query).expect("GraphQL");
            assert_eq!(
                check_lists(&document, &variables).is_ok(),
                expected,
                "{query:.80}"
            );
        }
    }

    #[test]
    fn conditions_are_counted_in_documents_and_in_variables() {
        let deep = |levels: usize| r#"{"_not":"#.repeat(levels) + "{}" + &"}".repeat(levels);
        let wide = |count: usize| format!(r#"{{"_or":[{}]}}"#, vec![r#"{"_eq":1}"#; count].join(","));
        let many = |count: usize| format!(r#"{{"_in":[{}]}}"#, vec!["1"; count].join(","));
        let long = |bytes: usize| format!(r#"{{"_like":"{}"}}"#, "a".repeat(bytes));
        for (fits, is_too_much) in [
            (deep(15), deep(16)),
            (wide(127), wide(128)),
            (many(1_000), many(1_001)),
            (long(4_096), long(4_097)),
        ] {
            check_where(&fits, true);
            check_where(&is_too_much, false);
        }
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
        assert!(check_text(&"a".repeat(MAX_TEXT + 1)).is_err());
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_refused() {
        check(
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
            Err("A fragment spreads itself."),
        );
    }
}
