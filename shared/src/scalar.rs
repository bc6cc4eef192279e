//! Scalars over text and integers.

use crate::permission::BuiltInRole;
#[cfg(feature = "client")]
use crate::schema;

/// A point in time as RFC 3339 text: the page ships no calendar, and the server parses and formats.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "client", derive(cynic::Scalar))]
pub struct DateTime(pub String);

/// An integer of 64 bits, which the server sends as GraphQL's `Int` although that has only 32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "client", derive(cynic::Scalar), cynic(graphql_type = "Int"))]
pub struct LongInt(pub i64);

impl std::fmt::Display for LongInt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "client")]
cynic::impl_scalar!(uuid::Uuid, schema::UUID);

#[cfg(feature = "server")]
#[async_graphql::Scalar(name = "DateTime")]
impl async_graphql::ScalarType for DateTime {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        let async_graphql::Value::String(text) = value else {
            return Err(async_graphql::InputValueError::custom(
                "a DateTime must be a string in the form of RFC 3339",
            ));
        };
        Ok(Self(text))
    }

    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.0.clone())
    }
}

/// The name of a role: `administrator`, `user`, `read-only`, `runner`, or one of the team's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "client", derive(cynic::Scalar), cynic(graphql_type = "role_name"))]
pub struct RoleName(pub String);

impl From<BuiltInRole> for RoleName {
    fn from(role: BuiltInRole) -> Self {
        Self(role.as_str().to_owned())
    }
}

/// Read from text, and from a bare word in a document, which can't have a dash: `role: read_only`.
#[cfg(feature = "server")]
#[async_graphql::Scalar(name = "role_name")]
impl async_graphql::ScalarType for RoleName {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        let text = match value {
            async_graphql::Value::String(text) => text,
            async_graphql::Value::Enum(word) => word.to_string(),
            _ => return Err(async_graphql::InputValueError::custom("a role is named by text")),
        };
        Ok(if text == "read_only" { BuiltInRole::ReadOnly.into() } else { Self(text) })
    }

    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.0.clone())
    }
}
