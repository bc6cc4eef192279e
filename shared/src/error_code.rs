//! The codes in `errors[].extensions.code`.

text_enum! {
    /// Why a field has no data. Part of the contract: Prefect clients look for some of these.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    ErrorCode {
        /// No valid key or session. Prefect raises `AuthorizationError`.
        Unauthenticated = "UNAUTHENTICATED";
        /// Authenticated, but not authorised.
        Forbidden = "FORBIDDEN";
        /// The input breaks the rule in the message.
        BadUserInput = "BAD_USER_INPUT";
        /// The document is not GraphQL.
        GraphqlParseFailed = "GRAPHQL_PARSE_FAILED";
        /// The document does not fit the schema, or exceeds a limit.
        GraphqlValidationFailed = "GRAPHQL_VALIDATION_FAILED";
        /// `secret_value` of a missing name, as in Prefect.
        InternalServerError = "INTERNAL_SERVER_ERROR";
        /// A failure of the server, which Prefect clients retry.
        ApiError = "API_ERROR";
    }
}

/// The message of `secret_value` for a missing name. Prefect turns exactly this text into a `KeyError`.
pub const NO_VALUE_FOUND: &str = "No value found for the requested key";

/// The reason why a change is refused that expected another role, other limits or other permissions.
pub const CHANGED_MEANWHILE: &str = "Somebody else has changed this in the meantime.";

/// The reason why an import is refused that expected the state of a preview.
pub const CHANGED_SINCE_PREVIEW: &str =
    "Some of these secrets have changed since the preview. Preview again.";

/// The message for an `Authorization` header that is not `Bearer KEY`. Part of the contract.
pub const MALFORMED_CREDENTIAL: &str = "Malformed Authorization header";

/// The message for a request without a key or session.
pub const NO_CREDENTIAL: &str = "Unauthenticated: log in, or send an API key as `Authorization: Bearer KEY`.";
