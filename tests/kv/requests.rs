//! The table of requests, in the order in which they are sent: the statuses and bodies are those of OpenBao 2.7.2, and ours
//! are the same, unless a row says what is different.

use serde_json::{Value, json};
use strongroom_tests::{Reply, Store};

use crate::difference::difference;
use crate::reference::{MERGE, Vault};

/// A request and its answer.
struct Row {
    /// `runner`, `user`, a token, or nobody; the method; and the path.
    request: &'static str,
    header: Option<(&'static str, &'static str)>,
    body: &'static str,
    answer: Expected,
    /// OpenBao's answer, if it is another.
    reference: Option<Expected>,
}

/// A status, and a body's fields or the beginning of the only error. `TIME` stands for a time.
type Expected = (u16, &'static str);

const fn row(request: &'static str, body: &'static str, status: u16, answer: &'static str) -> Row {
    Row { request, header: None, body, answer: (status, answer), reference: None }
}

impl Row {
    const fn openbao(mut self, status: u16, answer: &'static str) -> Self {
        self.reference = Some((status, answer));
        self
    }

    const fn with(mut self, header: &'static str, value: &'static str) -> Self {
        self.header = Some((header, value));
        self
    }
}

const NOTHING: &str = r#"{"errors": []}"#;
const UNAUTHENTICATED: &str = "permission denied";
const DENIED: &str = "1 error occurred:\n\t* permission denied\n\n";
const UNSUPPORTED: &str = "1 error occurred:\n\t* unsupported operation\n\n";
const UNEXPECTED: &str = "check-and-set parameter did not match the current version";
const BAD_CAS: &str = "error parsing check-and-set parameter";
const NO_JSON: &str = "failed to decode JSON input";
const NO_DATA: &str = "no data provided";
const NO_MAP: &str = r#"error converting input for field "data": "#;
const NO_VERSION: &str = r#"Field validation failed: error converting input for field "version": "#;
const NO_VERSIONS: &str = r#"Field validation failed: error converting input for field "versions": "#;
const NO_NAMESPACE: &str = "namespace not found";
const NO_MOUNT: &str = "preflight capability check returned 403, please ensure client's policies grant access to \
                        path \"elsewhere/x/\"";
const NO_PATCH: &str =
    "PATCH requires Content-Type of application/merge-patch+json, provided application/json";
const BAD_LOGIN: &str = "invalid role or secret ID";

const ONE: &str = r#"{"data": {"a": "1"}}"#;
const MAP: &str = r#"{"data": {"a": "1", "z": null, "o": {"b": [1, 2]}}}"#;
const PATCH: &str = r#"{"data": {"a": null, "b": "2"}}"#;
const OWNER: &str = r#"{"custom_metadata": {"owner": "x"}}"#;
const DESCRIPTION: &str = r#"{"custom_metadata": {"description": "the database"}}"#;
const PATHS: &str = r#"{"paths": ["secret/data/x", "elsewhere/x"], "token": "x"}"#;

const WRITTEN_1: &str = r#"{"data": {"version": 1}}"#;
const WRITTEN_2: &str = r#"{"data": {"version": 2}}"#;
const WRITTEN_3: &str = r#"{"data": {"version": 3}}"#;
const CREATED: &str = r#"{"lease_id": "", "auth": null, "data": {"created_time": "TIME", "custom_metadata": null,
    "deletion_time": "", "destroyed": false, "version": 1}}"#;
const VERSION_1: &str = r#"{"lease_id": "", "renewable": false, "lease_duration": 0, "wrap_info": null, "warnings": null,
    "auth": null, "data": {"data": {"a": "1", "z": null, "o": {"b": [1, 2]}}, "metadata": {"created_time": "TIME",
    "custom_metadata": null, "deletion_time": "", "destroyed": false, "version": 1}}}"#;
const VERSION_3: &str = r#"{"data": {"data": {"a": "3"}, "metadata": {"version": 3}}}"#;
const HAS_ONE: &str = r#"{"data": {"data": {"a": "1"}}}"#;
const PATCHED: &str = r#"{"data": {"data": {"b": "2", "z": null, "o": {"b": [1, 2]}}}}"#;
const PAIRS: &str = r#"{"data": {"x": "1", "n": 1.10, "ttl": "1h", "data": {"y": 2}}, "renewable": false}"#;
const SUBKEYS: &str = r#"{"data": {"subkeys": {"a": null, "z": null, "o": {"b": null}},
    "metadata": {"version": 1, "created_time": "TIME"}}}"#;
const FEW_SUBKEYS: &str = r#"{"data": {"subkeys": {"a": null, "z": null, "o": null}}}"#;
const METADATA: &str = r#"{"data": {"cas_required": false, "created_time": "TIME", "current_version": 1,
    "custom_metadata": null, "delete_version_after": "0s", "max_versions": 11, "oldest_version": 0,
    "updated_time": "TIME", "versions": {"1": {"created_time": "TIME", "deletion_time": "", "destroyed": false}}}}"#;
const DESCRIBED: &str = r#"{"data": {"metadata": {"custom_metadata": {"description": "the database"}}}}"#;
const DELETED: &str = r#"{"data": {"data": null, "metadata": {"created_time": "TIME", "deletion_time": "TIME",
    "destroyed": false, "version": 2}}, "lease_id": "", "auth": null}"#;
const DELETED_1: &str = r#"{"data": {"data": null, "metadata": {"version": 1}}}"#;
const DELETED_2: &str = r#"{"data": {"deletion_time": "TIME", "version": 2}}"#;
const DELETED_SUBKEYS: &str = r#"{"data": {"subkeys": null, "metadata": {"deletion_time": "TIME"}}}"#;
const DELETED_METADATA: &str = r#"{"data": {"current_version": 2, "versions":
    {"2": {"created_time": "TIME", "deletion_time": "TIME", "destroyed": false}}}}"#;
const CONFIG: &str = r#"{"data": {"cas_required": false, "delete_version_after": "0s"}}"#;
const NO_ANSWER: &str = r#"{"data": null, "auth": null}"#;
const APP: &str = r#"{"data": {"keys": ["app/"]}}"#;
const DB: &str = r#"{"data": {"keys": ["db"]}}"#;
const MOUNT_1: &str = r#"{"data": {"path": "kv/", "options": {"version": "1"}}}"#;
const MOUNT_2: &str = r#"{"data": {"path": "secret/", "type": "kv", "options": {"version": "2"}, "local": false,
    "seal_wrap": false, "external_entropy_access": false, "config": {"default_lease_ttl": 0, "max_lease_ttl": 0}}}"#;
const MOUNTS: &str = r#"{"data": {"secret": {"kv/": {"type": "kv"}, "secret/": {"type": "kv"}}}}"#;
const ENGINES: &str =
    r#"{"kv/": {"type": "kv"}, "data": {"secret/": {"options": {"version": "2"}}}, "lease_id": ""}"#;
const WRITER_MAY: &str = r#"{"capabilities": ["create", "delete", "patch", "update"],
    "data": {"capabilities": ["create", "delete", "patch", "update"]}}"#;
const READER_MAY: &str = r#"{"secret/data/x": ["read"], "elsewhere/x": ["deny"], "capabilities": ["read"]}"#;
const SEAL: &str = r#"{"type": "shamir", "initialized": true, "sealed": false, "t": 1, "n": 1}"#;
const TOKEN: &str = r#"{"data": {"entity_id": "", "explicit_max_ttl": 0, "issue_time": "TIME", "num_uses": 0,
    "path": "auth/token/create", "renewable": false, "type": "service"}}"#;
const CHILD: &str = r#"{"auth": {"num_uses": 0, "orphan": false, "token_type": "service"}}"#;

const READS: &[Row] = &[
    row("user POST secret/data/app/db", MAP, 200, CREATED),
    row("runner GET secret/data/app/db", "", 200, VERSION_1),
    row("bearer runner GET secret/data/app/db", "", 200, VERSION_1),
    row("runner GET secret/data/app%2Fdb", "", 200, VERSION_1),
    row("runner GET secret/data/app/db?version=1", "", 200, VERSION_1),
    row("runner GET secret/data/app/db?version=0", "", 200, VERSION_1),
    row("runner GET secret/data/app/db?version=-1", "", 200, VERSION_1),
    row("runner GET secret/data/app/db?version=", "", 200, VERSION_1),
    row("runner GET secret/data/app/db?version=99", "", 404, NOTHING),
    row("runner GET secret/data/app/db?version=x", "", 400, NO_VERSION),
    row("runner GET secret/data/app/db?version=1.5", "", 400, "Field validation failed: "),
    row("runner GET secret/data/app/none", "", 404, NOTHING),
    row("user GET secret/data/app/db", "", 403, DENIED),
    row("user GET secret/data/app/none", "", 403, DENIED),
    row("GET secret/data/app/db", "", 403, UNAUTHENTICATED),
    row("nonsense GET secret/data/app/db", "", 403, UNAUTHENTICATED),
    row("bearer nonsense GET secret/data/app/db", "", 403, UNAUTHENTICATED),
    row("runner GET secret/data/", "", 404, NOTHING),
    row("runner GET secret/data/app/db", "", 200, VERSION_1).with("x-vault-namespace", "/"),
    row("runner GET secret/data/app/db", "", 200, VERSION_1).with("x-vault-namespace", "root"),
    row("runner GET secret/data/app/db", "", 200, VERSION_1).with("x-vault-namespace", ""),
    row("runner GET secret/data/app/db", "", 403, DENIED)
        .with("x-vault-namespace", "other")
        .openbao(404, NO_NAMESPACE),
    row("runner GET secret/data/app/db", "", 200, VERSION_1)
        .with("x-vault-namespace", "acme/")
        .openbao(404, NO_NAMESPACE),
    row("runner GET secret/data/app/db", "", 400, "response wrapping is not supported")
        .with("x-vault-wrap-ttl", "60")
        .openbao(200, r#"{"data": null, "wrap_info": {"ttl": 60}}"#),
    row("runner GET secret/subkeys/app/db", "", 200, SUBKEYS),
    row("runner GET secret/subkeys/app/db?depth=1", "", 200, FEW_SUBKEYS),
    row("user GET secret/subkeys/app/db", "", 403, DENIED),
    row("runner GET secret/metadata/app/db", "", 200, METADATA)
        .openbao(200, r#"{"data": {"current_version": 1, "max_versions": 0}}"#),
    row("runner GET secret/metadata/app/none", "", 404, NOTHING),
    row("runner GET secret/metadata/app/", "", 404, NOTHING),
    row("runner GET secret/config", "", 200, CONFIG),
    row("runner GET secret", "", 404, r#"{"data": null, "auth": null, "lease_id": ""}"#),
    row("runner GET secret/foo", "", 404, NO_ANSWER),
    row("runner LIST secret/foo", "", 404, NO_ANSWER),
    row("runner LIST secret/foo/", "", 404, NO_ANSWER),
    row("runner LIST secret/", "", 404, NO_ANSWER),
    row("runner GET secret/data", "", 404, NO_ANSWER),
    row("runner GET nomount/x", "", 404, r#"no handler for route "nomount/x". route entry not found."#),
    row("runner GET sys/nonesuch", "", 404, "1 error occurred:\n\t* unsupported path\n\n"),
    row("GET nomount/x", "", 403, UNAUTHENTICATED),
    row("GET sys/nonesuch", "", 403, UNAUTHENTICATED),
    row("runner FOO secret/data/app/db", "", 405, NOTHING),
];

const LISTS: &[Row] = &[
    row("runner LIST secret/metadata", "", 200, APP),
    row("runner LIST secret/metadata/", "", 200, APP),
    row("runner GET secret/metadata?list=true", "", 200, APP),
    row("runner GET secret/metadata/?list=1", "", 200, APP),
    row("runner GET secret/metadata/?list=True", "", 200, APP),
    row("runner GET secret/metadata/?list=maybe", "", 400, NOTHING),
    row("runner GET secret/metadata/app/db?list=false", "", 200, r#"{"data": {"current_version": 1}}"#),
    row("runner LIST secret/metadata/app", "", 200, DB),
    row("runner LIST secret/metadata/app/db", "", 404, NOTHING),
    row("runner LIST secret/metadata/none", "", 404, NOTHING),
    row("user POST secret/data/app", ONE, 200, WRITTEN_1),
    row("user POST secret/data/B", ONE, 200, WRITTEN_1),
    row("user POST secret/data/apple", ONE, 200, WRITTEN_1),
    row("runner LIST secret/metadata", "", 200, r#"{"data": {"keys": ["B", "app", "app/", "apple"]}}"#),
    row("runner GET secret/metadata/?list=true&after=app&limit=1", "", 200, APP),
    row("runner LIST secret/data/app", "", 405, UNSUPPORTED),
    row("user LIST secret/data/app", "", 405, UNSUPPORTED),
    row("runner GET secret/data/app/db?list=true", "", 405, UNSUPPORTED),
    row("user POST secret/data/sp%20ace/%C3%BC%25x+y", ONE, 200, WRITTEN_1),
    row("runner GET secret/data/sp%20ace/%C3%BC%25x+y", "", 200, HAS_ONE),
    row("runner LIST secret/metadata/sp%20ace", "", 200, r#"{"data": {"keys": ["ü%x+y"]}}"#),
];

const WRITES: &[Row] = &[
    row("runner POST secret/data/app/new", ONE, 403, DENIED),
    row("POST secret/data/app/new", ONE, 403, UNAUTHENTICATED),
    row("user POST secret/data/app/db", r#"{"options": {"cas": 0}, "data": {"a": "1"}}"#, 400, UNEXPECTED),
    row("user PUT secret/data/app/new", r#"{"options": {"cas": 1}, "data": {"a": "1"}}"#, 400, UNEXPECTED),
    row("user PUT secret/data/app/new", r#"{"options": {"cas": -1}, "data": {"a": "1"}}"#, 400, UNEXPECTED),
    row("user PUT secret/data/app/new", r#"{"options": {"cas": "x"}, "data": {"a": "1"}}"#, 400, BAD_CAS),
    row("user PUT secret/data/app/new", r#"{"options": {"cas": 0}, "data": {"a": "1"}}"#, 200, WRITTEN_1),
    row("user PUT secret/data/app/new", r#"{"options": {"cas": null}, "data": {}}"#, 400, UNEXPECTED),
    row("user PUT secret/data/app/new", r#"{"options": {"cas": "1"}, "data": {"a": "2"}}"#, 200, WRITTEN_2),
    row("user PUT secret/data/app/new", r#"{"options": null, "data": {}}"#, 200, WRITTEN_3),
    row("runner GET secret/data/app/new", "", 200, r#"{"data": {"data": {}, "metadata": {"version": 3}}}"#),
    row("user POST secret/data/app/new", r#"{"data": null}"#, 200, r#"{"data": {"version": 4}}"#),
    row("user POST secret/data/app/new", r#"{"data": "text"}"#, 400, NO_MAP),
    row("user POST secret/data/app/new", r#"{"x": 1}"#, 400, NO_DATA),
    row("user POST secret/data/app/new", "", 400, NO_DATA),
    row("user POST secret/data/app/new", "{bad", 400, NO_JSON),
    row("user POST secret/data/app/new", "[1]", 400, NO_JSON),
    row("user POST secret/data/tr/", ONE, 400, "cannot write to a path ending in '/'"),
    row("user PATCH secret/data/app/db", PATCH, 200, WRITTEN_2),
    row("user PATCH secret/data/app/db", PATCH, 415, NO_PATCH).with("content-type", "application/json"),
    row("user PATCH secret/data/app/none", r#"{"data": {"b": "2"}}"#, 404, NOTHING).openbao(404, ""),
    row("user PATCH secret/data/app/db", r#"{"data": {}, "options": {"cas": 99}}"#, 400, UNEXPECTED),
    row("user PATCH secret/data/app/db", r#"{"options": {}}"#, 400, NO_DATA),
    row("runner GET secret/data/app/db", "", 200, PATCHED),
    row("runner GET secret/data/app/db?version=1", "", 200, VERSION_1),
    row("user POST secret/metadata/app/db", r#"{"max_versions": 0, "delete_version_after": "0s"}"#, 204, ""),
    row("user POST secret/metadata/app/db", DESCRIPTION, 204, ""),
    row("runner GET secret/data/app/db", "", 200, DESCRIBED),
    row("user POST secret/metadata/app/db", OWNER, 400, "custom_metadata: ").openbao(204, ""),
    row("user POST secret/metadata/app/db", r#"{"max_versions": 11}"#, 204, ""),
    row("user POST secret/metadata/app/db", r#"{"max_versions": 5}"#, 400, "max_versions: ").openbao(204, ""),
    row("user POST secret/metadata/app/db", r#"{"custom_metadata": {}, "max_versions": 0}"#, 204, ""),
    row("runner GET secret/metadata/app/db", "", 200, r#"{"data": {"custom_metadata": null}}"#)
        .openbao(200, r#"{"data": {"current_version": 2}}"#),
    row("user POST secret/metadata/app/none", r#"{"max_versions": 0}"#, 404, NOTHING).openbao(204, ""),
];

const DELETIONS: &[Row] = &[
    row("runner DELETE secret/data/app/db", "", 403, DENIED),
    row("user DELETE secret/data/app/db", "", 204, ""),
    row("user DELETE secret/data/app/db", "", 204, ""),
    row("user DELETE secret/data/app/nonesuch", "", 204, ""),
    row("runner GET secret/data/app/db", "", 404, DELETED),
    row("runner GET secret/data/app/db?version=9", "", 404, NOTHING),
    row("runner GET secret/data/app/db?version=1", "", 404, DELETED_1).openbao(200, HAS_ONE),
    row("runner GET secret/subkeys/app/db", "", 404, DELETED_SUBKEYS),
    row("runner GET secret/metadata/app/db", "", 200, DELETED_METADATA),
    row("runner LIST secret/metadata/app", "", 200, r#"{"data": {"keys": ["db", "new"]}}"#)
        // Metadata was written for a secret that OpenBao then has.
        .openbao(200, r#"{"data": {"keys": ["db", "new", "none"]}}"#),
    row("user PATCH secret/data/app/db", r#"{"data": {"b": "1"}}"#, 404, DELETED_2),
    row("user PUT secret/data/app/db", r#"{"data": {}, "options": {"cas": 0}}"#, 400, UNEXPECTED),
    row("user PUT secret/data/app/db", r#"{"data": {"a": "3"}, "options": {"cas": 2}}"#, 200, WRITTEN_3),
    row("runner GET secret/data/app/db", "", 200, r#"{"data": {"data": {"a": "3"}}}"#),
    row("user POST secret/delete/app/db", r#"{"versions": [3]}"#, 204, ""),
    row("user POST secret/delete/app/db", r#"{"versions": []}"#, 400, "No version number provided"),
    row("user PUT secret/undelete/app/db", r#"{"versions": [9]}"#, 204, ""),
    row("runner GET secret/data/app/db", "", 404, r#"{"data": {"data": null}}"#),
    row("user POST secret/undelete/app/db", r#"{"versions": ["x"]}"#, 400, NO_VERSIONS),
    row("user PUT secret/undelete/app/db", r#"{"versions": ["3"]}"#, 204, ""),
    row("runner GET secret/data/app/db", "", 200, VERSION_3),
    row("user POST secret/delete/app/db", r#"{"versions": "2,3"}"#, 204, ""),
    row("user POST secret/undelete/app/db", r#"{"versions": 3}"#, 204, ""),
    row("runner GET secret/data/app/db", "", 200, r#"{"data": {"data": {"a": "3"}}}"#),
    row("user POST secret/destroy/app/new", r#"{"versions": [4]}"#, 405, UNSUPPORTED).openbao(204, ""),
    row("user DELETE secret/metadata/app/db", "", 204, ""),
    row("user DELETE secret/metadata/app/db", "", 204, ""),
    row("runner GET secret/data/app/db", "", 404, NOTHING),
    row("runner GET secret/metadata/app/db", "", 404, NOTHING),
];

const VERSION_ONE: &[Row] = &[
    row("user PUT kv/one/db", r#"{"x": "1", "n": 1.10, "ttl": "1h", "data": {"y": 2}}"#, 204, ""),
    row("runner GET kv/one/db", "", 200, PAIRS),
    row("user GET kv/one/db", "", 403, DENIED),
    row("runner PUT kv/one/db", r#"{"x": "1"}"#, 403, DENIED),
    row("runner GET kv/one/none", "", 404, NOTHING),
    row("runner GET kv", "", 404, NOTHING),
    row("runner GET kv/", "", 404, NOTHING),
    row("user PUT kv/one/db", "{}", 400, "missing data fields"),
    row("user POST kv/one/db", "", 400, "missing data fields"),
    row("user PATCH kv/one/db", r#"{"x": "1"}"#, 405, UNSUPPORTED),
    row("runner LIST kv/one", "", 200, DB),
    row("runner GET kv/one?list=true", "", 200, DB),
    row("runner LIST kv/one/db", "", 404, NOTHING),
    row("user DELETE kv/one/db", "", 204, ""),
    row("user DELETE kv/one/db", "", 204, ""),
    row("runner GET kv/one/db", "", 404, NOTHING),
    row("runner LIST kv/one", "", 404, NOTHING),
];

const SYSTEM: &[Row] = &[
    row("runner GET sys/internal/ui/mounts/secret/app/db", "", 200, MOUNT_2),
    row("runner GET sys/internal/ui/mounts/secret", "", 200, MOUNT_2),
    row("user GET sys/internal/ui/mounts/secret/data/app/db", "", 200, MOUNT_2),
    row("runner GET sys/internal/ui/mounts/kv/x", "", 200, MOUNT_1),
    row("runner GET sys/internal/ui/mounts/elsewhere/x", "", 403, NO_MOUNT),
    row("GET sys/internal/ui/mounts/secret/app", "", 403, UNAUTHENTICATED),
    row("runner GET sys/internal/ui/mounts", "", 200, MOUNTS),
    row("runner GET sys/mounts", "", 200, ENGINES),
    row("user POST sys/capabilities-self", r#"{"paths": ["secret/data/app/db"]}"#, 200, WRITER_MAY)
        .openbao(200, r#"{"capabilities": ["create", "delete", "list", "patch", "update"]}"#),
    row("runner PUT sys/capabilities-self", PATHS, 200, READER_MAY)
        .openbao(200, r#"{"secret/data/x": ["list", "read"], "elsewhere/x": ["deny"]}"#),
    row("GET sys/health", "", 200, r#"{"initialized": true, "sealed": false, "standby": false}"#),
    row("HEAD sys/health", "", 200, ""),
    row("GET sys/health?standbyok=true&activecode=299&uninitcode=299", "", 299, r#"{"sealed": false}"#),
    row("GET sys/seal-status", "", 200, SEAL),
    row("GET sys/leader", "", 200, r#"{"ha_enabled": false}"#),
    row("GET sys/init", "", 200, r#"{"initialized": true}"#),
    row("runner GET auth/token/lookup-self", "", 200, TOKEN),
    row("GET auth/token/lookup-self", "", 403, UNAUTHENTICATED),
    row("runner POST auth/token/renew-self", "", 400, "lease is not renewable"),
    row("runner POST auth/token/create", r#"{"ttl": "20m"}"#, 200, CHILD).openbao(403, DENIED),
    row("runner POST auth/token/create-orphan", r#"{"ttl": "20m"}"#, 403, DENIED),
    row("POST auth/approle/login", r#"{"role_id": "x", "secret_id": "y"}"#, 400, BAD_LOGIN),
    row("nonsense PUT auth/approle/login", r#"{"role_id": "x"}"#, 400, BAD_LOGIN),
    row("runner POST auth/token/revoke-self", "", 204, ""),
    row("runner GET secret/data/B", "", 200, HAS_ONE).openbao(403, UNAUTHENTICATED),
];

async fn check(vault: &Vault, row: &Row) -> Option<String> {
    let answer = if vault.is_reference { row.reference.unwrap_or(row.answer) } else { row.answer };
    let (status, expected) = answer;
    let mut words = row.request.rsplitn(3, ' ');
    let [path, method, who] = [(); 3].map(|()| words.next().unwrap_or_default());
    let mut request = vault.request(who, method, path);
    if let Some((name, value)) = row.header.or((method == "PATCH").then_some(MERGE)) {
        request = request.header(name, value);
    }
    let reply = Reply::to(request.body(row.body)).await;
    let text = reply.text();
    let mut wrong = Vec::new();
    if reply.status.as_u16() != status {
        wrong.push(format!("the status should be {status}"));
    }
    if reply.header("content-type") != "application/json" {
        wrong.push(format!("the media type is {:?}", reply.header("content-type")));
    }
    match serde_json::from_str::<Value>(text) {
        Ok(found) if !expected.is_empty() => {
            let error = || json!({"errors": [expected]});
            let fields = expected.starts_with('{').then(|| serde_json::from_str(expected).expect("JSON"));
            wrong.extend(difference(&fields.unwrap_or_else(error), &found));
            let is_envelope = found.get("data").is_some();
            let keys =
                ["request_id", "lease_id", "renewable", "lease_duration", "wrap_info", "warnings", "auth"];
            wrong.extend(
                keys.iter().filter(|key| is_envelope && found.get(*key).is_none()).map(ToString::to_string),
            );
        }
        Err(_) if expected.is_empty() && text.is_empty() => {}
        _ => wrong.push("the body should be another".to_owned()),
    }
    let name = if vault.is_reference { "OpenBao" } else { "Strongroom" };
    let Row { request, body, .. } = row;
    (!wrong.is_empty())
        .then(|| format!("{name}, {request} {body}\n  {}: {text}\n  {}", reply.status, wrong.join("; ")))
}

async fn check_table(vault: &Vault) {
    let mut wrong = Vec::new();
    for row in [READS, LISTS, WRITES, DELETIONS, VERSION_ONE, SYSTEM].into_iter().flatten() {
        wrong.extend(check(vault, row).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn openbao_answers_as_the_table_says() {
    let (_bao, vault) = Vault::openbao().await;
    check_table(&vault).await;
}

#[tokio::test]
async fn strongroom_answers_as_the_table_says() {
    let (_scene, vault) = Vault::strongroom().await;
    check_table(&vault).await;
}

#[tokio::test]
async fn with_values_in_vault_strongroom_answers_the_same() {
    let (bao, reference) = Vault::openbao().await;
    let store = Store::new();
    let token = store.password_file(bao.root_token());
    store.set_variables(&[
        ("STRONGROOM_VALUES", "vault"),
        ("STRONGROOM_VAULT_ADDRESS", &reference.url),
        ("STRONGROOM_VAULT_TOKEN_FILE", &token),
    ]);
    let (_scene, vault) = Vault::strongroom_on(&store).await;
    check_table(&vault).await;
    let (status, keys) = bao.ask("LIST", "secret/metadata/strongroom", None).await;
    assert_eq!(status, 200, "the values are there: {keys}");
    bao.seal().await;
    let (status, body) = vault.ask("runner", "GET", "secret/data/B", "").await;
    assert_eq!(status, 503, "{body}");
    assert!(body["errors"][0].as_str().is_some_and(|error| error.contains("try again")), "{body}");
}
