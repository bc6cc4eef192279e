//! Scalars that are thin over text.

#[cfg(feature = "client")]
use crate::schema;

/// A point in time as RFC 3339 text.
///
/// Text, not a calendar type, so that the page does not carry a calendar; the server parses and formats.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "client", derive(cynic::Scalar))]
pub struct DateTime(pub String);

#[cfg(feature = "client")]
cynic::impl_scalar!(uuid::Uuid, schema::UUID);

#[cfg(feature = "server")]
#[async_graphql::Scalar(name = "DateTime")]
impl async_graphql::ScalarType for DateTime {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        match value {
            async_graphql::Value::String(text) => Ok(Self(text)),
            _ => Err(async_graphql::InputValueError::custom(
                "a DateTime is text in the form of RFC 3339",
            )),
        }
    }

    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.0.clone())
    }
}
