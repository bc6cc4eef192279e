//! `auth/`: an API key is the token, and there is nothing to log in to. `AppRole` takes a key and answers it.

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::Handled;
use super::failure::{self, Failure};
use super::json::{optional_time, time};
use super::reply::{APP_ROLE, Envelope, Reply, TOKEN};
use super::request::{Call, Public};
use super::route::Operation;
use crate::crypto::Token;
use crate::domain::{Actor, ApiKey, Principal, Time};
use crate::service;

/// How long a client believes in its login, in seconds: never 0, which some take for expired and log in again at once.
const LEASE: i64 = 3600;

/// The method of a login.
fn login_method(path: &[String]) -> Option<String> {
    let end = path.iter().position(|segment| segment == "login").filter(|end| *end > 0)?;
    Some(path[..end].join("/"))
}

pub fn is_public(path: &[String]) -> bool {
    login_method(path).is_some()
}

pub async fn answer_anybody(call: Public<'_>, path: &[String]) -> Handled {
    let method = login_method(path).unwrap_or_default();
    if method != APP_ROLE {
        return Err(failure::wrong(format!(
            "there is no auth method {method} here; give an API key as the token, or use approle"
        )));
    }
    if call.operation != Operation::Write || path.len() != 2 {
        return Err(failure::unsupported());
    }
    let fields = call.fields?;
    let (Some(role_id), Some(secret_id)) = (fields.text("role_id"), fields.text("secret_id")) else {
        return Err(Failure::Login(service::Error::NoCredential));
    };
    let token = Token::parse(secret_id).ok_or(Failure::Login(service::Error::MalformedCredential))?;
    let found = call.app.service.authenticate_app_role(role_id, token.clone(), call.namespace, call.address);
    let actor = found.await.map_err(|error| match error {
        service::Error::UnknownCredential | service::Error::ExpiredKey | service::Error::RevokedKey => {
            Failure::Login(error)
        }
        other => other.into(),
    })?;
    let key = key_of(&actor)?;
    let left = key.expires.map(|expires| seconds_left(expires, call.app.service.now()));
    let role = [actor.role.name.0.as_str()];
    let auth = Login {
        client_token: token.expose(),
        accessor: key.id.to_string(),
        policies: role,
        token_policies: role,
        metadata: RoleName { role_name: &key.name },
        lease_duration: left.map_or(LEASE, |left| left.min(LEASE)),
        renewable: false,
        entity_id: "",
        token_type: "service",
        orphan: true,
        mfa_requirement: (),
        num_uses: 0,
    };
    Ok(Reply::ok(&Envelope::with_auth(call.request_id, APP_ROLE, (), auth)))
}

pub fn answer(call: &Call<'_>, path: &[String], token: Option<&Token>) -> Handled {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match (&path[..], call.operation) {
        (["token", "lookup-self"], Operation::Read | Operation::Write) => look_up(call, token),
        (["token", "renew-self"], Operation::Write) => Err(failure::wrong("lease is not renewable")),
        // Many clients revoke their token as they stop, and the key must go on.
        (["token", "revoke-self"], Operation::Write) => Ok(Reply::no_content()),
        (["token", "lookup-self" | "renew-self" | "revoke-self"], _) => Err(failure::unsupported()),
        (["token", _, ..], _) => Err(failure::forbidden("keys are made on the page or the command line")),
        _ => Err(failure::no_route(&call.route.text())),
    }
}

fn look_up(call: &Call<'_>, token: Option<&Token>) -> Handled {
    let (key, token) = (key_of(call.actor)?, token.ok_or_else(Failure::internal)?);
    let seconds = |expires: Time| (expires - key.created).num_seconds();
    let data = LookedUp {
        accessor: key.id.to_string(),
        creation_time: key.created.timestamp(),
        creation_ttl: key.expires.map_or(0, seconds),
        display_name: &key.name,
        entity_id: "",
        expire_time: key.expires.map(time),
        explicit_max_ttl: 0,
        id: token.expose(),
        issue_time: optional_time(Some(key.created)),
        meta: json!({ "team": call.actor.team.slug.as_str() }),
        num_uses: 0,
        orphan: true,
        path: "auth/token/create",
        policies: [call.actor.role.name.0.as_str()],
        renewable: false,
        ttl: key.expires.map_or(0, |expires| seconds_left(expires, call.service().now())),
        r#type: "service",
    };
    Ok(Reply::new(StatusCode::OK, &Envelope::new(call.request_id, TOKEN, data)))
}

fn key_of(actor: &Actor) -> Result<&ApiKey, Failure> {
    match &actor.principal {
        Principal::Key(key) => Ok(key),
        Principal::Person { .. } => Err(Failure::internal()),
    }
}

/// At least 1: a key that has just expired is refused.
fn seconds_left(expires: Time, now: Time) -> i64 {
    (expires - now).num_seconds().max(1)
}

/// What clients require of a token.
#[derive(Serialize)]
struct LookedUp<'a> {
    accessor: String,
    creation_time: i64,
    creation_ttl: i64,
    display_name: &'a str,
    entity_id: &'static str,
    expire_time: Option<String>,
    explicit_max_ttl: u32,
    id: &'a str,
    issue_time: String,
    meta: serde_json::Value,
    num_uses: u32,
    orphan: bool,
    path: &'static str,
    policies: [&'a str; 1],
    renewable: bool,
    ttl: i64,
    r#type: &'static str,
}

/// What clients require of a login.
#[derive(Serialize)]
struct Login<'a> {
    client_token: &'a str,
    accessor: String,
    policies: [&'a str; 1],
    token_policies: [&'a str; 1],
    metadata: RoleName<'a>,
    lease_duration: i64,
    renewable: bool,
    entity_id: &'static str,
    token_type: &'static str,
    orphan: bool,
    mfa_requirement: (),
    num_uses: u32,
}

#[derive(Serialize)]
struct RoleName<'a> {
    role_name: &'a str,
}
