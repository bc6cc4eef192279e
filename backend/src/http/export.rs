//! Audit log downloads: JSON Lines, or CSV as in RFC 4180 with the byte order mark that makes Excel read UTF-8. Both have
//! every field, including hashes, and are streamed, because a log may be larger than the memory.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use strongroom_shared::visible;

use super::{App, Sender, failure};
use crate::domain::filter::Filter;
use crate::domain::{AuditEntry, Rule};
use crate::graphql;
use crate::service;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The team, if not that of the session or key.
    team: Option<String>,
    /// The filter: the JSON of `audit_log(where:)`.
    #[serde(rename = "where")]
    filter: Option<String>,
}

#[derive(Clone, Copy)]
struct Format {
    name: &'static str,
    media_type: &'static str,
    /// Writes entries, after a header if they are the first.
    write: fn(Vec<AuditEntry>, bool) -> Vec<u8>,
}

const JSON_LINES: Format =
    Format { name: "jsonl", media_type: "application/jsonl; charset=utf-8", write: json_text };
const CSV: Format = Format { name: "csv", media_type: "text/csv; charset=utf-8", write: csv_text };

/// `GET /audit-log.jsonl`
pub async fn json_lines(State(app): State<Arc<App>>, parts: Parts) -> Response {
    export(&app, &parts, JSON_LINES).await
}

/// `GET /audit-log.csv`
pub async fn csv(State(app): State<Arc<App>>, parts: Parts) -> Response {
    export(&app, &parts, CSV).await
}

async fn export(app: &App, parts: &Parts, format: Format) -> Response {
    begin(app, parts, format).await.unwrap_or_else(|error| failure(&error))
}

async fn begin(app: &App, parts: &Parts, format: Format) -> service::Result<Response> {
    let Query(parameters): Query<Parameters> = Query::try_from_uri(&parts.uri)
        .map_err(|_| Rule::new("An export accepts only `team` and `where`, each at most once."))?;
    let Sender { device, credential, .. } = app.sender(parts);
    let team = parameters.team.as_deref();
    let actor = app.service.authenticate(&credential, team, &device.address).await?;
    let filter = match parameters.filter.as_deref() {
        None | Some("") => Filter::All(Vec::new()),
        Some(text) => graphql::parse_audit_filter(text)?,
    };
    let export = app.service.export_audit_log(&actor, filter, format.name).await;
    if let Err(service::Error::Denied(denied)) = &export {
        app.service.record_denied(&actor, denied.to_string()).await;
    }
    let export = export?;
    let service = Arc::clone(&app.service);
    let rows = futures_util::stream::try_unfold((export, true), move |(mut export, is_first)| {
        let service = Arc::clone(&service);
        async move {
            let entries = service.continue_export(&mut export).await?;
            if entries.is_empty() && !is_first {
                return Ok(None);
            }
            let text = (format.write)(entries, is_first);
            Ok::<_, service::Error>(Some((Bytes::from(text), (export, false))))
        }
    });
    let name = format!("audit-log-{}.{}", actor.team.slug.as_str(), format.name);
    let headers = [
        (header::CONTENT_TYPE, format.media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The columns of CSV, named like the fields of JSON Lines.
const COLUMNS: &str = "team_id sequence time action actor_kind actor_id actor_name address object_id object_name \
                       detail previous_hash hash";

fn cells(entry: &AuditEntry) -> impl Iterator<Item = String> {
    let line = serde_json::to_value(entry).expect("memory takes everything");
    let Value::Object(fields) = line else { unreachable!("a struct is an object") };
    fields.into_iter().map(|(_, cell)| match cell {
        Value::Null => String::new(),
        Value::String(text) => text,
        number => number.to_string(),
    })
}

fn json_text(entries: Vec<AuditEntry>, _is_first: bool) -> Vec<u8> {
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, &entry).expect("a Vec takes everything");
        text.push(b'\n');
    }
    text
}

fn csv_text(entries: Vec<AuditEntry>, is_first: bool) -> Vec<u8> {
    let start = if is_first { BYTE_ORDER_MARK } else { "" };
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(start.as_bytes().to_vec());
    if is_first {
        writer.write_record(COLUMNS.split(' ')).expect("a Vec takes everything");
    }
    for entry in entries {
        writer.write_record(cells(&entry).map(harmless)).expect("a Vec takes everything");
    }
    writer.into_inner().expect("a Vec takes everything")
}

/// Escapes a cell that a spreadsheet would run as a formula, since users choose the names in it. Some spreadsheets
/// ignore invisible characters before the sign, and some accept full-width signs.
fn harmless(cell: String) -> String {
    let first =
        cell.chars().find(|character| !character.is_whitespace() && !visible::is_invisible(*character));
    let is_formula = matches!(first, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    if is_formula || cell.starts_with(['\t', '\r', '\n']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    #[test]
    fn formulas_are_escaped() {
        for cell in ["=1+1", "+1", "-1", "@SUM", "\t=", "\n", " =1", "\u{200b}=1", "＝1+1"] {
            assert_eq!(super::harmless(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(super::harmless("DB_URL".to_owned()), "DB_URL");
    }
}
