//! Who may do what: every query and mutation, asked by everyone.
//!
//! The table below is the whole truth. A field that the schema has and the table lacks fails the test, and so does a
//! refusal that changes anything. To add a field: give it a row.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::team::LOG_IN;
use strongroom_tests::{Answer, Client, Person, Server, Store, Team};

use Outcome::{Empty, Forbidden, Missing, NotDone, Unauthenticated, Yes};

/// What comes of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is done, or the answer is there.
    Yes,
    /// The answer is there, and there is nothing in it.
    Empty,
    /// It is not done: `success: false` with a reason, as if the thing did not exist.
    NotDone,
    /// There is no such value.
    Missing,
    /// Who are you?
    Unauthenticated,
    /// Not you.
    Forbidden,
}

/// Who asks. The columns of the table, in this order.
#[derive(Clone, Copy, Debug)]
enum Actor {
    /// Without credentials.
    Nobody,
    /// With a key that does not exist.
    Stranger,
    /// An administrator's key of another team.
    Other,
    /// The same, naming this team in the tenant header.
    OtherReachingIn,
    Runner,
    ReadOnly,
    User,
    Administrator,
    UserSession,
    AdministratorSession,
}

const ACTORS: [Actor; 10] = [
    Actor::Nobody,
    Actor::Stranger,
    Actor::Other,
    Actor::OtherReachingIn,
    Actor::Runner,
    Actor::ReadOnly,
    Actor::User,
    Actor::Administrator,
    Actor::UserSession,
    Actor::AdministratorSession,
];

/// One field: a document that asks for it, and what each actor gets.
///
/// In the document, `SECRET` stands for the name of a secret of the team, `DELETED` for one that was deleted, `NEW` for
/// one that does not exist, `KEY_ID` for the id of a key, `OWN_ID` for the `user_id` of the one who asks.
struct Row {
    field: &'static str,
    document: &'static str,
    expected: [Outcome; 10],
}

const U: Outcome = Unauthenticated;
const F: Outcome = Forbidden;
const Y: Outcome = Yes;
const E: Outcome = Empty;
const N: Outcome = NotDone;

/// What anyone who belongs to a team may ask.
const MEMBERS: [Outcome; 10] = [U, U, Y, F, Y, Y, Y, Y, Y, Y];
/// The same, where another team has nothing to show.
const READERS: [Outcome; 10] = [U, U, E, F, Y, Y, Y, Y, Y, Y];
/// Programs alone read values. The other team's administrator is no program either.
const RUNNERS: [Outcome; 10] = [U, U, F, F, Y, F, F, F, F, F];
/// Who makes secrets: for another team, in that team.
const WRITERS: [Outcome; 10] = [U, U, Y, F, F, F, Y, Y, Y, Y];
/// Who changes secrets: for another team there is nothing to change.
const CHANGERS: [Outcome; 10] = [U, U, N, F, F, F, Y, Y, Y, Y];
/// Who manages keys: another team's administrator, that team's.
const KEEPERS: [Outcome; 10] = [U, U, Y, F, F, F, F, Y, F, Y];
/// Who revokes keys: for another team there is no such key.
const REVOKERS: [Outcome; 10] = [U, U, N, F, F, F, F, Y, F, Y];

const QUERIES: &[Row] = &[
    Row {
        field: "auth_info",
        document: "{ it: auth_info { tenant_id } }",
        expected: MEMBERS,
    },
    Row {
        field: "authInfo",
        document: "{ it: authInfo { tenantId } }",
        expected: MEMBERS,
    },
    Row {
        field: "tenant",
        document: "{ it: tenant { id } }",
        expected: MEMBERS,
    },
    Row {
        field: "secret_names",
        document: "{ it: secret_names }",
        expected: READERS,
    },
    Row {
        field: "secretNames",
        document: "{ it: secretNames }",
        expected: READERS,
    },
    Row {
        field: "secret",
        document: "{ it: secret { name updated_by last_read_by } }",
        expected: READERS,
    },
    Row {
        field: "secret_aggregate",
        document: "{ it: secret_aggregate(where: {version: {_gt: 0}}) { aggregate { count } } }",
        expected: READERS,
    },
    Row {
        field: "secret_value",
        document: r#"{ it: secret_value(name: "SECRET") }"#,
        expected: RUNNERS,
    },
    Row {
        field: "secretValue",
        document: r#"{ it: secretValue(name: "SECRET") }"#,
        expected: RUNNERS,
    },
    Row {
        field: "auth_api_key",
        document: "{ it: auth_api_key { id name } }",
        expected: KEEPERS,
    },
    Row {
        field: "set_up_required",
        document: "{ it: set_up_required }",
        expected: [Y; 10],
    },
];

const MUTATIONS: &[Row] = &[
    Row {
        field: "set_secret",
        document: r#"mutation { it: set_secret(input: {name: "NEW", value: 1}) { success error } }"#,
        expected: WRITERS,
    },
    Row {
        field: "setSecret",
        document: r#"mutation { it: setSecret(input: {name: "NEW", value: 1}) { success error } }"#,
        expected: WRITERS,
    },
    Row {
        field: "update_secret",
        document: r#"mutation { it: update_secret(input: {name: "SECRET", new_name: "NEW", value: 2}) { success error } }"#,
        expected: CHANGERS,
    },
    Row {
        field: "delete_secret",
        document: r#"mutation { it: delete_secret(input: {name: "SECRET"}) { success error } }"#,
        expected: CHANGERS,
    },
    Row {
        field: "deleteSecret",
        document: r#"mutation { it: deleteSecret(input: {name: "SECRET"}) { success error } }"#,
        expected: CHANGERS,
    },
    Row {
        field: "restore_secret",
        document: r#"mutation { it: restore_secret(input: {name: "DELETED"}) { success error } }"#,
        expected: CHANGERS,
    },
    Row {
        field: "create_api_key",
        document: r#"mutation { it: create_api_key(input: {name: "made", user_id: "OWN_ID"}) { id } }"#,
        expected: KEEPERS,
    },
    Row {
        field: "delete_api_key",
        document: r#"mutation { it: delete_api_key(input: {key_id: "KEY_ID"}) { success error } }"#,
        expected: REVOKERS,
    },
    Row {
        field: "set_up",
        document: r#"mutation { it: set_up(input: {token: "sr_wrong", team_name: "Mine", email: "me@acme.example", password: "correct horse battery"}) { success error } }"#,
        expected: [N; 10],
    },
    Row {
        field: "log_in",
        document: r#"mutation { it: log_in(input: {email: "EMAIL", password: "PASSWORD"}) { success error } }"#,
        expected: [Y; 10],
    },
    // Last, because the sessions end here.
    Row {
        field: "log_out",
        document: "mutation { it: log_out { success error } }",
        expected: [Y, U, Y, F, Y, Y, Y, Y, Y, Y],
    },
];

/// A team with everyone in it, and another one.
struct World {
    server: Server,
    store: Arc<Store>,
    team: Team,
    administrator: Client,
    actors: Vec<(Actor, Client)>,
    person: Person,
}

impl World {
    async fn new() -> Self {
        let server = Server::start().await;
        let team = server.team("acme").await;
        let other = server.team("other").await;
        let administrator = team.key("administrator").await;
        let person = team.person("read-only").await;
        let other_administrator = other.key("administrator").await;
        let tenant = administrator.tenant_id().await;
        let mut actors = Vec::new();
        for actor in ACTORS {
            let client = match actor {
                Actor::Nobody => server.nobody(),
                Actor::Stranger => server.with_key("sr_0000000000000000000000000000000000000000000000000"),
                Actor::Other => other_administrator.clone(),
                Actor::OtherReachingIn => other_administrator.as_tenant(&tenant),
                Actor::Runner => team.key("runner").await,
                Actor::ReadOnly => team.key("read-only").await,
                Actor::User => team.key("user").await,
                Actor::Administrator => team.key("administrator").await,
                Actor::UserSession => session(&server, &team.person("user").await).await,
                Actor::AdministratorSession => session(&server, &team.person("administrator").await).await,
            };
            actors.push((actor, client));
        }
        let store = server.store().clone();
        Self {
            server,
            store,
            team,
            administrator,
            actors,
            person,
        }
    }

    /// The document with what it needs made and put in.
    async fn prepare(&self, document: &str, client: &Client) -> String {
        let mut document = document
            .replace("EMAIL", &self.person.email)
            .replace("PASSWORD", &self.person.password);
        let fresh = |kind: &str| format!("{kind} {}", self.store.next_number());
        if document.contains("SECRET") {
            let name = fresh("secret");
            self.administrator.set(&name, json!("the team's own value")).await;
            document = document.replace("SECRET", &name);
        }
        if document.contains("DELETED") {
            let name = fresh("deleted");
            self.administrator.set(&name, json!("the team's own value")).await;
            self.administrator.delete(&name).await;
            document = document.replace("DELETED", &name);
        }
        if document.contains("NEW") {
            document = document.replace("NEW", &fresh("new"));
        }
        if document.contains("KEY_ID") {
            let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { id } }";
            let answer = self
                .administrator
                .graphql(create, json!({"input": {"name": "spare"}}))
                .await;
            let id = answer
                .data("/create_api_key/id")
                .as_str()
                .expect("an id is text")
                .to_owned();
            document = document.replace("KEY_ID", &id);
        }
        if document.contains("OWN_ID") {
            let answer = client.query("{ auth_info { user_id } }").await;
            let id = answer.body()["data"]["auth_info"]["user_id"].as_str();
            document = document.replace("OWN_ID", id.unwrap_or("00000000-0000-4000-8000-000000000000"));
        }
        document
    }

    /// Everything of the team that a refusal must not change.
    async fn snapshot(&self) -> Value {
        self.administrator
            .query(
                "{ secret(order_by: {name: asc}) { id name version updated updated_by description }
                   auth_api_key(order_by: {created: asc}) { id name role expires_at } }",
            )
            .await
            .data("")
            .clone()
    }

    /// Asks as everyone, and adds what is not as expected to `wrong`.
    async fn walk(&self, row: &Row, wrong: &mut Vec<String>) {
        for ((actor, client), expected) in self.actors.iter().zip(row.expected) {
            let document = self.prepare(row.document, client).await;
            let before = self.snapshot().await;
            let answer = client.query(&document).await;
            let found = outcome(&answer);
            if found != Some(expected) {
                wrong.push(format!(
                    "{} as {actor:?}: expected {expected:?}, found {}",
                    row.field, answer.text
                ));
            }
            let ours = !matches!(
                actor,
                Actor::Nobody | Actor::Stranger | Actor::Other | Actor::OtherReachingIn
            );
            let changed = before != self.snapshot().await;
            if changed && !(ours && expected == Yes) {
                wrong.push(format!("{} as {actor:?} changed the team", row.field));
            }
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.team.slug(), self.server.url())
    }
}

/// A browser session whose cookie no answer can change.
async fn session(server: &Server, person: &Person) -> Client {
    let input = json!({"input": {"email": person.email, "password": person.password}});
    let answer = server.nobody().graphql(LOG_IN, input).await;
    answer.assert_success("log_in");
    let cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .expect("split yields something");
    server.nobody().with_header("cookie", cookie)
}

/// What an answer amounts to; `None` for what should never be.
fn outcome(answer: &Answer) -> Option<Outcome> {
    let it = &answer.body()["data"]["it"];
    if let Some(error) = answer.errors().first() {
        return match error.code.as_str() {
            _ if !it.is_null() => None,
            "UNAUTHENTICATED" => Some(Unauthenticated),
            "FORBIDDEN" => Some(Forbidden),
            "INTERNAL_SERVER_ERROR" if error.message == "No value found for the requested key" => {
                Some(Missing)
            }
            _ => None,
        };
    }
    match it {
        Value::Null => None,
        Value::Array(items) if items.is_empty() => Some(Empty),
        Value::Object(fields) => match fields.get("success") {
            Some(Value::Bool(false)) => fields["error"].is_string().then_some(NotDone),
            Some(Value::Bool(true)) => fields["error"].is_null().then_some(Yes),
            Some(_) => None,
            None if it["aggregate"]["count"] == json!(0) => Some(Empty),
            None => Some(Yes),
        },
        _ => Some(Yes),
    }
}

#[tokio::test]
async fn everyone_gets_what_the_table_says() {
    let world = World::new().await;
    world
        .administrator
        .set("the team's first secret", json!("the team's own value"))
        .await;
    let mut wrong = Vec::new();
    for row in QUERIES.iter().chain(MUTATIONS) {
        world.walk(row, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn the_table_has_every_field_of_the_schema() {
    let server = Server::start().await;
    let client = server.team("acme").await.key("administrator").await;
    let answer = client
        .query(
            "{ __schema { queryType { fields { name } } mutationType { fields { name } } subscriptionType { name } } }",
        )
        .await;
    for (kind, rows) in [("queryType", QUERIES), ("mutationType", MUTATIONS)] {
        let fields = answer
            .data(&format!("/__schema/{kind}/fields"))
            .as_array()
            .expect("a list");
        let mut schema: Vec<&str> = fields
            .iter()
            .map(|field| field["name"].as_str().expect("a name"))
            .collect();
        let mut table: Vec<&str> = rows.iter().map(|row| row.field).collect();
        schema.sort_unstable();
        table.sort_unstable();
        assert_eq!(
            table, schema,
            "the table and the schema have the same fields of {kind}"
        );
    }
    assert_eq!(
        answer.data("/__schema/subscriptionType"),
        &Value::Null,
        "subscriptions need rows too"
    );
}

#[tokio::test]
async fn a_refused_reader_of_values_cannot_tell_which_secrets_exist() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    team.key("user")
        .await
        .set("THERE", json!("a value that is there"))
        .await;
    for role in ["read-only", "user", "administrator"] {
        let client = team.key(role).await;
        let there = client.try_value("THERE").await;
        let missing = client.try_value("MISSING").await;
        assert_eq!(there.assert_error("FORBIDDEN"), missing.assert_error("FORBIDDEN"));
    }
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    for role in ["runner", "read-only", "user"] {
        for wanted in ["administrator", "user", "read_only", "runner"] {
            let input = json!({"input": {"name": "more", "role": wanted}});
            team.key(role)
                .await
                .graphql(create, input)
                .await
                .assert_error("FORBIDDEN");
        }
    }
}

#[tokio::test]
async fn a_key_is_what_counts_when_a_session_comes_along() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let runner = team.key("runner").await;
    team.key("user").await.set("A", json!("value of A")).await;
    let browser = session(&server, &team.person("administrator").await).await;

    // A session does not gain by an invalid key, and a runner's key does not lose by a cookie.
    let stranger = browser.with_key("sr_0000000000000000000000000000000000000000000000000");
    stranger
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
    let both = browser.with_key(runner.key());
    assert_eq!(both.value("A").await, json!("value of A"));
    both.try_set("B", json!("planted"))
        .await
        .assert_error("FORBIDDEN");
}
