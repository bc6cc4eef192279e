//! The schema: Prefect's family of fields, and ours beside them.
//!
//! One file per aggregate in `query/`, `mutation/` and `object/`; filters and other inputs of lists in `input/`. A
//! resolver parses nothing and decides nothing: it asks `service` and wraps the answer.
//!
//! To add a field: a method in its aggregate's file, `cargo xtask schema`, and a row in the end-to-end test that walks
//! every field with every role.

mod absent;
mod caller;
pub mod error;
mod input;
mod limits;
mod mutation;
mod object;
mod query;

use std::sync::Arc;

use async_graphql::{EmptySubscription, InputType as _, Request, Response, Result, ServerResult, Value};

pub use caller::{Caller, SessionChange};
pub use limits::MAX_BATCH;

use self::input::list::AuditBoolExp;
use crate::domain::filter::{AuditColumn, Filter};
use crate::service::{self, Service};

/// What a nullable field resolves to: where it fails, the field is null and its siblings stand. A plain [`Result`] of an
/// `Option` would take the whole object with it.
type Nullable<T> = Option<Result<T>>;

/// The schema with the service behind it.
#[derive(Clone)]
pub struct Schema(async_graphql::Schema<query::Query, mutation::Mutation, EmptySubscription>);

impl Schema {
    /// The schema of a service.
    pub fn new(service: Arc<Service>) -> Self {
        Self(builder().data(service).finish())
    }

    /// Executes one request for the one who asks. Errors come out as clients may see them, and the log has the rest.
    pub async fn execute(&self, request: Request, caller: Arc<Caller>) -> Response {
        let request_id = caller.request_id.clone();
        let response = match prepare(request) {
            Ok(request) => service::settled(self.0.execute(request.data(caller)))
                .await
                .unwrap_or_else(|error| {
                    let error = error::to_client(&error).into_server_error(async_graphql::Pos::default());
                    Response::from_errors(vec![error])
                }),
            Err(error) => Response::from_errors(vec![error]),
        };
        error::for_client(response, &request_id)
    }
}

/// Parses a request's document and makes sure that it is one we execute, before the engine walks through it.
fn prepare(mut request: Request) -> ServerResult<Request> {
    limits::check_text(&request.query)?;
    let mut document = async_graphql::parser::parse_query(&request.query)?;
    limits::check(&document)?;
    limits::check_lists(&document, &request.variables)?;
    absent::remove(&mut document, &request.variables);
    request.set_parsed_query(document);
    Ok(request)
}

/// Reads a filter of the audit log as clients write it, for exports: the JSON of `where`.
///
/// # Errors
/// It is none.
pub fn parse_audit_filter(text: &str) -> Result<Filter<AuditColumn>, service::Error> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(|_| "`where` is JSON.")?;
    let value = Value::from_json(value).map_err(|_| "`where` is JSON.")?;
    limits::check_where(&value)?;
    let filter = AuditBoolExp::parse(Some(value.clone())).ok();
    // A name that is not known is passed over where no engine validates, and would widen what is asked for.
    let filter = filter.filter(|filter| has_all_names(&filter.to_value(), &value));
    filter
        .ok_or("`where` is a filter as `audit_log` takes it.")?
        .into_filter()
}

/// Whether what was read has every name that was given.
fn has_all_names(read: &Value, given: &Value) -> bool {
    match (read, given) {
        (Value::Object(read), Value::Object(given)) => given
            .iter()
            .all(|(name, given)| read.get(name).is_some_and(|read| has_all_names(read, given))),
        (Value::List(read), Value::List(given)) => {
            read.len() == given.len()
                && read
                    .iter()
                    .zip(given)
                    .all(|(read, given)| has_all_names(read, given))
        }
        // One that stands where a list is wanted counts as a list of one.
        (Value::List(read), given) => read.iter().all(|read| has_all_names(read, given)),
        _ => true,
    }
}

/// The schema as SDL, which `shared/schema.graphql` keeps.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    builder().finish().sdl_with_options(options)
}

fn builder() -> async_graphql::SchemaBuilder<query::Query, mutation::Mutation, EmptySubscription> {
    async_graphql::Schema::build(
        query::Query::default(),
        mutation::Mutation::default(),
        EmptySubscription,
    )
    .limit_directives(8)
}

#[cfg(test)]
mod tests {
    /// Clients' operations are checked against the file as they compile, so it has to be what the server exports.
    #[test]
    fn the_schema_file_is_what_the_server_exports() {
        let file = include_str!("../../../shared/schema.graphql");
        assert!(
            super::sdl() == file,
            "shared/schema.graphql is out of date: run `cargo xtask schema`"
        );
    }
}
