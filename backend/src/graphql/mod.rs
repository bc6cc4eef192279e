//! The schema: Prefect's fields and ours.
//!
//! Resolvers parse and decide nothing: they call `service` and wrap the result.
//!
//! To add a field: a method in `query` or a row in `mutation`, `cargo xtask schema`, and a row in the end-to-end test that
//! walks every field with every role.

mod access;
mod answer;
mod caller;
mod document;
pub(crate) mod error;
mod input;
mod limits;
mod mutation;
mod object;
mod omitted_variables;
mod parsed;
mod query;
mod trust;

use std::collections::HashSet;
use std::future::poll_fn;
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use async_graphql::parser::types::{BaseType, OperationType, Type, TypeKind, TypeSystemDefinition};
use async_graphql::{
    EmptySubscription, InputType as _, PathSegment, Request, Response, Result, ServerError, ServerResult,
    Value,
};
use futures_util::FutureExt as _;
use strongroom_shared::ErrorCode;
use strongroom_shared::json::{NodeLimit, read};

pub(crate) use answer::to_json;
pub(crate) use caller::{Caller, SessionChange};
pub(crate) use limits::{AUTHENTICATED, Bounds, UNAUTHENTICATED};

use self::document::Document;
use self::input::AuditBoolExp;
use self::parsed::ParsedDocuments;
use crate::domain::Rule;
use crate::domain::filter::{AuditColumn, Filter};
use crate::pool::{Part, Pool, Principal};
use crate::service::{self, KvMounts, Service};

/// A field that is null if it fails. A failed [`Result`] of an `Option` would make the whole object null.
type Nullable<T> = Option<Result<T>>;

/// The root fields that need no authentication. `log_out` is one of them because the session may have expired.
const UNAUTHENTICATED_FIELDS: [&str; 8] = [
    "__typename", "accept_invitation", "invitation_info", "log_in", "log_out", "set_up", "set_up_required",
    "single_sign_on",
];

/// Requests with bodies of up to this many bytes are cheap and need no permit.
const CHEAP: usize = 1024;

#[derive(Clone)]
pub struct Schema {
    engine: async_graphql::Schema<query::Query, mutation::Mutation, EmptySubscription>,
    documents: Arc<ParsedDocuments>,
    /// The types that a variable may have; the engine panics on some others.
    input_types: Arc<HashSet<String>>,
    /// Permits to parse and validate large requests, one fewer than there are cores, so that one stays free.
    turns: Arc<Pool>,
    service: Arc<Service>,
}

impl Schema {
    pub fn new(service: Arc<Service>, kv_mounts: Arc<KvMounts>) -> Self {
        let engine = builder().data(Arc::clone(&service)).data(kv_mounts).finish();
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let input_types = Arc::new(input_types(&engine.sdl()));
        let turns = Arc::new(Pool::new(cores.saturating_sub(1).max(1), 1));
        Self { engine, documents: Arc::default(), input_types, turns, service }
    }

    /// Waits for a permit to parse or validate a request with a body of `size` bytes; `None` if that takes too long.
    pub(crate) async fn turn(&self, principal: Principal, size: usize) -> Option<Turn> {
        if size <= CHEAP {
            return Some(Turn(None));
        }
        let turn = self.turns.take(principal, 1).await?;
        Some(Turn(Some(turn)))
    }

    /// Executes one request from a body of `size` bytes. Refusals are recorded before the response.
    pub(crate) async fn execute(&self, request: Request, caller: Arc<Caller>, size: usize) -> Response {
        let answer = AssertUnwindSafe(self.run(request, &caller, size)).catch_unwind();
        let response = answer.await.unwrap_or_else(|_| from_error(error::failure()));
        if let Ok(actor) = &caller.actor {
            for reason in error::denials(&response) {
                self.service.record_denied(actor, reason).await;
            }
        }
        caller.finish(response)
    }

    async fn run(&self, request: Request, caller: &Arc<Caller>, size: usize) -> Response {
        let Some(turn) = self.turn(caller.principal(), size).await else {
            return from_error(error::failure());
        };
        let request = match turn.work(|| self.prepare(request, caller)) {
            Ok(request) => request.data(Arc::clone(caller)),
            Err(error) => return from_error(error),
        };
        let mut execution = pin!(self.engine.execute(request));
        // The engine validates when it is first polled; afterwards it waits for the store.
        let first = poll_fn(|context| Poll::Ready(turn.work(|| execution.as_mut().poll(context)))).await;
        drop(turn);
        match first {
            Poll::Ready(response) => response,
            Poll::Pending => execution.await,
        }
    }

    /// Parses a request's document and enforces our limits, before the engine walks through it.
    fn prepare(&self, mut request: Request, caller: &Caller) -> ServerResult<Request> {
        let bounds = caller.bounds();
        // An unauthenticated caller who exceeds their bounds gets `UNAUTHENTICATED`, because a credential would help.
        let beyond = |error| error::unauthenticated(&caller.actor).unwrap_or(error);
        limits::check_text(&request.query, bounds).map_err(beyond)?;
        let document = self.documents.parse(&request.query, caller.actor.is_ok())?;
        let mut document = Document::new(document, request.operation_name.take().as_deref())?;
        if document.operation.node.ty != OperationType::Query {
            caller.note_mutation();
        }
        limits::check_size(&mut document, bounds).map_err(beyond)?;
        check_root(&document, caller)?;
        limits::check_fields(&document, &request.variables, bounds)?;
        self.check_variable_types(&document)?;
        omitted_variables::remove(&mut document, &request.variables);
        request.set_parsed_query(document.into());
        Ok(request)
    }

    fn check_variable_types(&self, document: &Document) -> ServerResult<()> {
        let mut definitions = document.operation.node.variable_definitions.iter();
        let unknown = definitions.find(|found| !self.input_types.contains(named(&found.node.var_type.node)));
        let message = "A variable's type is unknown or not an input type.";
        unknown.map_or(Ok(()), |found| Err(ServerError::new(message, Some(found.pos))))
    }
}

/// A permit for the expensive part of a request, if it needs one.
pub(crate) struct Turn(Option<Part>);

impl Turn {
    /// Does the work; expensive work moves the thread's other tasks to another thread.
    pub fn work<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.0.is_some() { tokio::task::block_in_place(work) } else { work() }
    }
}

/// The response to a request that exceeds the caller's bounds: `message`, or that they are unauthenticated.
pub(crate) fn refuse(caller: &Caller, message: &str) -> Response {
    let error = error::unauthenticated(&caller.actor)
        .unwrap_or_else(|| error::of_request(error::error(ErrorCode::BadUserInput, message)));
    caller.finish(from_error(error))
}

/// The response to a request that the server failed to process.
pub(crate) fn fail(caller: &Caller) -> Response {
    caller.finish(from_error(error::failure()))
}

fn from_error(error: ServerError) -> Response {
    Response::from_errors(vec![error])
}

/// Refuses root fields that need authentication, before the engine's errors disclose anything about the schema.
fn check_root(document: &Document, caller: &Caller) -> ServerResult<()> {
    document.visit_fields(document.root(), &mut |field| {
        if !UNAUTHENTICATED_FIELDS.contains(&&*field.node.name.node)
            && let Some(mut error) = error::unauthenticated(&caller.actor)
        {
            error.locations = vec![field.pos];
            error.path = vec![PathSegment::Field(field.node.response_key().node.to_string())];
            return Err(error);
        }
        Ok(())
    })
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

fn input_types(sdl: &str) -> HashSet<String> {
    let definitions = async_graphql::parser::parse_schema(sdl).map(|schema| schema.definitions);
    let types = definitions.into_iter().flatten().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(ty)
            if matches!(ty.node.kind, TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_)) =>
        {
            Some(ty.node.name.node.to_string())
        }
        _ => None,
    });
    let built_in = ["Boolean", "Float", "ID", "Int", "String"];
    types.chain(built_in.map(str::to_owned)).collect()
}

/// Parses the audit log filter of an export: the JSON of `where`.
pub fn parse_audit_filter(text: &str) -> Result<Filter<AuditColumn>, service::Error> {
    let value = read(text.as_bytes(), &mut NodeLimit::new(AUTHENTICATED.nodes))
        .ok_or_else(|| Rule::new("`where` must be JSON."))?;
    limits::check_where(&value)?;
    let filter = AuditBoolExp::parse(Some(value.clone())).ok();
    // No engine validates here: an unknown name would be ignored, which would widen the filter.
    let filter = filter.filter(|filter| has_all_names(&filter.to_value(), &value));
    filter.ok_or_else(|| Rule::new("`where` must be a filter like that of `audit_log`."))?.into_filter()
}

/// Whether the parsed value has every name that was given.
fn has_all_names(read: &Value, given: &Value) -> bool {
    match (read, given) {
        (Value::Object(read), Value::Object(given)) => {
            given.iter().all(|(name, given)| read.get(name).is_some_and(|read| has_all_names(read, given)))
        }
        (Value::List(read), Value::List(given)) => {
            read.len() == given.len()
                && read.iter().zip(given).all(|(read, given)| has_all_names(read, given))
        }
        // A single value in place of a list counts as a list of one.
        (Value::List(read), given) => read.iter().all(|read| has_all_names(read, given)),
        _ => true,
    }
}

/// The schema as SDL, which `shared/schema.graphql` keeps.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().prefer_single_line_descriptions();
    builder().finish().sdl_with_options(options.sorted_fields().sorted_arguments().sorted_enum_items())
}

fn builder() -> async_graphql::SchemaBuilder<query::Query, mutation::Mutation, EmptySubscription> {
    async_graphql::Schema::build(query::Query, mutation::Mutation, EmptySubscription)
        .limit_directives(8)
        .extension(answer::ChargeAnswer)
}

#[cfg(test)]
mod tests {
    #[test]
    fn schema_file_is_up_to_date() {
        let file = include_str!("../../../shared/schema.graphql");
        assert!(super::sdl() == file, "shared/schema.graphql is out of date: run `cargo xtask schema`");
    }
}
