//! The size of a document, with its fragments expanded.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::num::Saturating;

use async_graphql::parser::types::{Directive, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ServerResult};
use async_graphql_value::Value;

use super::{Bounds, refuse};
use crate::graphql::document::{Document, Fragments};

/// The deepest selection, including inline fragments; the usual introspection query has 13 levels.
const MAX_DEPTH: usize = 16;
/// The maximum number of fragments, and of variables.
const MAX_DEFINITIONS: usize = 100;
/// The maximum number of arguments of a field or directive: the engine compares them pairwise.
const MAX_ARGUMENTS: usize = 20;

/// Refuses a document that is too large, and drops unused fragments.
pub fn check_size(document: &mut Document, bounds: &Bounds) -> ServerResult<()> {
    let operation = &document.operation.node;
    let variables = &operation.variable_definitions;
    if variables.len() > MAX_DEFINITIONS {
        return too_many_definitions();
    }
    let mut measure = Measure { fragments: &document.fragments, measured: HashMap::new() };
    let mut size = measure.selections(document.root())?;
    size.cost += directives(&operation.directives)?;
    for variable in variables.iter().map(|definition| &definition.node) {
        let default = variable.default_value.as_ref().map(|value| value.node.clone().into_value());
        size.cost += 1 + default.as_ref().map_or(0, nodes) + directives(&variable.directives)?;
    }
    for (found, limit, what) in [
        (size.depth, MAX_DEPTH, "levels"),
        (size.fields.0, bounds.fields, "fields"),
        (size.aliases.0, bounds.aliases, "aliases"),
        (size.cost.0, bounds.cost, "fields, arguments, values, directives and fragments"),
    ] {
        if found > limit {
            return refuse(format!("A document can have at most {limit} {what}."), None);
        }
    }
    let used: HashSet<Name> = measure.measured.into_keys().cloned().collect();
    document.fragments.retain(|name, _| used.contains(name));
    Ok(())
}

fn too_many_definitions<T>() -> ServerResult<T> {
    refuse(format!("A document can have at most {MAX_DEFINITIONS} fragments and as many variables."), None)
}

#[derive(Clone, Copy, Default)]
struct Size {
    cost: Saturating<usize>,
    fields: Saturating<usize>,
    aliases: Saturating<usize>,
    depth: usize,
}

/// Measures each fragment once, however often it is spread.
struct Measure<'a> {
    fragments: &'a Fragments,
    /// `None` while a fragment is being measured: if it is spread then, it spreads itself.
    measured: HashMap<&'a Name, Option<Size>>,
}

impl<'a> Measure<'a> {
    fn selections(&mut self, set: &'a SelectionSet) -> ServerResult<Size> {
        let mut size = Size::default();
        for selection in &set.items {
            let mut one = match &selection.node {
                Selection::Field(field) => {
                    let mut inner = self.selections(&field.node.selection_set.node)?;
                    inner.cost += arguments(&field.node.arguments)?;
                    inner.fields += 1;
                    inner.aliases += usize::from(field.node.alias.is_some());
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
            one.cost += 1 + directives(selection.node.directives())?;
            size.cost += one.cost;
            size.fields += one.fields;
            size.aliases += one.aliases;
            size.depth = size.depth.max(one.depth);
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &'a Name) -> ServerResult<Size> {
        // The engine reports an unknown fragment.
        let Some(fragment) = self.fragments.get(name) else { return Ok(Size::default()) };
        let is_full = self.measured.len() == MAX_DEFINITIONS;
        match self.measured.entry(name) {
            Entry::Occupied(measured) => {
                return measured.get().map_or_else(|| refuse("A fragment spreads itself.", None), Ok);
            }
            Entry::Vacant(_) if is_full => return too_many_definitions(),
            Entry::Vacant(entry) => _ = entry.insert(None),
        }
        let mut size = self.selections(&fragment.node.selection_set.node)?;
        size.cost += directives(&fragment.node.directives)?;
        self.measured.insert(name, Some(size));
        Ok(size)
    }
}

fn arguments(arguments: &[(Positioned<Name>, Positioned<Value>)]) -> ServerResult<usize> {
    if let Some((name, _)) = arguments.get(MAX_ARGUMENTS) {
        let message = format!("A field or directive can have at most {MAX_ARGUMENTS} arguments.");
        return refuse(message, Some(name.pos));
    }
    Ok(arguments.iter().map(|(_, value)| 1 + nodes(&value.node)).sum())
}

fn directives(directives: &[Positioned<Directive>]) -> ServerResult<usize> {
    directives.iter().map(|directive| Ok(1 + arguments(&directive.node.arguments)?)).sum()
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::List(items) => items.iter().map(nodes).sum(),
        Value::Object(fields) => fields.values().map(nodes).sum(),
        _ => 0,
    }
}
