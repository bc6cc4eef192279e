//! What `errors[].extensions.code` may say.

use std::fmt;

/// Why a field has no data. Prefect clients look for some of these by text, so they are part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// No key, session or one that does not count (any more). Prefect raises `AuthorizationError`.
    Unauthenticated,
    /// Known, but not allowed.
    Forbidden,
    /// The input breaks a rule, which the message names.
    BadUserInput,
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document asks for what the schema does not have, or for too much at once.
    GraphqlValidationFailed,
    /// `secret_value` of a missing name: Prefect's own code for it.
    InternalServerError,
    /// Something broke here and trying again may help: Prefect clients do so by themselves.
    ApiError,
}

impl ErrorCode {
    const ALL: [Self; 7] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::BadUserInput,
        Self::GraphqlParseFailed,
        Self::GraphqlValidationFailed,
        Self::InternalServerError,
        Self::ApiError,
    ];

    /// The text on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
            Self::ApiError => "API_ERROR",
        }
    }

    /// Reads the text on the wire; `None` for a code this version does not know.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The message of `secret_value` for a missing name. Prefect turns exactly this text into a `KeyError`.
pub const NO_VALUE_FOUND: &str = "No value found for the requested key";

/// The message for a request without a key or session.
pub const NO_CREDENTIAL: &str = "Unauthenticated: log in, or send an API key as `Authorization: Bearer KEY`.";
