//! The operation of a document that runs.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, ServerResult};

use super::refuse;

/// Reduces a document to the operation that will run and the fragments it uses, so that nothing else is measured,
/// validated or allowed to declare its variables.
pub(in crate::graphql) fn choose_operation(
    document: &mut ExecutableDocument,
    name: Option<&str>,
) -> ServerResult<()> {
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
pub(in crate::graphql) fn operation(document: &ExecutableDocument) -> Option<&OperationDefinition> {
    document.operations.iter().next().map(|(_, operation)| &operation.node)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
