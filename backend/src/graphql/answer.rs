//! Charges what is answered to the request's budget, leaf by leaf, before it is put together: aliases, fragments and
//! batches multiply what a list or a value takes in memory.
//!
//! Not for strangers, who have no budget: what they may ask is bounded by `limits`.

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
        // The fields of an object and the items of a list are charged by themselves; JSON has none.
        let is_whole = info.return_type.trim_end_matches('!') == "JSON";
        let answer = next.run(ctx, info).await?;
        if let Some(Ok(actor)) = ctx.data_opt::<Arc<Caller>>().map(|caller| caller.actor.as_ref())
            && let Some(value) = &answer
        {
            let weight = if is_whole {
                weigh(value)
            } else {
                weigh_frame(value)
            };
            actor
                .budget
                .charge_answer(weight)
                .map_err(|rule| error(ErrorCode::BadUserInput, rule).into_server_error(Pos::default()))?;
        }
        Ok(answer)
    }
}

/// What a value weighs without what is in it.
fn weigh_frame(value: &Value) -> usize {
    NODE_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Number(number) => number.as_str().len(),
            _ => 0,
        }
}

/// What a value weighs.
fn weigh(value: &Value) -> usize {
    weigh_frame(value)
        + match value {
            Value::List(items) => items.iter().map(weigh).sum(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| NODE_BYTES + name.len() + weigh(value))
                .sum(),
            _ => 0,
        }
}
