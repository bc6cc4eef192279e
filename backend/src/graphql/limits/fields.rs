//! The fields of a document as its response merges them.

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned, ServerResult, Variables};

use super::condition::{Given, check_list, defaults};
use super::{Bounds, operation, refuse};

/// The fields that a document, measured before, has at its root, fragments expanded.
pub(in crate::graphql) fn root_fields(document: &ExecutableDocument) -> Vec<&Positioned<Field>> {
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
pub(in crate::graphql) fn check_fields(
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
