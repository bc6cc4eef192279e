//! `auth/`: an API key is a token. A login gives another, short-lived one: for a workload's own token that a team trusts, or
//! for a key, as `AppRole` has it. A child is a login, too.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Value, json};

use super::Handled;
use super::failure::{self, Failure};
use super::json::{optional_time, time};
use super::reply::{APP_ROLE, Envelope, JWT, KUBERNETES, Reply, TOKEN};
use super::request::{Call, Fields, Public};
use super::route::Operation;
use crate::crypto::Token;
use crate::domain::login::ChildWish;
use crate::domain::{Actor, ApiKey, Login, Principal, Time};
use crate::service::{self, LoggedInProgram, Service, Workload};

/// Where children are made, and the path of keys, too: Vault says so of tokens that nobody has logged in for.
const CREATE: &str = "auth/token/create";

const NO_KEYS: &str = "only lookup-self, renew-self, revoke-self and create are here; keys are created and revoked on the \
                       API keys page";

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
    let Public { app, operation, fields, namespace, address, request_id, .. } = call;
    let fields = fields?;
    let (role, token) = (fields.text("role"), fields.text("jwt"));
    // A method of another name is that of one trust.
    let role = match method.as_str() {
        APP_ROLE | JWT | KUBERNETES => role,
        method if token.is_some() && role.is_none_or(|role| role == method) => Some(method),
        _ => {
            let known = format!("use {APP_ROLE}, {JWT} or {KUBERNETES}");
            return Err(failure::wrong(format!(
                "there is no auth method {method} here; give an API key as the token, or {known}"
            )));
        }
    };
    if operation != Operation::Write || path.last().is_none_or(|last| last != "login") {
        return Err(failure::unsupported());
    }
    let (kind, logged_in, metadata) = if method == APP_ROLE {
        let logged_in = log_in_app_role(&app.service, &fields, namespace, address).await?;
        let metadata = json!({ "role_name": logged_in.key.name });
        (APP_ROLE, logged_in, metadata)
    } else {
        let role = role.filter(|role| !role.is_empty()).ok_or_else(|| failure::wrong("missing role"))?;
        let token = token.filter(|token| !token.is_empty()).ok_or_else(|| failure::wrong("missing token"))?;
        let path = format!("auth/{method}/login");
        let workload = Workload { path, role, token, team: namespace, address };
        let logged_in = app.service.log_in_workload(workload).await?.map_err(Failure::Workload)?;
        (if method == KUBERNETES { KUBERNETES } else { JWT }, logged_in, json!({ "role": role }))
    };
    let auth = auth(&logged_in, metadata, app.service.now());
    Ok(Reply::ok(&Envelope::with_auth(request_id, kind, (), auth)))
}

async fn log_in_app_role(
    service: &Service,
    fields: &Fields,
    namespace: Option<&str>,
    address: &str,
) -> Result<LoggedInProgram, Failure> {
    let (Some(role_id), Some(secret_id)) = (fields.text("role_id"), fields.text("secret_id")) else {
        return Err(Failure::Login(service::Error::NoCredential));
    };
    let token = Token::parse(secret_id).ok_or(Failure::Login(service::Error::MalformedCredential))?;
    let logged_in = service.log_in_app_role(role_id, token, namespace, address).await;
    logged_in.map_err(|error| match error {
        service::Error::UnknownCredential | service::Error::ExpiredKey | service::Error::RevokedKey => {
            Failure::Login(error)
        }
        other => other.into(),
    })
}

fn auth(logged_in: &LoggedInProgram, metadata: Value, now: Time) -> Auth<'_> {
    let LoggedInProgram { token, login, key } = logged_in;
    let role = [key.role.name.0.as_str()];
    Auth {
        client_token: token.expose(),
        accessor: login.id.to_string(),
        policies: role,
        token_policies: role,
        metadata,
        // Never 0, which some clients take for expired and log in again at once.
        // Rounded up, so that a new login has its whole lifetime.
        lease_duration: seconds_left(login.expires + TimeDelta::milliseconds(999), now),
        renewable: login.is_renewable(),
        entity_id: "",
        token_type: "service",
        orphan: login.parent.is_none() && login.path != CREATE,
        mfa_requirement: (),
        num_uses: 0,
    }
}

pub async fn answer(call: &Call<'_>, path: &[String], token: Option<&Token>) -> Handled {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match (&path[..], call.operation) {
        (["token", "lookup-self"], Operation::Read | Operation::Write) => look_up(call, token).await,
        (["token", "renew-self"], Operation::Write) => renew(call, token).await,
        (["token", "revoke-self"], Operation::Write) => {
            // Many clients revoke their token as they stop. That ends a login; a key must go on.
            call.service().end_login(call.actor).await?;
            Ok(Reply::no_content())
        }
        (["token", "create"], Operation::Write) => create_child(call).await,
        (["token", "lookup-self" | "renew-self" | "revoke-self" | "create"], _) => {
            Err(failure::unsupported())
        }
        (["token", _, ..], _) => Err(failure::forbidden(NO_KEYS)),
        _ => Err(failure::no_route(&call.route.text())),
    }
}

/// Makes a login that ends with the caller's key or login.
async fn create_child(call: &Call<'_>) -> Handled {
    let role = call.actor.role.name.0.as_str();
    for (field, value) in call.fields.all()? {
        let is_fine = match field.as_str() {
            // Names are for people who read Vault's lists, and there are no default policies.
            "ttl" | "explicit_max_ttl" | "renewable" | "display_name" | "meta" | "no_default_policy" => true,
            // Rights can't be chosen.
            "policies" => match value {
                Value::Array(policies) => policies.iter().all(|policy| policy == role),
                Value::Null => true,
                _ => false,
            },
            "type" => value.is_null() || value == "" || value == "service",
            "no_parent" => value.is_null() || value == false,
            "num_uses" => value.is_null() || value == 0,
            "period" => call.fields.duration("period")?.is_none(),
            "id" | "entity_alias" => value.is_null() || value == "",
            _ => false,
        };
        if !is_fine {
            let known = "a child token has the rights of its parent and ends with it; only ttl, explicit_max_ttl and renewable \
                         can be chosen";
            return Err(failure::wrong(known));
        }
    }
    let wish = ChildWish {
        lifetime: call.fields.duration("ttl")?,
        longest: call.fields.duration("explicit_max_ttl")?,
        is_renewable: call.fields.get("renewable") != Some(&Value::Bool(false)),
    };
    let logged_in = call.service().create_child_login(call.actor, wish).await?;
    let auth = auth(&logged_in, Value::Null, call.service().now());
    Ok(Reply::ok(&Envelope::with_auth(call.request_id, TOKEN, (), auth)))
}

async fn renew(call: &Call<'_>, token: Option<&Token>) -> Handled {
    let asked = call.fields.duration("increment")?;
    let renewed = call.service().renew_login(call.actor, asked).await?;
    let login = renewed.ok_or_else(|| failure::wrong("lease is not renewable"))?;
    let (key, token) = (key_of(call.actor)?.clone(), token.ok_or_else(Failure::internal)?.clone());
    let logged_in = LoggedInProgram { token, login, key };
    let auth = auth(&logged_in, Value::Null, call.service().now());
    Ok(Reply::ok(&Envelope::with_auth(call.request_id, TOKEN, (), auth)))
}

async fn look_up(call: &Call<'_>, token: Option<&Token>) -> Handled {
    let (key, token) = (key_of(call.actor)?, token.ok_or_else(Failure::internal)?);
    // Not as it was cached: it may have been renewed.
    let login = call.service().find_login(call.actor).await?;
    let login = login.as_ref();
    let expires = login.map_or(key.expires, |login| Some(login.expires));
    let created = login.map_or(key.created, |login| login.created);
    let lifetime = expires.map_or(0, |expires| (expires - created).num_seconds());
    let data = LookedUp {
        accessor: login.map_or_else(|| key.id.to_string(), |login| login.id.to_string()),
        creation_time: created.timestamp(),
        creation_ttl: login.map_or(lifetime, |login| login.lifetime.num_seconds()),
        display_name: &key.name,
        entity_id: "",
        expire_time: expires.map(time),
        explicit_max_ttl: 0,
        id: token.expose(),
        issue_time: optional_time(Some(created)),
        meta: json!({ "team": call.actor.team.slug.as_str() }),
        num_uses: 0,
        orphan: login.is_none_or(|login| login.parent.is_none() && login.path != CREATE),
        path: login.map_or(CREATE, |login| &login.path),
        policies: [call.actor.role.name.0.as_str()],
        renewable: login.is_some_and(Login::is_renewable),
        ttl: expires.map_or(0, |expires| seconds_left(expires, call.service().now())),
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
    meta: Value,
    num_uses: u32,
    orphan: bool,
    path: &'a str,
    policies: [&'a str; 1],
    renewable: bool,
    ttl: i64,
    r#type: &'static str,
}

/// What clients require of a login.
#[derive(Serialize)]
struct Auth<'a> {
    client_token: &'a str,
    accessor: String,
    policies: [&'a str; 1],
    token_policies: [&'a str; 1],
    metadata: Value,
    lease_duration: i64,
    renewable: bool,
    entity_id: &'static str,
    token_type: &'static str,
    orphan: bool,
    mfa_requirement: (),
    num_uses: u32,
}
