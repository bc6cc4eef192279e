//! The operations that the main module needs. Their documents are texts, and the browser reads and writes their JSON:
//! cynic and serde, which all other operations use, would be a fifth of the code before the first page.
//!
//! A test compares the documents with cynic's, which are checked against the schema.

use js_sys::{Array, JSON};
use strongroom_shared::operation as op;
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{DateTime, LongInt, RoleName, SecretFilter, Uuid};
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
const SECRET_PAGE: Document = Document {
    name: "SecretPage",
    text: "query SecretPage($input: secret_page_input!) { secret_page(input: $input) { all found total offset \
           rows { drawn secret { id name description version updated updated_by last_read last_read_by \
           expires_at } } groups { prefix count folded start rows } } }",
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

/// A part of the list of secrets, as `secret_page_input` has it.
pub struct SecretPart<'a> {
    pub search: &'a str,
    pub filters: &'a [SecretFilter],
    pub sort: String,
    pub descending: bool,
    pub limit: usize,
    pub offset: usize,
    /// Whether groups are folded, and the exceptions; `None` for no groups.
    pub grouping: Option<(bool, &'a [String])>,
}

/// A part of the team's secrets, without values.
pub fn secret_page(part: &SecretPart<'_>) -> Reply<op::SecretList> {
    let texts = |texts: &mut dyn Iterator<Item = JsValue>| JsValue::from(texts.collect::<Array>());
    let number = |number: usize| JsValue::from(i32::try_from(number).unwrap_or(i32::MAX));
    let mut input = vec![
        ("search", part.search.into()),
        ("filters", texts(&mut part.filters.iter().map(|filter| filter.as_str().into()))),
        ("sort", part.sort.as_str().into()),
        ("descending", part.descending.into()),
        ("limit", number(part.limit)),
        ("offset", number(part.offset)),
    ];
    if let Some((folded, except)) = part.grouping {
        let except = texts(&mut except.iter().map(|prefix| prefix.as_str().into()));
        input.push(("grouping", Json::object(&[("folded", folded.into()), ("except", except)]).0));
    }
    let variables = Json::object(&[("input", Json::object(&input).0)]);
    taken(ask_for_team(body(&SECRET_PAGE, variables.0)), |data| {
        let page = data.field("secret_page")?;
        Some(op::SecretList {
            all: page.number("all")?,
            found: page.number("found")?,
            total: page.number("total")?,
            offset: page.number("offset")?,
            rows: page.list("rows", |row| {
                Some(op::SecretRow { drawn: row.text("drawn"), secret: secret(&row.field("secret")?)? })
            })?,
            groups: page.list("groups", |group| {
                Some(op::SecretGroup {
                    prefix: group.text("prefix")?,
                    count: group.number("count")?,
                    folded: group.flag("folded")?,
                    start: group.number("start")?,
                    rows: group.number("rows")?,
                })
            })?,
        })
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
        expires_at: row.text("expires_at").map(DateTime),
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
    use cynic::{MutationBuilder, QueryBuilder};
    use serde::Serialize;
    use strongroom_shared::input::{LogInInput, SecretPageInput, SwitchTeamInput};
    use strongroom_shared::operation::MutationInput as _;

    use super::*;

    fn check(document: &Document, operation: impl Serialize) {
        let operation = serde_json::to_value(operation).expect("JSON");
        assert_eq!(operation["operationName"], document.name);
        let words: Vec<_> = operation["query"].as_str().expect("a text").split_whitespace().collect();
        assert_eq!(words.join(" "), document.text);
    }

    #[test]
    fn documents_are_those_that_cynic_writes() {
        check(&SESSION, op::Session::build(()));
        let input = SecretPageInput::default();
        check(&SECRET_PAGE, op::SecretPage::build(op::SecretPageVariables { input }));
        check(&ENTRANCE, op::Entrance::build(()));
        check(&LOG_OUT, op::LogOut::build(()));
        check(&LOG_IN, LogInInput { email: String::new(), password: String::new() }.operation());
        check(&SWITCH_TEAM, SwitchTeamInput { team_id: Uuid::nil() }.operation());
    }

    /// Otherwise, the page would ignore the responses to the script's requests.
    #[test]
    fn script_sends_the_first_requests_as_the_page_does() {
        let script = include_str!("../../asset/start.js");
        for (Document { name, text }, variables) in [
            (&SESSION, "null".to_owned()),
            (&SECRET_PAGE, "{ input: listed() }".to_owned()),
            (&ENTRANCE, "null".to_owned()),
        ] {
            let body = format!(
                "query: \"{text}\",\n    variables: {variables},\n    operationName: \"{name}\",\n  }}"
            );
            assert!(script.contains(&body), "{body}");
        }
        for filter in SecretFilter::ALL {
            assert!(script.contains(&format!("\"{filter}\"")), "{filter}");
        }
    }
}
