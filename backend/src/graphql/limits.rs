//! How much one request may ask for, measured before the engine looks at it.
//!
//! Each limit is far above what Prefect's clients and page send. The engine has limits of its own, but compares them
//! only after it has expanded every fragment, and fragments that spread fragments multiply. Its validation reports each
//! error it finds, some of them several times, so whatever a document can repeat counts here: a new kind of repetition
//! needs a place in [`Size`] and a row in the table of attacks (`tests/api/attacks.rs`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError, ServerResult, Variables};
use async_graphql_value::{ConstValue, Value};

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

/// The deepest selection, inline fragments included; the usual introspection query has 13 levels.
const MAX_DEPTH: usize = 16;
/// The longest document, in bytes. What is large belongs into variables.
const MAX_TEXT: usize = 256 * 1024;
/// The longest name, in bytes: the engine compares an unknown name with every known one.
const MAX_NAME: usize = 255;
/// The most fragments, and the most variables of an operation.
const MAX_DEFINITIONS: usize = 100;
/// The most arguments of a field or a directive: the engine compares them pairwise.
const MAX_ARGUMENTS: usize = 20;
/// The deepest nesting of brackets; `serde_json` reads as deep a value.
const MAX_NESTING: usize = 128;

fn refuse<T>(message: impl Into<String>, pos: Option<Pos>) -> ServerResult<T> {
    Err(ServerError::new(message, pos))
}

/// Refuses a text that is too expensive to parse: the parser calls itself for each level, and keeps a node or more for
/// each token.
pub(super) fn check_text(query: &str, bounds: &Bounds) -> ServerResult<()> {
    if query.len() > MAX_TEXT {
        return refuse(format!("A document has at most {MAX_TEXT} bytes."), None);
    }
    let text = Text::measure(query);
    for (found, limit, rule) in [
        (text.nesting, MAX_NESTING, "nests brackets at most {} deep"),
        (text.tokens, bounds.tokens, "has at most {} tokens"),
        (text.longest_name, MAX_NAME, "has names of at most {} bytes"),
    ] {
        if found > limit {
            return refuse(format!("A document {}.", rule.replace("{}", &limit.to_string())), None);
        }
    }
    Ok(())
}

/// Figures of a document's text, outside strings and comments.
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

/// The text after a string whose first quote has been read, exactly as the parser's grammar has it: otherwise a string
/// could hide the rest of a document.
fn after_string(rest: &str) -> &str {
    if let Some(block) = rest.strip_prefix("\"\"") {
        let mut from = 0;
        while let Some(found) = block[from..].find("\"\"\"") {
            let index = from + found;
            // A backslash escapes three quotes, and nothing else.
            if !block[..index].ends_with('\\') {
                return &block[index + 3..];
            }
            from = index + 3;
        }
        // A block that never ends is an empty string and the beginning of another one.
        return &rest[1..];
    }
    let mut from = 0;
    while let Some(found) = rest[from..].find(['"', '\\']) {
        let index = from + found;
        if rest[index..].starts_with('"') {
            return &rest[index + 1..];
        }
        // An escape hides the character after it.
        from = index + 1 + rest[index + 1..].chars().next().map_or(0, char::len_utf8);
    }
    ""
}

/// Reduces a document to the operation that will run and the fragments it uses, so that nothing else is measured,
/// validated or allowed to declare its variables.
pub(super) fn choose_operation(document: &mut ExecutableDocument, name: Option<&str>) -> ServerResult<()> {
    let operations =
        std::mem::replace(&mut document.operations, DocumentOperations::Multiple(HashMap::new()));
    let chosen = match (operations, name) {
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(mut operations), Some(name)) => operations.remove(name),
        (DocumentOperations::Multiple(operations), None) => {
            let mut all = operations.into_values();
            match (all.next(), all.next()) {
                (Some(only), None) => Some(only),
                _ => return refuse("Operation name required in request.", None),
            }
        }
    };
    let Some(chosen) = chosen else {
        return refuse("The document has no operation with the given `operationName`.", None);
    };
    let mut unused = std::mem::take(&mut document.fragments);
    let mut names = Vec::new();
    spreads(&chosen.node.selection_set.node, &mut names);
    while let Some(name) = names.pop() {
        if let Some((name, fragment)) = unused.remove_entry(&name) {
            spreads(&fragment.node.selection_set.node, &mut names);
            document.fragments.insert(name, fragment);
        }
    }
    document.operations = DocumentOperations::Single(chosen);
    Ok(())
}

/// Adds the names of the fragments that a selection spreads directly.
fn spreads(selections: &SelectionSet, names: &mut Vec<Name>) {
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) => spreads(&field.node.selection_set.node, names),
            Selection::InlineFragment(fragment) => spreads(&fragment.node.selection_set.node, names),
            Selection::FragmentSpread(spread) => names.push(spread.node.fragment_name.node.clone()),
        }
    }
}

/// The operation of a document from which [`choose_operation`] has dropped the others.
pub(super) fn operation(document: &ExecutableDocument) -> Option<&OperationDefinition> {
    document.operations.iter().next().map(|(_, operation)| &operation.node)
}

/// Refuses a document that asks for too much.
pub(super) fn check(document: &ExecutableDocument, bounds: &Bounds) -> ServerResult<()> {
    let Some(operation) = operation(document) else {
        return Ok(());
    };
    let variables = &operation.variable_definitions;
    if document.fragments.len() > MAX_DEFINITIONS || variables.len() > MAX_DEFINITIONS {
        let message = format!("A document has at most {MAX_DEFINITIONS} fragments and as many variables.");
        return refuse(message, None);
    }
    let mut measure = Measure { document, fragments: HashMap::new() };
    let mut size = measure.selections(&operation.selection_set.node)?;
    size.cost = size.cost.saturating_add(directives(&operation.directives)?);
    for definition in variables {
        let default = definition.node.default_value.as_ref();
        let cost = 1 + default.map_or(0, |value| const_nodes(&value.node));
        let cost = cost.saturating_add(directives(&definition.node.directives)?);
        size.cost = size.cost.saturating_add(cost);
    }
    for (found, limit, what) in [
        (size.depth, MAX_DEPTH, "levels"),
        (size.fields, bounds.fields, "fields"),
        (size.aliases, bounds.aliases, "aliases"),
        (size.cost, bounds.cost, "fields, arguments, values, directives and fragments"),
    ] {
        if found > limit {
            return refuse(format!("A document has at most {limit} {what}."), None);
        }
    }
    Ok(())
}

/// The fields that a document, measured before, has at its root, fragments expanded.
pub(super) fn root_fields(document: &ExecutableDocument) -> Vec<&Positioned<Field>> {
    fn collect<'a>(
        document: &'a ExecutableDocument,
        selections: &'a SelectionSet,
        fields: &mut Vec<&'a Positioned<Field>>,
    ) {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => fields.push(field),
                Selection::InlineFragment(fragment) => {
                    collect(document, &fragment.node.selection_set.node, fields);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        collect(document, &fragment.node.selection_set.node, fields);
                    }
                }
            }
        }
    }
    let mut fields = Vec::new();
    if let Some(operation) = operation(document) {
        collect(document, &operation.selection_set.node, &mut fields);
    }
    fields
}

/// Refuses a response name with two meanings, too many repeated fields, and list arguments that are too complex. The
/// document has been measured.
///
/// The engine has the first rule, too, but reports it for each repetition, argument and level.
pub(super) fn check_fields(
    document: &ExecutableDocument,
    variables: &Variables,
    bounds: &Bounds,
) -> ServerResult<()> {
    let Some(operation) = operation(document) else {
        return Ok(());
    };
    let mut merge = Merge {
        document,
        given: Given { variables, defaults: defaults(operation) },
        repeats: bounds.aliases,
    };
    merge.selections(&[&operation.selection_set.node])
}

/// Walks through a document the way its response merges: fields with the same response name are compared.
struct Merge<'a> {
    document: &'a ExecutableDocument,
    given: Given<'a>,
    /// How many fields may still be repeated, since each is resolved again.
    repeats: usize,
}

/// The fields of one selection by their response names, in their order.
type Merged<'a> = async_graphql::indexmap::IndexMap<&'a Name, Vec<&'a Field>>;

impl<'a> Merge<'a> {
    fn selections(&mut self, sets: &[&'a SelectionSet]) -> ServerResult<()> {
        let mut merged = Merged::new();
        for set in sets {
            self.collect(set, &mut merged)?;
        }
        for fields in merged.values() {
            let sets: Vec<&SelectionSet> = fields
                .iter()
                .map(|field| &field.selection_set.node)
                .filter(|set| !set.items.is_empty())
                .collect();
            if !sets.is_empty() {
                self.selections(&sets)?;
            }
        }
        Ok(())
    }

    fn collect(&mut self, set: &'a SelectionSet, merged: &mut Merged<'a>) -> ServerResult<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(field, merged)?,
                Selection::InlineFragment(fragment) => {
                    self.collect(&fragment.node.selection_set.node, merged)?;
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        self.collect(&fragment.node.selection_set.node, merged)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'a Positioned<Field>, merged: &mut Merged<'a>) -> ServerResult<()> {
        check_list(&field.node, &self.given)?;
        let arguments = &field.node.arguments;
        for (index, (name, _)) in arguments.iter().enumerate() {
            if arguments[..index].iter().any(|(before, _)| before.node == name.node) {
                return refuse("An argument is given twice.", Some(name.pos));
            }
        }
        let fields = merged.entry(&field.node.response_key().node).or_default();
        if let Some(first) = fields.first() {
            if !is_same(first, &field.node) {
                return refuse(
                    "A response name stands for different fields or arguments. Use an alias for one of them.",
                    Some(field.pos),
                );
            }
            let Some(repeats) = self.repeats.checked_sub(1) else {
                return refuse("A document repeats too many fields.", Some(field.pos));
            };
            self.repeats = repeats;
        }
        fields.push(&field.node);
        Ok(())
    }
}

/// Whether two fields are the same, with the same arguments in any order. Repeated arguments were refused before.
fn is_same(one: &Field, other: &Field) -> bool {
    one.name.node == other.name.node
        && one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|(name, value)| {
            let other = other.get_argument(&name.node);
            other.is_some_and(|other| other.node == value.node)
        })
}

/// The cost of arguments: one for each, and one for each node of their values.
fn arguments(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> ServerResult<usize> {
    if let Some((name, _)) = arguments.get(MAX_ARGUMENTS) {
        return refuse(
            format!("A field or directive has at most {MAX_ARGUMENTS} arguments."),
            Some(name.pos),
        );
    }
    let costs = arguments.iter().map(|(_, value)| 1 + nodes(&value.node));
    Ok(costs.fold(0, usize::saturating_add))
}

fn directives(directives: &[Positioned<Directive>]) -> ServerResult<usize> {
    directives.iter().try_fold(0_usize, |cost, directive| {
        Ok(cost.saturating_add(1 + arguments(&directive.node.arguments)?))
    })
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::List(items) => items.iter().map(nodes).sum(),
        Value::Object(fields) => fields.values().map(nodes).sum(),
        _ => 0,
    }
}

fn const_nodes(value: &ConstValue) -> usize {
    1 + match value {
        ConstValue::List(items) => items.iter().map(const_nodes).sum(),
        ConstValue::Object(fields) => fields.values().map(const_nodes).sum(),
        _ => 0,
    }
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
        self.variables.get(name).or_else(|| self.defaults.get(name).copied())
    }
}

fn defaults(operation: &OperationDefinition) -> HashMap<&Name, &ConstValue> {
    let definitions = operation.variable_definitions.iter();
    definitions
        .filter_map(|definition| {
            let default = definition.node.default_value.as_ref()?;
            Some((&definition.node.name.node, &default.node))
        })
        .collect()
}

fn check_list(field: &Field, given: &Given<'_>) -> ServerResult<()> {
    for (name, argument) in &field.arguments {
        if !LIST_ARGUMENTS.contains(&name.node.as_str()) {
            continue;
        }
        let mut words = Words::default();
        words.count(&argument.node, given, 1);
        words.check(&name.node).or_else(|message| refuse(message, Some(name.pos)))?;
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
    cost: usize,
    fields: usize,
    aliases: usize,
    depth: usize,
}

impl Size {
    /// Both of them, one beside the other.
    fn beside(self, other: Self) -> Self {
        Self {
            cost: self.cost.saturating_add(other.cost),
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
            let mut one = match &selection.node {
                Selection::Field(field) => {
                    let mut inner = self.selections(&field.node.selection_set.node)?;
                    inner.cost = inner.cost.saturating_add(arguments(&field.node.arguments)?);
                    inner.fields = inner.fields.saturating_add(1);
                    inner.aliases = inner.aliases.saturating_add(usize::from(field.node.alias.is_some()));
                    inner.depth += 1;
                    inner
                }
                Selection::InlineFragment(fragment) => {
                    let mut inner = self.selections(&fragment.node.selection_set.node)?;
                    inner.depth += 1;
                    inner
                }
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            let cost = 1 + directives(selection.node.directives())?;
            one.cost = one.cost.saturating_add(cost);
            size = size.beside(one);
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &'a Name) -> ServerResult<Size> {
        match self.fragments.entry(name) {
            Entry::Occupied(measured) => {
                return measured.get().map_or_else(|| refuse("A fragment spreads itself.", None), Ok);
            }
            Entry::Vacant(entry) => _ = entry.insert(None),
        }
        // An unknown fragment is for the engine to name.
        let mut size = Size::default();
        if let Some(fragment) = self.document.fragments.get(name) {
            size = self.selections(&fragment.node.selection_set.node)?;
            size.cost = size.cost.saturating_add(directives(&fragment.node.directives)?);
        }
        self.fragments.insert(name, Some(size));
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
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
    fn nesting_is_counted_outside_strings_and_comments() {
        for (query, depth) in [
            ("{a(b: [{c: 1}])}", 4),
            (r#"{a(b: "{{{{\"{{")}"#, 2),
            (r#"{a(b: """{{{" \""" {{{""")}"#, 2),
            ("{a # {{{{\n}", 1),
            (r#"{a(b: "", c: [])}"#, 3),
            (r#"{a(b: "{{{{"#, 2),
            // A backslash in a block escapes three quotes, and not another backslash.
            (r#"{a(b: """\\""" [[[ """ c: [])}"#, 3),
            (r#"{a(b: """\\""" """ c: [[[]]])}"#, 5),
            // A block that never ends is an empty string, and another string begins.
            (r#"{a(b: ["""x" [[[]]]])}"#, 6),
        ] {
            assert_eq!(Text::measure(query).nesting, depth, "{query}");
        }
        assert!(check_text(&"[".repeat(1_000_000), &KNOWN).is_err());
    }

    #[test]
    fn parser_never_nests_deeper_than_was_measured() {
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
                // The generator of Knuth's MMIX: any that repeats itself will do.
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text += PIECES[usize::try_from((random >> 33) % 12).expect("small")];
            }
            text += "])}";
            let Ok(document) = async_graphql::parser::parse_query(&text) else {
                continue;
            };
            parsed += 1;
            let operation = operation(&document).expect("one operation");
            let Selection::Field(field) = &operation.selection_set.node.items[0].node else {
                panic!("{text}")
            };
            let deepest = field.node.arguments.iter().map(|(_, value)| depth(&value.node)).max();
            assert!(2 + deepest.unwrap_or(0) <= Text::measure(&text).nesting, "{text}");
        }
        assert!(parsed > 100, "{parsed}");
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
        let message = |query: &str, bounds| check_text(query, bounds).map_err(|error| error.message);
        for bounds in [&KNOWN, &STRANGER] {
            let expected = format!("A document has at most {} tokens.", bounds.tokens);
            assert_eq!(message(&"a ".repeat(bounds.tokens), bounds), Ok(()));
            assert_eq!(message(&"a ".repeat(bounds.tokens + 1), bounds), Err(expected));
        }
        let long = message(&"a".repeat(MAX_NAME + 1), &KNOWN);
        assert_eq!(long, Err("A document has names of at most 255 bytes.".to_owned()));
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
    fn only_the_operation_that_runs_and_its_fragments_are_left() {
        let query = "query A {a ...f} query B {b} fragment f on Query {c ...g} fragment g on Query {d} fragment h on Query {e}";
        for (name, fragments) in [("A", 2), ("B", 0)] {
            let mut document = async_graphql::parser::parse_query(query).expect("GraphQL");
            choose_operation(&mut document, Some(name)).expect("it is there");
            assert_eq!(document.fragments.len(), fragments, "{name}");
            assert_eq!(document.operations.iter().count(), 1);
        }
        for (query, name) in [(query, None), (query, Some("C")), ("{a}", Some("A"))] {
            let mut document = async_graphql::parser::parse_query(query).expect("GraphQL");
            assert!(choose_operation(&mut document, name).is_err(), "{query:.10} {name:?}");
        }
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
            assert_eq!(check_fields(&document, &variables, &KNOWN).is_ok(), expected, "{query:.80}");
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
        assert!(check_text(&" ".repeat(MAX_TEXT + 1), &KNOWN).is_err());
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_refused() {
        check(
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
            Err("A fragment spreads itself."),
        );
    }
}
