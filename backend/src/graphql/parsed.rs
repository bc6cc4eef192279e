//! A cache of parsed documents, because programs send the same ones repeatedly: parsing is a fifth of the cost of a read.
//!
//! Not here: documents that could hold a secret in a literal, because the cache outlives the request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::parser::{Result, parse_query};
use async_graphql_value::Value;

/// The maximum number of documents in the cache, and the maximum size of each, in bytes. A full cache is cleared.
const MOST: usize = 100;
const MOST_BYTES: usize = 2048;

#[derive(Default)]
pub struct ParsedDocuments(Mutex<HashMap<String, Arc<ExecutableDocument>>>);

impl ParsedDocuments {
    /// Parses a document. Only those of authenticated callers are cached.
    pub fn parse(&self, text: &str, is_authenticated: bool) -> Result<ExecutableDocument> {
        if !is_authenticated || text.len() > MOST_BYTES || text.contains('"') {
            return parse_query(text);
        }
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept().get(text).cloned();
        if let Some(document) = found {
            return Ok((*document).clone());
        }
        let document = parse_query(text)?;
        if holds_no_value(&document) {
            let mut kept = kept();
            if kept.len() >= MOST {
                kept.clear();
            }
            kept.insert(text.to_owned(), Arc::new(document.clone()));
        }
        Ok(document)
    }
}

/// Whether a document without strings can't hold the value of a secret: in a mutation, that may be any literal.
fn holds_no_value(document: &ExecutableDocument) -> bool {
    let mut operations = document.operations.iter().map(|(_, operation)| &operation.node);
    let mut fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    operations.all(|operation| {
        let mut variables = operation.variable_definitions.iter();
        operation.ty == OperationType::Query
            || variables.all(|variable| variable.node.default_value.is_none())
                && has_no_literal(&operation.selection_set.node)
                && fragments.all(has_no_literal)
    })
}

fn has_no_literal(set: &SelectionSet) -> bool {
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => {
            let mut arguments = field.node.arguments.iter();
            field.node.directives.is_empty()
                && arguments.all(|(_, argument)| is_of_variables(&argument.node))
                && has_no_literal(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => has_no_literal(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => true,
    })
}

fn is_of_variables(value: &Value) -> bool {
    match value {
        Value::Variable(_) => true,
        Value::List(items) => items.iter().all(is_of_variables),
        Value::Object(fields) => fields.values().all(is_of_variables),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documents_without_values_are_kept() {
        let documents = ParsedDocuments::default();
        for (text, is_authenticated, kept) in [
            ("query($name: String!) { secret_value(name: $name) }", true, 1),
            ("query($name: String!) { secret_value(name: $name) }", true, 1),
            ("{ secret { name } }", false, 1),
            ("{ secret_value(name: \"A\") }", true, 1),
            ("mutation { set_secret(input: { name: A, value: 42 }) { success } }", true, 1),
            ("mutation($v: JSON) { set_secret(input: { name: A, value: $v }) { success } }", true, 1),
            ("mutation($v: JSON = [7]) { set_secret(input: { value: $v }) { success } }", true, 1),
            ("mutation { a: set_secret(input: { value: [true] }) { success } }", true, 1),
            ("mutation($v: I) { set_secret(input: $v) { success @include(if: true) } }", true, 1),
            ("mutation($v: I) { ...A } fragment A on M { ... on M { a(b: 1) } }", true, 1),
            ("mutation($v: I) { set_secret(input: $v) { success } }", true, 2),
            ("mutation($n: String!) { set_secret(input: { name: $n, value: [$n] }) { success } }", true, 3),
            ("{ secret(limit: 5) { name } }", true, 4),
        ] {
            let parsed = documents.parse(text, is_authenticated).expect("a document");
            assert_eq!(format!("{parsed:?}"), format!("{:?}", parse_query(text).expect("a document")));
            assert_eq!(documents.0.lock().expect("no panic").len(), kept, "{text}");
        }
    }
}
