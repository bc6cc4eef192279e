//! The size of a document, with its fragments expanded.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ServerResult};
use async_graphql_value::{ConstValue, Value};

use super::{Bounds, operation, refuse};

/// The deepest selection, inline fragments included; the usual introspection query has 13 levels.
const MAX_DEPTH: usize = 16;
/// The most fragments, and the most variables of an operation.
const MAX_DEFINITIONS: usize = 100;
/// The most arguments of a field or a directive: the engine compares them pairwise.
const MAX_ARGUMENTS: usize = 20;

/// Refuses a document that asks for too much.
pub(in crate::graphql) fn check(document: &ExecutableDocument, bounds: &Bounds) -> ServerResult<()> {
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
