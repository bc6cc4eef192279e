//! What `errors[].extensions.code` may say.

text_enum! {
    /// Why a field has no data. Prefect clients look for some of these by text, so they are part of the contract.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    ErrorCode {
        /// No key, session or one that does not count (any more). Prefect raises `AuthorizationError`.
        Unauthenticated = "UNAUTHENTICATED";
        /// Known, but not allowed.
        Forbidden = "FORBIDDEN";
        /// The input breaks a rule, which the message names.
        BadUserInput = "BAD_USER_INPUT";
        /// The document is not GraphQL.
        GraphqlParseFailed = "GRAPHQL_PARSE_FAILED";
        /// The document asks for what the schema does not have, or for too much at once.
        GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED";
        /// `secret_value` of a missing name: Prefect's own code for it.
        InternalServerError = "INTERNAL_SERVER_ERROR";
        /// Something broke here and trying again may help: Prefect clients do so by themselves.
        ApiError = "API_ERROR";
    }
}

/// The message of `secret_value` for a missing name. Prefect turns exactly this text into a `KeyError`.
pub const NO_VALUE_FOUND: &str = "No value found for the requested key";

/// The message for a request without a key or session.
pub const NO_CREDENTIAL: &str = "Unauthenticated: log in, or send an API key as `Authorization: Bearer KEY`.";
