//! Charges the response to the request's budget, leaf by leaf, before it is assembled: aliases, fragments and batches
//! multiply the memory that a list or a value takes.
//!
//! Unauthenticated callers have no budget; `limits` bounds their requests.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{Pos, ServerResult, Value};
use strongroom_shared::ErrorCode;
use strongroom_shared::limit::NODE_BYTES;

use super::caller::Caller;
use super::error::error;

/// Charges each field and item as it is resolved.
pub struct ChargeAnswer;

impl ExtensionFactory for ChargeAnswer {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for ChargeAnswer {
    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        // Fields of objects and items of lists are charged one by one; a JSON scalar is charged whole.
        let is_whole = info.return_type.trim_end_matches('!') == "JSON";
        let answer = next.run(ctx, info).await?;
        if let Some(Ok(actor)) = ctx.data_opt::<Arc<Caller>>().map(|caller| caller.actor.as_ref())
            && let Some(value) = &answer
        {
            let weight = if is_whole { weigh(value) } else { weigh_frame(value) };
            actor
                .budget
                .charge_answer(weight)
                .map_err(|rule| error(ErrorCode::BadUserInput, rule).into_server_error(Pos::default()))?;
        }
        Ok(answer)
    }
}

/// The weight of a value without its content.
fn weigh_frame(value: &Value) -> usize {
    NODE_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Number(number) => number.as_str().len(),
            _ => 0,
        }
}

/// The weight of a value.
fn weigh(value: &Value) -> usize {
    weigh_frame(value)
        + match value {
            Value::List(items) => items.iter().map(weigh).sum(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| NODE_BYTES + name.len() + weigh(value)).sum()
            }
            _ => 0,
        }
}
