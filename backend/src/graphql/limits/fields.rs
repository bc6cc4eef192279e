//! Compares the fields of a document that have the same response name.

use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, SelectionSet};
use async_graphql::{Name, Positioned, ServerResult, Variables};

use super::condition::check_conditions;
use super::{Bounds, refuse};
use crate::graphql::document::Document;

/// Refuses response names with two meanings, too many repeated fields, and large list arguments in a measured document.
pub fn check_fields(document: &Document, variables: &Variables, bounds: &Bounds) -> ServerResult<()> {
    Merge { document, variables, repeats: bounds.aliases }.level(&[document.root()])
}

struct Merge<'a> {
    document: &'a Document,
    variables: &'a Variables,
    /// The repetitions left: each is resolved again.
    repeats: usize,
}

impl<'a> Merge<'a> {
    fn level(&mut self, sets: &[&'a SelectionSet]) -> ServerResult<()> {
        let mut merged: IndexMap<&Name, Vec<&Field>> = IndexMap::new();
        for set in sets {
            self.document.visit_fields(set, &mut |field| {
                let before = merged.entry(&field.node.response_key().node).or_default();
                self.check(field, before.first().copied())?;
                before.push(&field.node);
                Ok(())
            })?;
        }
        for fields in merged.values() {
            let sets = fields.iter().map(|field| &field.selection_set.node);
            let sets: Vec<_> = sets.filter(|set| !set.items.is_empty()).collect();
            if !sets.is_empty() {
                self.level(&sets)?;
            }
        }
        Ok(())
    }

    fn check(&mut self, field: &Positioned<Field>, first: Option<&Field>) -> ServerResult<()> {
        check_conditions(&field.node, self.document, self.variables)?;
        let mut names = HashSet::new();
        if let Some((name, _)) = field.node.arguments.iter().find(|(name, _)| !names.insert(&name.node)) {
            return refuse("An argument is given twice.", Some(name.pos));
        }
        let Some(first) = first else { return Ok(()) };
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
        Ok(())
    }
}

/// Whether two fields are the same, with the same arguments in any order.
fn is_same(one: &Field, other: &Field) -> bool {
    one.name.node == other.name.node
        && one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|(name, value)| {
            let other = other.get_argument(&name.node);
            other.is_some_and(|other| other.node == value.node)
        })
}
