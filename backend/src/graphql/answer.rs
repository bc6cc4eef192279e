//! Charges responses to the request's budget, and writes them.
//!
//! They are charged leaf by leaf before they are assembled, because aliases, fragments and batches multiply the memory of a
//! list or a value. Unauthenticated callers have no budget; `limits` bounds their requests.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo};
use async_graphql::{Pos, Response, ServerResult, Value};
use serde::Serialize;
use strongroom_shared::ErrorCode;
use strongroom_shared::limit::NODE_BYTES;

use super::caller::Caller;
use super::error::error;
use crate::domain::budget::weigh_json;

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
        let answer = next.run(ctx, info).await?;
        if let Some(Ok(actor)) = ctx.data_opt::<Arc<Caller>>().map(|caller| caller.actor.as_ref())
            && let Some(value) = &answer
        {
            actor.budget.charge_answer(weigh(value)).map_err(|rule| {
                error(ErrorCode::BadUserInput, rule.as_str()).into_server_error(Pos::default())
            })?;
        }
        Ok(answer)
    }
}

/// The weight of a value without the fields or items inside, which are charged one by one.
fn weigh(value: &Value) -> usize {
    match value {
        Value::Binary(json) => weigh_json(json),
        Value::String(text) => NODE_BYTES + text.len(),
        Value::Number(number) => NODE_BYTES + number.as_str().len(),
        _ => NODE_BYTES,
    }
}

/// Writes a response as JSON. The text of a JSON scalar is copied: see `to_value` of `strongroom_shared::Json`.
pub(crate) fn to_json(response: &Response) -> Vec<u8> {
    let mut text = b"{\"data\":".to_vec();
    write(&response.data, &mut text);
    if !response.errors.is_empty() {
        text.extend_from_slice(b",\"errors\":");
        write_leaf(&response.errors, &mut text);
    }
    text.push(b'}');
    text
}

fn write(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Binary(json) => text.extend_from_slice(json),
        Value::List(items) => {
            text.push(b'[');
            for (index, item) in items.iter().enumerate() {
                text.extend((index > 0).then_some(b','));
                write(item, text);
            }
            text.push(b']');
        }
        Value::Object(fields) => {
            text.push(b'{');
            for (index, (name, value)) in fields.iter().enumerate() {
                text.extend((index > 0).then_some(b','));
                write_leaf(name, text);
                text.push(b':');
                write(value, text);
            }
            text.push(b'}');
        }
        leaf => write_leaf(leaf, text),
    }
}

fn write_leaf(value: &impl Serialize, text: &mut Vec<u8>) {
    serde_json::to_writer(text, value).expect("a Vec takes everything");
}

#[cfg(test)]
mod tests {
    use async_graphql::{Name, ScalarType as _, ServerError};
    use strongroom_shared::Json;

    use super::*;

    #[test]
    fn responses_are_written_as_json() {
        let json = |text: &str| serde_json::from_str::<Json>(text).expect("JSON").to_value();
        let object = |value: Value| Value::Object([(Name::new("a"), value)].into_iter().collect());
        for (data, text) in [
            (Value::Null, "null"),
            (Value::from(vec![1, 2]), "[1,2]"),
            (Value::List(Vec::new()), "[]"),
            (object(Value::from("\"\n")), r#"{"a":"\"\n"}"#),
            (object(Value::from(Name::new("WORD"))), r#"{"a":"WORD"}"#),
            (object(json("null")), r#"{"a":null}"#),
            (object(json(r#"{"b": [1.10, "x"]}"#)), r#"{"a":{"b":[1.10,"x"]}}"#),
            (
                object(json(r#"{"$serde_json::private::RawValue":"[1]"}"#)),
                r#"{"a":{"$serde_json::private::RawValue":"[1]"}}"#,
            ),
        ] {
            let written = to_json(&Response::new(data));
            assert_eq!(String::from_utf8_lossy(&written), format!(r#"{{"data":{text}}}"#));
        }
        let written = to_json(&Response::from_errors(vec![ServerError::new("wrong", None)]));
        assert_eq!(String::from_utf8_lossy(&written), r#"{"data":null,"errors":[{"message":"wrong"}]}"#);
    }
}
