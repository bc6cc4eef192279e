//! A parsed document: the operation that will run, its fragments, and a visitor of their fields.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned, ServerError, ServerResult};
use async_graphql_value::ConstValue;

/// A document without the operations that don't run, which are neither measured nor validated.
pub struct Document {
    pub operation: Positioned<OperationDefinition>,
    pub fragments: Fragments,
}

pub type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

impl Document {
    pub fn new(document: ExecutableDocument, name: Option<&str>) -> ServerResult<Self> {
        let chosen = match (document.operations, name) {
            (DocumentOperations::Single(_), Some(_)) => None,
            (DocumentOperations::Single(operation), None) => Some(operation),
            (DocumentOperations::Multiple(mut operations), Some(name)) => operations.remove(name),
            (DocumentOperations::Multiple(operations), None) => {
                let mut all = operations.into_values();
                match (all.next(), all.next()) {
                    (Some(only), None) => Some(only),
                    _ => return Err(ServerError::new("Operation name required in request.", None)),
                }
            }
        };
        let no_operation = "The document has no operation with the given `operationName`.";
        let operation = chosen.ok_or_else(|| ServerError::new(no_operation, None))?;
        Ok(Self { operation, fragments: document.fragments })
    }

    pub fn root(&self) -> &SelectionSet {
        &self.operation.node.selection_set.node
    }

    pub fn default_value(&self, variable: &str) -> Option<&ConstValue> {
        let mut definitions = self.operation.node.variable_definitions.iter();
        let definition = definitions.find(|definition| definition.node.name.node == variable)?;
        Some(&definition.node.default_value.as_ref()?.node)
    }

    /// Visits the fields of one level in order, with fragments expanded, which must be measured first.
    pub fn visit_fields<'a>(
        &'a self,
        set: &'a SelectionSet,
        visit: &mut impl FnMut(&'a Positioned<Field>) -> ServerResult<()>,
    ) -> ServerResult<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => visit(field)?,
                Selection::InlineFragment(fragment) => {
                    self.visit_fields(&fragment.node.selection_set.node, visit)?;
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.visit_fields(&fragment.node.selection_set.node, visit)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl From<Document> for ExecutableDocument {
    fn from(Document { operation, fragments }: Document) -> Self {
        Self { operations: DocumentOperations::Single(operation), fragments }
    }
}

#[cfg(test)]
impl Document {
    pub fn parse(text: &str) -> Self {
        Self::new(async_graphql::parser::parse_query(text).expect("GraphQL"), None).expect("one operation")
    }
}
