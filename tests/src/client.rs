//! A client of the server over HTTP.

use std::sync::Arc;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde_json::{Value, json};

pub use crate::answer::{Answer, GraphqlError, Reply};
use crate::http;
use crate::store::Store;

/// The variables that no log may show.
const SENSITIVE: [&str; 7] = [
    "/input/value", "/input/password", "/input/current_password", "/input/new_password", "/input/token",
    "/value", "/token",
];

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    pub(crate) url: String,
    headers: HeaderMap,
    store: Arc<Store>,
}

impl Client {
    pub(crate) fn new(store: &Arc<Store>, url: &str) -> Self {
        let (http, headers) = (http::client(), HeaderMap::new());
        Self { http, url: url.to_owned(), headers, store: Arc::clone(store) }
    }

    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        self.store.must_stay_secret(key);
        self.with_header(header::AUTHORIZATION, &format!("Bearer {key}"))
    }

    pub(crate) fn must_stay_secret(&self, text: &str) {
        self.store.must_stay_secret(text);
    }

    #[must_use]
    pub fn with_header(&self, name: impl TryInto<HeaderName>, value: &str) -> Self {
        let Ok(name) = name.try_into() else { panic!("not a header's name") };
        let mut changed = self.clone();
        changed.headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
        changed
    }

    #[must_use]
    pub fn as_tenant(&self, id: &str) -> Self {
        self.with_header("x-prefect-tenant-id", id)
    }

    pub fn key(&self) -> &str {
        let value = self.headers.get(header::AUTHORIZATION).expect("this asker has a key");
        value.to_str().expect("keys are ASCII").trim_start_matches("Bearer ")
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).headers(self.headers.clone())
    }

    pub async fn get(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::GET, path)).await
    }

    /// `GET path` as a browser asks for a page.
    pub async fn get_page(&self, path: &str) -> Reply {
        Reply::to(self.request(Method::GET, path).header(header::ACCEPT, "text/html,*/*;q=0.8")).await
    }

    pub async fn post(&self, path: &str, body: impl Into<String>) -> Answer {
        let body = body.into();
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/json");
        Answer::to(request.body(body.clone()), &body).await
    }

    pub async fn graphql(&self, document: &str, variables: Value) -> Answer {
        for sensitive in SENSITIVE {
            if let Some(value) = variables.pointer(sensitive) {
                self.store.must_stay_secret_in(value);
            }
        }
        for imported in variables.pointer("/input/secrets").and_then(Value::as_array).into_iter().flatten() {
            self.store.must_stay_secret_in(&imported["value"]);
        }
        self.post("/graphql", json!({"query": document, "variables": variables}).to_string()).await
    }

    pub async fn query(&self, document: &str) -> Answer {
        self.post("/graphql", json!({"query": document}).to_string()).await
    }

    pub async fn mutate(&self, field: &str, input: Value) -> Answer {
        self.mutate_for(field, input, "success error").await
    }

    pub async fn mutate_for(&self, field: &str, input: Value, selection: &str) -> Answer {
        let document =
            format!("mutation($input: {field}_input!) {{ {field}(input: $input) {{ {selection} }} }}");
        self.graphql(&document, json!({"input": input})).await
    }

    pub async fn done(&self, field: &str, input: Value) {
        self.mutate(field, input).await.assert_success(field);
    }

    pub async fn done_without_input(&self, field: &str) {
        let answer = self.query(&format!("mutation {{ {field} {{ success error }} }}")).await;
        answer.assert_success(field);
    }

    /// The reason of a mutation that must answer `success: false`.
    pub async fn refused(&self, field: &str, input: Value) -> String {
        self.mutate(field, input).await.refusal(field)
    }

    pub async fn forbidden(&self, field: &str, input: Value) -> String {
        let answer = self.mutate_for(field, input, "__typename").await;
        answer.assert_error("FORBIDDEN")
    }

    pub async fn lacks(&self, permission: &str, field: &str, input: Value) {
        let role = self.auth_info("role").await;
        let role = role.as_str().expect("a role has a name");
        let expected = format!("Unauthorized: the role {role} lacks the permission {permission}.");
        assert_eq!(self.forbidden(field, input).await, expected);
    }

    /// The rows of a list: `field` may have arguments.
    pub async fn rows(&self, field: &str, selection: &str) -> Vec<Value> {
        let answer = self.query(&format!("{{ rows: {field} {{ {selection} }} }}")).await;
        answer.list("/rows").clone()
    }

    /// The only row of a list whose `key` is `value`, if there is one.
    pub async fn row(&self, field: &str, selection: &str, key: &str, value: &str) -> Option<Value> {
        let mut rows = self.rows(field, &format!("{key} {selection}")).await;
        rows.retain(|row| row[key] == value);
        assert!(rows.len() < 2, "two rows of {field} have the {key} {value}: {rows:?}");
        rows.pop()
    }

    /// The only row of a list whose `key` is `value`, which must exist.
    pub async fn listed(&self, field: &str, selection: &str, key: &str, value: &str) -> Value {
        let row = self.row(field, selection, key, value).await;
        row.unwrap_or_else(|| panic!("a {field} has the {key} {value}"))
    }

    pub async fn column(&self, field: &str, name: &str) -> Vec<Value> {
        self.rows(field, name).await.iter_mut().map(|row| row[name].take()).collect()
    }

    pub async fn new_role(&self, name: &str, permissions: &[&str]) -> Value {
        self.done("create_role", json!({"name": name, "permissions": permissions})).await;
        self.listed("role", "id", "name", name).await["id"].take()
    }

    /// The id of a new API key, and a client with it. `input` is a `create_api_key_input`.
    pub async fn new_key(&self, input: Value) -> (String, Self) {
        let answer = self.mutate_for("create_api_key", input, "id key").await;
        let text = |field: &str| {
            let text = answer.data(&format!("/create_api_key/{field}")).as_str();
            text.expect("it is text").to_owned()
        };
        let holder = Self::new(&self.store, &self.url).with_key(&text("key"));
        (text("id"), holder)
    }

    pub async fn invite(&self, email: &str, role: &str) -> String {
        let input = json!({"email": email, "role": role});
        let answer = self.mutate_for("invite_member", input, "token").await;
        let token = answer.data("/invite_member/token").as_str().expect("a token is text");
        self.store.must_stay_secret(token);
        token.to_owned()
    }

    pub async fn accept(&self, token: &str, password: Option<&str>) -> Answer {
        self.mutate("accept_invitation", json!({"token": token, "password": password})).await
    }

    pub async fn join(&self, token: &str, password: &str) -> Answer {
        let answer = self.accept(token, Some(password)).await;
        answer.assert_success("accept_invitation");
        answer
    }

    pub async fn member_id(&self, email: &str) -> String {
        let member = self.listed("member", "user_id", "email", email).await;
        member["user_id"].as_str().expect("an id is text").to_owned()
    }

    /// The matching entries of the audit log, newest first. `filter` is an `audit_entry_bool_exp`.
    pub async fn audit(&self, filter: Value) -> Vec<Value> {
        let document = "query($where: audit_entry_bool_exp) { audit_log(where: $where) {
            sequence time action actor_kind actor_id actor_name address object_id object_name detail hash } }";
        let answer = self.graphql(document, json!({"where": filter})).await;
        answer.list("/audit_log").clone()
    }

    pub async fn last_entry(&self) -> i64 {
        self.audit(json!({})).await[0]["sequence"].as_i64().expect("a number")
    }

    /// The action and the object of each later entry of the audit log, oldest first.
    pub async fn recorded_since(&self, sequence: i64) -> Vec<String> {
        let entries = self.audit(json!({"sequence": {"_gt": sequence}})).await;
        let recorded = entries.iter().rev().map(|entry| {
            let action = entry["action"].as_str().expect("an action");
            format!("{action} {}", entry["object_name"].as_str().unwrap_or("-"))
        });
        recorded.collect()
    }

    pub async fn log_out(&self) -> Answer {
        let answer = self.query("mutation { log_out { success error } }").await;
        answer.assert_success("log_out");
        answer
    }

    pub async fn set(&self, name: &str, value: Value) {
        self.try_set(name, value).await.assert_success("set_secret");
    }

    /// Sets secrets such as `A`, whose value is `the value of A`.
    pub async fn set_each(&self, names: &[&str]) {
        for name in names {
            self.set(name, json!(format!("the value of {name}"))).await;
        }
    }

    pub async fn set_all(&self, secrets: &[(&str, &str)]) {
        for (name, value) in secrets {
            self.set(name, json!(value)).await;
        }
    }

    /// Imports the secrets `name 0`, `name 1`, …
    pub async fn set_many(&self, name: &str, count: usize) {
        let secrets = (0..count).map(|number| format!("{name} {number}"));
        let secrets: Vec<_> =
            secrets.map(|name| json!({"name": name, "value": format!("the value of {name}")})).collect();
        self.done("import_secrets", json!({"secrets": secrets})).await;
    }

    /// Imports secrets of these names, as many at once as an import may have.
    pub async fn set_names(&self, names: &[impl Serialize]) {
        for names in names.chunks(5000) {
            let secrets = names.iter().map(|name| json!({"name": name, "value": "the value"}));
            self.done("import_secrets", json!({"secrets": secrets.collect::<Vec<_>>()})).await;
        }
    }

    pub async fn assert_many(&self, name: &str, numbers: impl IntoIterator<Item = usize>) {
        for number in numbers {
            let name = format!("{name} {number}");
            assert_eq!(self.value(&name).await, json!(format!("the value of {name}")));
        }
    }

    pub async fn try_set(&self, name: &str, value: Value) -> Answer {
        self.mutate("set_secret", json!({"name": name, "value": value})).await
    }

    pub async fn delete(&self, name: &str) {
        self.try_delete(name).await.assert_success("delete_secret");
    }

    pub async fn try_delete(&self, name: &str) -> Answer {
        self.mutate("delete_secret", json!({"name": name})).await
    }

    /// Restores the last deleted secret of the name.
    pub async fn restore(&self, name: &str) {
        self.done("restore_secret", json!({"name": name})).await;
    }

    /// Restores an earlier version of a secret.
    pub async fn revert(&self, name: &str, version: i64) {
        self.done("restore_secret_version", json!({"name": name, "version": version})).await;
    }

    pub async fn try_import(&self, input: Value) -> Answer {
        self.mutate_for("import_secrets", input, "success error state changes { name change }").await
    }

    pub async fn try_values(&self, names: &[impl Serialize]) -> Answer {
        let document = "query($names: [String!]!) { secret_values(names: $names) { id name version value } }";
        self.graphql(document, json!({"names": names})).await
    }

    pub async fn value(&self, name: &str) -> Value {
        self.try_value(name).await.data("/secret_value").clone()
    }

    /// The JSON text of a secret's value in the response.
    pub async fn value_text(&self, name: &str) -> String {
        let answer = self.try_value(name).await;
        let value = answer.text.strip_prefix(r#"{"data":{"secret_value":"#);
        let value = value.and_then(|rest| rest.strip_suffix("}}"));
        value.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    pub async fn try_value(&self, name: &str) -> Answer {
        self.graphql("query($name: String!) { secret_value(name: $name) }", json!({"name": name})).await
    }

    pub async fn assert_no_value(&self, name: &str) -> Answer {
        let answer = self.try_value(name).await;
        let message = answer.assert_error("INTERNAL_SERVER_ERROR");
        assert_eq!(message, "No value found for the requested key", "{name}");
        answer
    }

    pub async fn names(&self) -> Vec<String> {
        let answer = self.query("{ secret_names }").await;
        let names = answer.list("/secret_names").iter();
        let mut names: Vec<_> = names.map(|name| name.as_str().expect("a name is text").to_owned()).collect();
        names.sort();
        names
    }

    /// Checks that the client is unauthenticated.
    pub async fn assert_unknown(&self) {
        self.query("{ auth_info { name } }").await.assert_error("UNAUTHENTICATED");
    }

    pub async fn auth_info(&self, field: &str) -> Value {
        let answer = self.query(&format!("{{ auth_info {{ {field} }} }}")).await;
        answer.data(&format!("/auth_info/{field}")).clone()
    }

    pub async fn tenant_id(&self) -> String {
        self.auth_info("tenant_id").await.as_str().expect("an id is text").to_owned()
    }
}

pub fn the_one_done(field: &str, answers: [&Answer; 2]) -> usize {
    let done = answers.map(|answer| answer.data(&format!("/{field}/success")) == &json!(true));
    assert_ne!(done[0], done[1], "{answers:?}");
    usize::from(done[1])
}

/// The field that many times, under the aliases `a0`, `a1`, …
pub fn aliases(field: &str, count: usize) -> String {
    let fields = (0..count).map(|index| format!("a{index}: {field}"));
    fields.collect::<Vec<_>>().join(" ")
}

/// A mutation with all of `fields`, under the aliases `a0`, `a1`, …
pub fn aliased(fields: &[String]) -> String {
    let fields = fields.iter().enumerate().map(|(index, field)| format!("a{index}: {field}"));
    format!("mutation {{ {} }}", fields.collect::<Vec<_>>().join(" "))
}
