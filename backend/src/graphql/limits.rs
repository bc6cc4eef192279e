//! How much one request may ask for. Each limit is far above what Prefect's clients and page send.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextParseQuery};
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{ObjectType, SchemaBuilder, ServerError, ServerResult, SubscriptionType, Variables};

/// The most operations of one batch; Prefect's page sends up to 25.
pub const MAX_BATCH: usize = 25;
/// The deepest selection; the usual introspection query has 13 levels.
const MAX_DEPTH: usize = 16;
/// The most fields, fragments expanded.
const MAX_COMPLEXITY: usize = 2_000;
/// The most aliases: each can be a use case of its own. Prefect's page deletes all secrets with one alias each.
const MAX_ALIASES: usize = 250;

/// Puts the limits on a schema.
pub(super) fn apply<Q, M, S>(schema: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    schema
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(8)
        .extension(AliasLimit)
}

/// Refuses documents with too many aliases, which the engine has no limit for.
struct AliasLimit;

impl ExtensionFactory for AliasLimit {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for AliasLimit {
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let document = next.run(ctx, query, variables).await?;
        let operations = document
            .operations
            .iter()
            .map(|(_, operation)| &operation.node.selection_set.node);
        let fragments = document
            .fragments
            .values()
            .map(|fragment| &fragment.node.selection_set.node);
        if operations.chain(fragments).map(count_aliases).sum::<usize>() > MAX_ALIASES {
            return Err(ServerError::new(
                format!("A document has at most {MAX_ALIASES} aliases."),
                None,
            ));
        }
        Ok(document)
    }
}

fn count_aliases(selections: &SelectionSet) -> usize {
    selections
        .items
        .iter()
        .map(|selection| match &selection.node {
            Selection::Field(field) => {
                usize::from(field.node.alias.is_some()) + count_aliases(&field.node.selection_set.node)
            }
            Selection::InlineFragment(fragment) => count_aliases(&fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => 0,
        })
        .sum()
}
