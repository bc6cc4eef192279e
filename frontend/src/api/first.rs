//! The operations that the main module needs. Their documents are texts, and the browser reads and writes their JSON:
//! cynic and serde, which all other operations use, would be a fifth of the code before the first page.
//!
//! A test compares the documents with cynic's, which are checked against the schema.

use js_sys::JSON;
use strongroom_shared::limit::PAGE_ROWS;
use strongroom_shared::operation as op;
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{DateTime, LongInt, RoleName, Uuid};
use wasm_bindgen::JsValue;

use super::json::Json;
use super::{Reply, ask, ask_for_team, done, malformed};

struct Document {
    name: &'static str,
    text: &'static str,
}

const SESSION: Document = Document {
    name: "Session",
    text: "query Session { \
           auth_info { tenant_id user_id name email role permissions secrets expires_at } \
           tenant { id name slug } limits { value_bytes restore_seconds keep_versions } }",
};
const SECRETS: Document = Document {
    name: "Secrets",
    text: "query Secrets($after: String!, $limit: Int!) { \
           secret(where: {name: {_gt: $after}}, order_by: [{name: asc}], limit: $limit) { \
           id name description version updated updated_by last_read last_read_by } }",
};
const ENTRANCE: Document =
    Document { name: "Entrance", text: "query Entrance { set_up_required single_sign_on { name path } }" };
const LOG_IN: Document = Document {
    name: "LogIn",
    text: "mutation LogIn($input: log_in_input!) { log_in(input: $input) { success error } }",
};
const LOG_OUT: Document = Document { name: "LogOut", text: "mutation LogOut { log_out { success error } }" };
const SWITCH_TEAM: Document = Document {
    name: "SwitchTeam",
    text: "mutation SwitchTeam($input: switch_team_input!) { switch_team(input: $input) { success error } }",
};

/// The current user in `team` or, without one, in the session's own team.
pub fn session(team: Option<Uuid>) -> Reply<op::Session> {
    taken(ask(team, body(&SESSION, JsValue::NULL)), |data| {
        let auth_info = match data.field("auth_info") {
            Some(info) => Some(op::AuthInfo {
                tenant_id: info.id("tenant_id")?,
                user_id: info.id("user_id")?,
                name: info.text("name")?,
                email: info.text("email"),
                role: RoleName(info.text("role")?),
                permissions: info.list("permissions", |permission| permission.0.as_string())?,
                secrets: info.list("secrets", |secret| secret.0.as_string()),
                expires_at: info.text("expires_at").map(DateTime),
            }),
            None => None,
        };
        let tenant = data.list("tenant", |tenant| {
            Some(op::Tenant { id: tenant.id("id")?, name: tenant.text("name")?, slug: tenant.text("slug")? })
        })?;
        let limits = data.field("limits")?;
        let limits = op::Limits {
            value_bytes: limits.number("value_bytes")?,
            restore_seconds: LongInt(limits.number("restore_seconds")?),
            keep_versions: limits.number("keep_versions")?,
        };
        Some(op::Session { auth_info, tenant, limits })
    })
}

/// The team's secrets, without values and in no promised order. A long list takes several requests.
pub fn secrets() -> Reply<Vec<op::Secret>> {
    Box::pin(async {
        let mut secrets = Vec::<op::Secret>::new();
        loop {
            let known = secrets.len();
            let after = secrets.last().map_or("", |secret| secret.name.as_str());
            let variables = [("after", after.into()), ("limit", JsValue::from(PAGE_ROWS))];
            let asked = ask_for_team(body(&SECRETS, Json::object(&variables).0));
            secrets.extend(taken(asked, |data| data.list("secret", secret)).await?);
            if secrets.len() - known < PAGE_ROWS {
                return Ok(secrets);
            }
        }
    })
}

fn secret(row: &Json) -> Option<op::Secret> {
    Some(op::Secret {
        id: row.id("id")?,
        name: row.text("name")?,
        description: row.text("description"),
        version: row.number("version")?,
        updated: DateTime(row.text("updated")?),
        updated_by: row.text("updated_by")?,
        last_read: row.text("last_read").map(DateTime),
        last_read_by: row.text("last_read_by"),
    })
}

/// Whether the store still waits for its first team, and how users log in.
pub fn entrance() -> Reply<op::Entrance> {
    taken(ask(None, body(&ENTRANCE, JsValue::NULL)), |data| {
        let single_sign_on = match data.field("single_sign_on") {
            Some(provider) => {
                Some(op::SingleSignOn { name: provider.text("name")?, path: provider.text("path")? })
            }
            None => None,
        };
        Some(op::Entrance { set_up_required: data.flag("set_up_required")?, single_sign_on })
    })
}

pub fn log_in(email: &str, password: &str) -> Reply<()> {
    change(&LOG_IN, "log_in", &[("email", email.into()), ("password", password.into())])
}

pub fn log_out() -> Reply<()> {
    change(&LOG_OUT, "log_out", &[])
}

pub fn switch_team(team: Uuid) -> Reply<()> {
    change(&SWITCH_TEAM, "switch_team", &[("team_id", team.to_string().into())])
}

/// A mutation in the name of the session's own team, if any.
fn change(document: &Document, field: &'static str, input: &[(&str, JsValue)]) -> Reply<()> {
    let variables =
        if input.is_empty() { JsValue::NULL } else { Json::object(&[("input", Json::object(input).0)]).0 };
    done(taken(ask(None, body(document, variables)), move |data| {
        let payload = data.field(field)?;
        Some(SuccessPayload { success: payload.flag("success"), error: payload.text("error") })
    }))
}

fn body(document: &Document, variables: JsValue) -> Option<JsValue> {
    let Document { name, text } = *document;
    let body = [("query", text.into()), ("variables", variables), ("operationName", name.into())];
    JSON::stringify(&Json::object(&body).0).ok().map(Into::into)
}

fn taken<Taken: 'static>(
    asked: Reply<Json>,
    take: impl FnOnce(&Json) -> Option<Taken> + 'static,
) -> Reply<Taken> {
    Box::pin(async move { take(&asked.await?).ok_or_else(malformed) })
}

#[cfg(test)]
mod tests {
    use cynic::{MutationBuilder, Operation, QueryBuilder};
    use strongroom_shared::input::{LogInInput, SwitchTeamInput};

    use super::*;

    fn check<Fragment, Variables>(document: &Document, operation: &Operation<Fragment, Variables>) {
        assert_eq!(operation.operation_name.as_deref(), Some(document.name));
        let words: Vec<_> = operation.query.split_whitespace().collect();
        assert_eq!(words.join(" "), document.text);
    }

    #[test]
    fn documents_are_those_that_cynic_writes() {
        check(&SESSION, &op::Session::build(()));
        check(&SECRETS, &op::Secrets::build(op::PageVariables::behind(None)));
        check(&ENTRANCE, &op::Entrance::build(()));
        check(&LOG_OUT, &op::LogOut::build(()));
        let input = LogInInput { email: String::new(), password: String::new() };
        check(&LOG_IN, &op::LogIn::build(op::LogInVariables { input }));
        let input = SwitchTeamInput { team_id: Uuid::nil() };
        check(&SWITCH_TEAM, &op::SwitchTeam::build(op::SwitchTeamVariables { input }));
    }

    /// Otherwise, the page would ignore the responses to the script's requests.
    #[test]
    fn script_sends_the_first_requests_as_the_page_does() {
        let script = include_str!("../../asset/start.js");
        for (Document { name, text }, variables) in [
            (&SESSION, "null".to_owned()),
            (&SECRETS, format!("{{ after: \"\", limit: {PAGE_ROWS} }}")),
            (&ENTRANCE, "null".to_owned()),
        ] {
            let body = format!(
                "query: \"{text}\",\n    variables: {variables},\n    operationName: \"{name}\",\n  }};"
            );
            assert!(script.contains(&body), "{body}");
        }
    }
}
