//! The `JSON` scalar: a secret's value.
//!
//! Numbers keep every digit and objects their key order (`serde_json`'s `arbitrary_precision` and `preserve_order`).
//! Neither type shows its content in `Debug`, and both overwrite their strings when dropped.
//!
//! Never deserialise a `serde_json::Value` from untrusted text: it takes an object whose first key is one of its
//! private tokens for a number or raw JSON. [`Json`] and [`read`](self::read()) tell them apart.

mod tree;

use std::{fmt, io};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

#[cfg(feature = "server")]
pub use self::tree::{NodeLimit, read, read_json};

/// Any JSON value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(#[serde(deserialize_with = "tree::deserialize")] Value);

impl Json {
    /// Wraps a value.
    pub const fn new(value: Value) -> Self {
        Self(value)
    }

    /// The value.
    pub const fn value(&self) -> &Value {
        &self.0
    }

    /// The length of the value as JSON text, in bytes.
    #[expect(clippy::missing_panics_doc, reason = "counting does not fail")]
    pub fn text_bytes(&self) -> usize {
        let mut count = ByteCount(0);
        serde_json::to_writer(&mut count, &self.0).expect("counting does not fail");
        count.0
    }

    /// The value as JSON text.
    #[expect(clippy::missing_panics_doc, reason = "memory takes everything")]
    pub fn to_text(&self) -> Zeroizing<Vec<u8>> {
        encode(self).expect("a Vec takes everything")
    }
}

/// Anything as JSON text. It may hold a value or a password: one buffer of the right size, overwritten when dropped.
///
/// # Errors
/// The value can't be written as JSON.
pub fn encode(value: &impl Serialize) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    // Behind `dyn`, the two writers share the code that writes.
    let write = |writer: &mut dyn io::Write| serde_json::to_writer(writer, value);
    let mut length = ByteCount(0);
    write(&mut length)?;
    // A buffer that grows would leave pieces of the value behind.
    let mut text = Zeroizing::new(Vec::with_capacity(length.0));
    write(&mut *text)?;
    Ok(text)
}

/// A writer that only counts.
struct ByteCount(usize);

impl io::Write for ByteCount {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json(…)")
    }
}

impl Drop for Json {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Overwrites every string of `value`. Numbers and keys are out of reach.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A `JSON` argument that can be omitted: `None`. Null is a value like any other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct GivenJson(pub Option<Json>);

impl GivenJson {
    /// Whether the argument is omitted.
    pub const fn is_omitted(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(feature = "client")]
mod client {
    use super::{GivenJson, Json};
    use crate::schema;

    cynic::impl_scalar!(Json, schema::JSON);

    cynic::impl_coercions!(GivenJson, schema::JSON);

    impl cynic::schema::IsScalar<schema::JSON> for GivenJson {
        type SchemaType = schema::JSON;
    }
}

#[cfg(feature = "server")]
mod server {
    use std::borrow::Cow;

    use async_graphql::Value as Graphql;
    use async_graphql::registry::Registry;
    use async_graphql::{InputType, InputValueError, InputValueResult, Scalar, ScalarType};
    use bytes::Bytes;
    use serde_json::Value;

    use super::{GivenJson, Json};

    /// A GraphQL value as JSON. Written by hand, because async-graphql's own conversion goes through serde, which turns
    /// a number that keeps its digits into an object.
    fn from_graphql(value: Graphql) -> Result<Value, &'static str> {
        Ok(match value {
            Graphql::Null => Value::Null,
            Graphql::Number(number) => Value::Number(number),
            Graphql::String(text) => Value::String(text),
            Graphql::Boolean(truth) => Value::Bool(truth),
            Graphql::List(items) => {
                Value::Array(items.into_iter().map(from_graphql).collect::<Result<_, _>>()?)
            }
            Graphql::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| Ok((name.to_string(), from_graphql(value)?)))
                    .collect::<Result<_, &'static str>>()?,
            ),
            Graphql::Enum(_) | Graphql::Binary(_) => {
                return Err("a JSON value is null, true, false, a number, a string, a list or an object");
            }
        })
    }

    /// Any JSON value. Numbers keep every digit, objects the order of their keys.
    #[Scalar(name = "JSON")]
    impl ScalarType for Json {
        fn parse(value: Graphql) -> InputValueResult<Self> {
            from_graphql(value).map(Self).map_err(InputValueError::custom)
        }

        /// As JSON text, in the one kind of value that no request can have: a tree would be a copy that is never wiped.
        fn to_value(&self) -> Graphql {
            Graphql::Binary(Bytes::from_owner(self.to_text()))
        }
    }

    impl InputType for GivenJson {
        type RawValueType = Json;

        fn type_name() -> Cow<'static, str> {
            <Json as InputType>::type_name()
        }

        fn qualified_type_name() -> String {
            Self::type_name().into_owned()
        }

        fn create_type_info(registry: &mut Registry) -> String {
            <Json as InputType>::create_type_info(registry);
            Self::qualified_type_name()
        }

        fn parse(value: Option<Graphql>) -> InputValueResult<Self> {
            let json = value.map(<Json as ScalarType>::parse).transpose();
            json.map(Self).map_err(InputValueError::propagate)
        }

        fn to_value(&self) -> Graphql {
            self.0.as_ref().map_or(Graphql::Null, ScalarType::to_value)
        }

        fn as_raw_value(&self) -> Option<&Json> {
            self.0.as_ref()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_encoded_into_one_buffer() {
        let text = encode(&serde_json::json!({ "a": "é\n" })).expect("encodable");
        assert_eq!(str::from_utf8(&text), Ok("{\"a\":\"é\\n\"}"));
        assert_eq!(text.capacity(), text.len());
    }

    #[test]
    fn debug_shows_nothing() {
        let json = Json::new(Value::String("hunter2".into()));
        let given = GivenJson(Some(json.clone()));
        assert_eq!(format!("{json:?} {given:?}"), "Json(…) GivenJson(Some(Json(…)))");
    }

    #[test]
    fn private_tokens_of_serde_json_are_plain_keys() {
        for text in [
            r#"{"$serde_json::private::Number":"12"}"#,
            r#"{"$serde_json::private::Number":[12]}"#,
            r#"{"$serde_json::private::RawValue":"[1,2]"}"#,
            r#"[{"a":{"$serde_json::private::Number":"12","b":1.10}}]"#,
            r#"{"$serde_json::private::Number":-12345678901234567890.10}"#,
        ] {
            let escaped = text.replace('$', r"\u0024");
            for spelling in [text, &escaped] {
                let value: Json = serde_json::from_str(spelling).expect("JSON");
                assert_eq!(serde_json::to_string(&value).expect("JSON"), text);
                let again: Json = serde_json::from_str(text).expect("JSON");
                assert!(again == value, "{text}");
            }
        }
        let value: Json = serde_json::from_value(serde_json::json!({"a": [1, -1, 1.5, null]})).expect("JSON");
        assert_eq!(value.value().to_string(), r#"{"a":[1,-1,1.5,null]}"#);
    }

    #[cfg(feature = "server")]
    #[test]
    fn graphql_values_keep_digits_and_key_order() {
        use async_graphql::{ScalarType as _, Value as Graphql};
        let text = r#"{"b":12345678901234567890123,"a":1.10,"z":[-0.0,1e400,null,true,"x"]}"#;
        let value = read(text.as_bytes(), &mut NodeLimit::new(100)).expect("JSON");
        let json = Json::parse(value).expect("JSON");
        let Graphql::Binary(written) = json.to_value() else { panic!("it is text") };
        assert_eq!(written, text.replace("1e400", "1e+400"));
        assert!(Json::parse(Graphql::Binary(written)).is_err());
    }
}
