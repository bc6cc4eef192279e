//! Who may do what: every query and mutation, asked by everyone.
//!
//! Two tables are the whole truth: what each role holds, and what each field needs. Who gets what follows from them, and
//! from nothing that the server says of itself. A field that the schema has and the table lacks fails the test, and so
//! does a refusal that changes anything. To add a field: give it a row.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Client, Person, Server, Store, Team};

use Needs::{AnyOf, Known, Nothing, Permission, Personal, PersonalPermission};
use Outcome::{Empty, Forbidden, Missing, NotDone, Null, Unauthenticated, Yes};

/// What comes of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is done, or the answer is there.
    Yes,
    /// The answer is there, and there is nothing in it.
    Empty,
    /// The answer is that there is none.
    Null,
    /// It is not done: `success: false` with a reason, as if the thing did not exist.
    NotDone,
    /// There is no such value.
    Missing,
    /// Who are you?
    Unauthenticated,
    /// Not you.
    Forbidden,
}

/// What a field asks of whoever uses it.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// Nothing: everyone gets the same, whoever they are.
    Nothing(Outcome),
    /// To be someone.
    Known,
    /// To be a person with a session.
    Personal,
    /// A permission.
    Permission(&'static str),
    /// One of these permissions.
    AnyOf(&'static [&'static str]),
    /// To be a person with a permission.
    PersonalPermission(&'static str),
}

/// The role that the team made for itself.
const CUSTOM: &str = "house keeper";

/// What each role holds.
const ROLES: [(&str, &[&str]); 5] = [
    (
        "administrator",
        &[
            "create:secret",
            "read:secret",
            "update:secret",
            "delete:secret",
            "create:member",
            "read:member",
            "update:member",
            "delete:member",
            "create:api_key",
            "read:api_key",
            "update:api_key",
            "delete:api_key",
            "create:role",
            "update:role",
            "delete:role",
            "create:team",
            "update:team",
            "read:audit_log",
        ],
    ),
    ("user", &["create:secret", "read:secret", "update:secret", "delete:secret", "read:member"]),
    ("read-only", &["read:secret", "read:member"]),
    ("runner", &["read:secret", "read:secret-value"]),
    (
        CUSTOM,
        &[
            "read:secret",
            "read:member",
            "create:member",
            "update:member",
            "delete:member",
            "create:api_key",
            "read:api_key",
            "delete:api_key",
            "create:role",
            "delete:role",
        ],
    ),
];

/// Every permission there is.
fn every_permission() -> Vec<&'static str> {
    let administrator = ROLES[0].1.iter().copied();
    administrator.chain(["read:secret-value"]).collect()
}

/// Where someone belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In no team: without credentials, or with a key that does not exist.
    Nowhere,
    /// In the team whose things are asked for.
    Here,
    /// In the team, with a key that is limited to secrets it has none of.
    Limited,
    /// In another team.
    Elsewhere,
    /// In another team, naming this one in the tenant header.
    ReachingIn,
}

/// Someone who asks.
struct Actor {
    place: Place,
    role: &'static str,
    is_person: bool,
    client: Client,
}

impl Actor {
    fn describe(&self) -> String {
        let what = if self.is_person { "session" } else { "key" };
        format!("{} {what}, {:?}", self.role, self.place)
    }

    fn holds(&self, permission: &str) -> bool {
        // A key's limits would mean little if it could reach around them.
        if self.place == Place::Limited && !permission.contains(":secret") {
            return false;
        }
        ROLES.iter().any(|(role, permissions)| *role == self.role && permissions.contains(&permission))
    }

    fn has(&self, needs: Needs) -> bool {
        match needs {
            Nothing(_) | Known => true,
            Personal => self.is_person,
            Permission("read:secret-value") => !self.is_person && self.holds("read:secret-value"),
            Permission(permission) => self.holds(permission),
            AnyOf(permissions) => permissions.iter().any(|permission| self.holds(permission)),
            PersonalPermission(permission) => self.is_person && self.holds(permission),
        }
    }

    /// What this one is to get.
    fn expected(&self, row: &Row) -> Outcome {
        if let Nothing(outcome) = row.needs {
            return outcome;
        }
        match self.place {
            Place::Nowhere => Unauthenticated,
            // A session ends, whatever team its browser believes to be in.
            Place::ReachingIn if row.field == "log_out" && self.is_person => Yes,
            Place::ReachingIn => Forbidden,
            _ if !self.has(row.needs) => Forbidden,
            Place::Elsewhere => row.elsewhere,
            Place::Limited => row.limited.unwrap_or(Yes),
            Place::Here => Yes,
        }
    }
}

/// One field: a document that asks for it, and what it needs.
///
/// In the document, words in capitals stand for things that are made for it, see [`World::make`].
struct Row {
    field: &'static str,
    document: &'static str,
    needs: Needs,
    /// What those get who hold all that is needed, in another team.
    elsewhere: Outcome,
    /// What those get whose key is limited to other secrets; `None` where the limit is not about it.
    limited: Option<Outcome>,
}

/// A row about what every team has something of.
const fn row(field: &'static str, document: &'static str, needs: Needs) -> Row {
    Row { field, document, needs, elsewhere: Yes, limited: None }
}

impl Row {
    /// The same about things of the team, of which others get that.
    const fn elsewhere(self, elsewhere: Outcome) -> Self {
        Self { elsewhere, ..self }
    }

    /// The same about secrets, of which a limited key gets that.
    const fn limited(self, limited: Outcome) -> Self {
        Self { limited: Some(limited), ..self }
    }
}

const QUERIES: &[Row] = &[
    row("auth_info", "{ it: auth_info { tenant_id } }", Known),
    row("authInfo", "{ it: authInfo { tenantId } }", Known),
    row("tenant", "{ it: tenant { id } }", Known),
    row("set_up_required", "{ it: set_up_required }", Nothing(Yes)),
    row("single_sign_on", "{ it: single_sign_on { name } }", Nothing(Null)),
    row("invitation_info", r#"{ it: invitation_info(token: "INVITATION_TOKEN") { email } }"#, Nothing(Yes)),
    row("secret_names", "{ it: secret_names }", Permission("read:secret")).elsewhere(Empty).limited(Empty),
    row("secretNames", "{ it: secretNames }", Permission("read:secret")).elsewhere(Empty).limited(Empty),
    row("secret", "{ it: secret { name updated_by last_read_by } }", Permission("read:secret"))
        .elsewhere(Empty)
        .limited(Empty),
    row(
        "secret_aggregate",
        "{ it: secret_aggregate(where: {version: {_gt: 0}}) { aggregate { count } } }",
        Permission("read:secret"),
    )
    .elsewhere(Empty)
    .limited(Empty),
    row(
        "secret_version",
        r#"{ it: secret_version(name: "SECRET") { version created_by } }"#,
        Permission("read:secret"),
    )
    .elsewhere(Empty)
    .limited(Empty),
    row("deleted_secret", "{ it: deleted_secret { name deleted_by } } # DELETED", Permission("read:secret"))
        .elsewhere(Empty)
        .limited(Empty),
    row("secret_value", r#"{ it: secret_value(name: "SECRET") }"#, Permission("read:secret-value"))
        .elsewhere(Missing)
        .limited(Missing),
    row("secretValue", r#"{ it: secretValue(name: "SECRET") }"#, Permission("read:secret-value"))
        .elsewhere(Missing)
        .limited(Missing),
    row(
        "secret_values",
        r#"{ it: secret_values(names: ["SECRET"]) { name value } }"#,
        Permission("read:secret-value"),
    )
    .elsewhere(Empty)
    .limited(Empty),
    row("auth_api_key", "{ it: auth_api_key { id name } }", Permission("read:api_key")),
    row("role", "{ it: role { name } }", AnyOf(&["read:member", "create:api_key"])),
    row("member", "{ it: member { email } }", Permission("read:member")),
    row("invitation", "{ it: invitation { email } }", Permission("create:member")).elsewhere(Empty),
    row("session", "{ it: session { id } }", Personal),
    row("audit_log", "{ it: audit_log { action } }", Permission("read:audit_log")),
    row("audit_checkpoint", "{ it: audit_checkpoint { count } }", Permission("read:audit_log")),
];

/// What changes secrets and keys.
const SECRETS_AND_KEYS: &[Row] = &[
    row(
        "set_secret",
        r#"mutation { it: set_secret(input: {name: "NEW", value: 1}) { success error } }"#,
        Permission("create:secret"),
    )
    .limited(Forbidden),
    row(
        "setSecret",
        r#"mutation { it: setSecret(input: {name: "NEW", value: 1}) { success error } }"#,
        Permission("create:secret"),
    )
    .limited(Forbidden),
    row(
        "import_secrets",
        r#"mutation { it: import_secrets(input: {secrets: [{name: "NEW", value: 1}]}) { success error } }"#,
        Permission("create:secret"),
    )
    .limited(Forbidden),
    // What is there already is overwritten, which is another permission; in another team it is not there.
    row(
        "import_secrets",
        r#"mutation { it: import_secrets(input: {secrets: [{name: "SECRET", value: 2}]}) { success error } }"#,
        Permission("update:secret"),
    )
    .limited(Forbidden),
    row(
        "update_secret",
        r#"mutation { it: update_secret(input: {name: "SECRET", new_name: "NEW", value: 2}) { success error } }"#,
        Permission("update:secret"),
    )
    .elsewhere(NotDone)
    .limited(Forbidden),
    row(
        "restore_secret_version",
        r#"mutation { it: restore_secret_version(input: {name: "SECRET", version: 1}) { success error } }"#,
        Permission("update:secret"),
    )
    .elsewhere(NotDone)
    .limited(Forbidden),
    row(
        "delete_secret",
        r#"mutation { it: delete_secret(input: {name: "SECRET"}) { success error } }"#,
        Permission("delete:secret"),
    )
    .elsewhere(NotDone)
    .limited(Forbidden),
    row(
        "deleteSecret",
        r#"mutation { it: deleteSecret(input: {name: "SECRET"}) { success error } }"#,
        Permission("delete:secret"),
    )
    .elsewhere(NotDone)
    .limited(Forbidden),
    row(
        "restore_secret",
        r#"mutation { it: restore_secret(input: {name: "DELETED"}) { success error } }"#,
        Permission("create:secret"),
    )
    .elsewhere(NotDone)
    .limited(Forbidden),
    row(
        "create_api_key",
        r#"mutation { it: create_api_key(input: {name: "made", user_id: "OWN_ID"}) { id } }"#,
        Permission("create:api_key"),
    )
    .limited(Forbidden),
    row(
        "update_api_key",
        r#"mutation { it: update_api_key(input: {key_id: "KEY_ID", name: "NEW"}) { success error } }"#,
        Permission("update:api_key"),
    )
    .elsewhere(NotDone),
    row(
        "delete_api_key",
        r#"mutation { it: delete_api_key(input: {key_id: "KEY_ID"}) { success error } }"#,
        Permission("delete:api_key"),
    )
    .elsewhere(NotDone),
];

/// What changes who is in which team as what.
const PEOPLE_AND_TEAMS: &[Row] = &[
    row(
        "invite_member",
        r#"mutation { it: invite_member(input: {email: "FRESH_EMAIL", role: "read-only"}) { id } }"#,
        Permission("create:member"),
    ),
    row(
        "withdraw_invitation",
        r#"mutation { it: withdraw_invitation(input: {id: "INVITATION_ID"}) { success error } }"#,
        Permission("create:member"),
    )
    .elsewhere(NotDone),
    row(
        "accept_invitation",
        r#"mutation { it: accept_invitation(input: {token: "INVITATION_TOKEN", password: "a new member's password"}) { success error } }"#,
        Nothing(Yes),
    ),
    row(
        "update_member",
        r#"mutation { it: update_member(input: {user_id: "MEMBER_ID", role: "read-only"}) { success error } }"#,
        Permission("update:member"),
    )
    .elsewhere(NotDone),
    row(
        "end_member_sessions",
        r#"mutation { it: end_member_sessions(input: {user_id: "MEMBER_ID"}) { success error } }"#,
        Permission("update:member"),
    )
    .elsewhere(NotDone),
    row(
        "remove_member",
        r#"mutation { it: remove_member(input: {user_id: "MEMBER_ID"}) { success error } }"#,
        Permission("delete:member"),
    )
    .elsewhere(NotDone),
    row(
        "create_role",
        r#"mutation { it: create_role(input: {name: "NEW", permissions: ["read:secret"]}) { success error } }"#,
        Permission("create:role"),
    ),
    row(
        "update_role",
        r#"mutation { it: update_role(input: {id: "ROLE_ID", description: "NEW"}) { success error } }"#,
        Permission("update:role"),
    )
    .elsewhere(NotDone),
    row(
        "delete_role",
        r#"mutation { it: delete_role(input: {id: "ROLE_ID"}) { success error } }"#,
        Permission("delete:role"),
    )
    .elsewhere(NotDone),
    row(
        "create_team",
        r#"mutation { it: create_team(input: {name: "NEW"}) { id } }"#,
        PersonalPermission("create:team"),
    ),
    row(
        "update_team",
        r#"mutation { it: update_team(input: {name: "NEW"}) { success error } }"#,
        Permission("update:team"),
    ),
    row(
        "set_up",
        r#"mutation { it: set_up(input: {token: "sr_wrong", team_name: "Mine", email: "me@acme.example", password: "correct horse battery"}) { success error } }"#,
        Nothing(NotDone),
    ),
    row(
        "log_in",
        r#"mutation { it: log_in(input: {email: "MEMBER_EMAIL", password: "a new member's password"}) { success error } }"#,
        Nothing(Yes),
    ),
];

/// What is about the one who asks. What ends the session comes last.
const OWN_ACCOUNT: &[Row] = &[
    row(
        "switch_team",
        r#"mutation { it: switch_team(input: {team_id: "OWN_TEAM_ID"}) { success error } }"#,
        Personal,
    ),
    row(
        "end_session",
        r#"mutation { it: end_session(input: {id: "OWN_SESSION_ID"}) { success error } }"#,
        Personal,
    ),
    row(
        "change_password",
        r#"mutation { it: change_password(input: {current_password: "OWN_PASSWORD", new_password: "an entirely new password"}) { success error } }"#,
        Personal,
    ),
    row("log_out_everywhere", "mutation { it: log_out_everywhere { success error } }", Personal),
    row("log_out", "mutation { it: log_out { success error } }", Known),
];

/// All mutations.
const MUTATIONS: [&[Row]; 3] = [SECRETS_AND_KEYS, PEOPLE_AND_TEAMS, OWN_ACCOUNT];

/// The whole table.
fn every_row() -> impl Iterator<Item = &'static Row> {
    QUERIES.iter().chain(MUTATIONS.into_iter().flatten())
}

/// Whether a field ends the session that it is asked with.
fn ends_session(field: &str) -> bool {
    matches!(
        field,
        "switch_team"
            | "end_session"
            | "change_password"
            | "log_out_everywhere"
            | "log_out"
            | "log_in"
            | "accept_invitation"
    )
}

/// A team with everyone in it, and another one.
struct World {
    server: Server,
    store: Arc<Store>,
    here: Team,
    elsewhere: Team,
    administrator: Client,
    /// The people behind the sessions.
    people: HashMap<(bool, &'static str), Person>,
    /// Things that were made and are still there.
    spare: RefCell<HashMap<&'static str, String>>,
    /// What someone in the team has, for those to reach for who have nothing of the kind.
    of_someone: RefCell<HashMap<&'static str, String>>,
}

const NO_ID: &str = "00000000-0000-4000-8000-000000000000";
const NO_KEY: &str = "sr_0000000000000000000000000000000000000000000000000";

impl World {
    async fn new() -> Self {
        let server = Server::start().await;
        let here = server.team("acme").await;
        let elsewhere = server.team("other").await;
        let administrator = here.key("administrator").await;
        let mut people = HashMap::new();
        for (is_here, team) in [(true, &here), (false, &elsewhere)] {
            let admin = team.key("administrator").await;
            let permissions = ROLES[4].1;
            admin.done("create_role", json!({"name": CUSTOM, "permissions": permissions})).await;
            for (role, _) in ROLES {
                if role != "runner" {
                    people.insert((is_here, role), team.person(role).await);
                }
            }
        }
        administrator.set("the team's first secret", json!("the team's own value")).await;
        let store = server.store().clone();
        Self {
            server,
            store,
            here,
            elsewhere,
            administrator,
            people,
            spare: RefCell::default(),
            of_someone: RefCell::default(),
        }
    }

    async fn actors(&self) -> Vec<Actor> {
        let mut actors = Vec::new();
        let mut add = |place, role, is_person, client| {
            actors.push(Actor { place, role, is_person, client });
        };
        let tenant = self.administrator.tenant_id().await;
        // With a cookie of its own, so that no answer can give it one.
        let nobody = self.server.nobody().with_header("cookie", "unknown=cookie");
        add(Place::Nowhere, "", false, nobody);
        add(Place::Nowhere, "", false, self.server.with_key(NO_KEY));
        for (role, _) in ROLES {
            add(Place::Here, role, false, self.here.key(role).await);
            let limits = ["--secrets", "limited to *"];
            let limited = self.here.new_key_with(role, &limits).await;
            add(Place::Limited, role, false, self.server.with_key(&limited));
            if self.people.contains_key(&(true, role)) {
                add(Place::Here, role, true, self.session(true, role).await);
            }
        }
        for role in ["administrator", "runner"] {
            let key = self.elsewhere.key(role).await;
            add(Place::ReachingIn, role, false, key.as_tenant(&tenant));
            add(Place::Elsewhere, role, false, key);
        }
        let session = self.session(false, "administrator").await;
        add(Place::ReachingIn, "administrator", true, session.as_tenant(&tenant));
        add(Place::Elsewhere, "administrator", true, session);
        actors
    }

    /// A browser session whose cookie no answer can change.
    async fn session(&self, is_here: bool, role: &'static str) -> Client {
        self.server.fixed_session(&self.people[&(is_here, role)]).await
    }

    /// The document with what it needs made and put in, or with what does not exist put in.
    async fn prepare(&self, document: &str, actor: &Actor, missing: bool) -> String {
        let mut prepared = document.to_owned();
        for word in WORDS {
            if prepared.contains(word) {
                let what =
                    if missing && word != "NEW" { NO_ID.to_owned() } else { self.make(word, actor).await };
                prepared = prepared.replace(word, &what);
            }
        }
        prepared
    }

    /// What a word in a document stands for.
    async fn make(&self, word: &'static str, actor: &Actor) -> String {
        let fresh = format!("{} {}", word.to_lowercase(), self.store.next_number());
        let email = format!("{}@acme.example", fresh.replace(' ', "-"));
        match word {
            "NEW" => return fresh,
            "FRESH_EMAIL" => return email,
            "OWN_ID" | "OWN_TEAM_ID" | "OWN_SESSION_ID" | "OWN_PASSWORD" => {
                return self.own(word, actor).await;
            }
            _ => {}
        }
        if let Some(spare) = self.spare.borrow().get(word) {
            return spare.clone();
        }
        let admin = &self.administrator;
        let made = match word {
            "SECRET" => {
                admin.set(&fresh, json!("the team's own value")).await;
                admin.set(&fresh, json!("the team's own second value")).await;
                fresh
            }
            "DELETED" => {
                admin.set(&fresh, json!("the team's own value")).await;
                admin.delete(&fresh).await;
                fresh
            }
            "KEY_ID" => {
                let input = json!({"name": fresh, "role": "read-only"});
                admin.new_key(input).await.0
            }
            "ROLE_ID" => {
                let input = json!({"name": fresh, "permissions": ["read:secret"]});
                admin.done("create_role", input).await;
                let row = admin.row("role", "id", "name", &fresh).await;
                row.expect("it was made")["id"].as_str().expect("an id").to_owned()
            }
            "INVITATION_TOKEN" => admin.invite(&email, "read-only").await,
            "INVITATION_ID" => {
                let input = json!({"email": email, "role": "read-only"});
                let answer = admin.mutate_for("invite_member", input, "id").await;
                answer.data("/invite_member/id").as_str().expect("an id").to_owned()
            }
            "MEMBER_ID" | "MEMBER_EMAIL" => {
                let token = admin.invite(&email, "read-only").await;
                let joined = self.server.nobody();
                let answer = joined.accept(&token, Some("a new member's password")).await;
                answer.assert_success("accept_invitation");
                if word == "MEMBER_EMAIL" { email } else { admin.member_id(&email).await }
            }
            _ => unreachable!("{word} is one of the words"),
        };
        self.spare.borrow_mut().insert(word, made.clone());
        made
    }

    /// What belongs to the one who asks; of someone in the team for those who have none, so that there is something to
    /// reach for.
    async fn own(&self, word: &'static str, actor: &Actor) -> String {
        let is_here = actor.place != Place::Elsewhere;
        let role = if actor.is_person { actor.role } else { "user" };
        let person = &self.people[&(is_here || !actor.is_person, role)];
        if word == "OWN_PASSWORD" {
            return person.password.clone();
        }
        if word == "OWN_ID" {
            let answer = actor.client.query("{ auth_info { user_id } }").await;
            let id = answer.body()["data"]["auth_info"]["user_id"].as_str();
            return id.unwrap_or(NO_ID).to_owned();
        }
        if !actor.is_person
            && let Some(known) = self.of_someone.borrow().get(word)
        {
            return known.clone();
        }
        let session = self.server.fixed_session(person).await;
        let found = if word == "OWN_TEAM_ID" {
            session.tenant_id().await
        } else {
            let rows = session.rows("session", "id is_current").await;
            let current = rows.iter().find(|row| row["is_current"] == json!(true));
            let id = current.and_then(|row| row["id"].as_str());
            id.expect("there is a current one").to_owned()
        };
        if !actor.is_person {
            self.of_someone.borrow_mut().insert(word, found.clone());
        }
        found
    }

    /// Everything of the team that a refusal must not change.
    async fn snapshot(&self) -> Value {
        self.administrator
            .query(
                "{ secret(order_by: {name: asc}) { id name version updated updated_by description }
                   deleted_secret { id name }
                   auth_api_key(order_by: {id: asc}) { id name role expires_at secrets }
                   member { user_id role } invitation { id email role }
                   role { id name description permissions } tenant { id name slug } }",
            )
            .await
            .data("")
            .clone()
    }

    /// Asks as everyone, and adds what is not as expected to `wrong`.
    async fn walk(&self, row: &Row, actors: &[Actor], wrong: &mut Vec<String>) {
        for actor in actors {
            let expected = actor.expected(row);
            let fresh = if actor.is_person && ends_session(row.field) {
                Some(self.session_of(actor).await)
            } else {
                None
            };
            let client = fresh.as_ref().unwrap_or(&actor.client);
            let document = self.prepare(row.document, actor, false).await;
            let before = self.snapshot().await;
            let answer = client.query(&document).await;
            let found = outcome(&answer);
            if found != Some(expected) {
                wrong.push(format!(
                    "{} as {}: expected {expected:?}, found {answer:?}",
                    row.field,
                    actor.describe()
                ));
            }
            if before != self.snapshot().await {
                self.spare.borrow_mut().clear();
                let may_change = matches!(row.needs, Nothing(_))
                    || (expected == Yes && matches!(actor.place, Place::Here | Place::Limited));
                if !may_change {
                    wrong.push(format!("{} as {} changed the team", row.field, actor.describe()));
                }
            }
            if actor.place == Place::Elsewhere && matches!(expected, NotDone | Missing | Empty) {
                let document = self.prepare(row.document, actor, true).await;
                let missing = client.query(&document).await;
                if missing.text != answer.text {
                    wrong.push(format!(
                        "{} tells another team what exists: {answer:?} {missing:?}",
                        row.field
                    ));
                }
            }
        }
    }

    /// A new session of the one behind an actor, acting where the actor does.
    async fn session_of(&self, actor: &Actor) -> Client {
        let is_here = actor.place == Place::Here;
        let person = &self.people[&(is_here, actor.role)];
        // The row before may have changed the password.
        let changed = person.guessing("an entirely new password");
        let answer = person.log_in(&self.server.nobody()).await;
        let person = if answer.data("/log_in/success") == &json!(true) { person } else { &changed };
        let session = self.server.fixed_session(person).await;
        if actor.place == Place::ReachingIn {
            session.as_tenant(&self.administrator.tenant_id().await)
        } else {
            session
        }
    }
}

/// The words of documents; longer ones first where one is part of the other.
const WORDS: [&str; 14] = [
    "INVITATION_TOKEN",
    "INVITATION_ID",
    "FRESH_EMAIL",
    "MEMBER_EMAIL",
    "MEMBER_ID",
    "OWN_TEAM_ID",
    "OWN_SESSION_ID",
    "OWN_PASSWORD",
    "OWN_ID",
    "ROLE_ID",
    "KEY_ID",
    "DELETED",
    "SECRET",
    "NEW",
];

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
        Value::Null => Some(Null),
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

async fn check_table(rows: &[Row]) {
    let world = World::new().await;
    let actors = world.actors().await;
    let mut wrong = Vec::new();
    for row in rows {
        world.walk(row, &actors, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn everyone_reads_what_the_table_says() {
    check_table(QUERIES).await;
}

#[tokio::test]
async fn everyone_changes_secrets_and_keys_as_the_table_says() {
    check_table(SECRETS_AND_KEYS).await;
}

#[tokio::test]
async fn everyone_changes_people_and_teams_as_the_table_says() {
    check_table(PEOPLE_AND_TEAMS).await;
}

#[tokio::test]
async fn everyone_does_to_their_own_account_what_the_table_says() {
    check_table(OWN_ACCOUNT).await;
}

/// The fields of a type in the schema's text.
fn fields_of(kind: &str) -> Vec<&'static str> {
    let schema = include_str!("../../shared/schema.graphql");
    let start = format!("\ntype {kind} {{\n");
    let (_, rest) = schema.split_once(&start).expect("the schema has the type");
    let (body, _) = rest.split_once("\n}").expect("a type ends");
    let mut in_words = false;
    body.lines()
        .filter_map(|line| {
            let line = line.strip_prefix('\t')?;
            if line.starts_with("\"\"\"") {
                in_words = !in_words;
                return None;
            }
            let end = line.find(['(', ':']).filter(|_| !in_words)?;
            Some(&line[..end])
        })
        .collect()
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
    let fields = |rows: &[Row]| -> Vec<&'static str> { rows.iter().map(|row| row.field).collect() };
    for (kind, pointer, mut table) in [
        ("Query", "queryType", fields(QUERIES)),
        ("Mutation", "mutationType", MUTATIONS.map(fields).concat()),
    ] {
        let answered = answer.data(&format!("/__schema/{pointer}/fields"));
        let answered = answered.as_array().expect("a list").iter();
        let mut answered: Vec<&str> = answered.map(|field| field["name"].as_str().expect("a name")).collect();
        let mut written = fields_of(kind);
        for list in [&mut answered, &mut written, &mut table] {
            list.sort_unstable();
        }
        table.dedup();
        assert_eq!(table, written, "the table and the schema's file, fields of {kind}");
        assert_eq!(table, answered, "the table and the server, fields of {kind}");
    }
    assert_eq!(answer.data("/__schema/subscriptionType"), &Value::Null, "subscriptions need rows too");
}

#[tokio::test]
async fn each_built_in_role_holds_what_the_table_says() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let listed = admin.rows("role", "name permissions fits_person id").await;
    assert_eq!(listed.len(), 4, "{listed:?}");
    for (role, permissions) in &ROLES[..4] {
        let found = listed.iter().find(|row| row["name"] == *role);
        let found = found.unwrap_or_else(|| panic!("{role} is listed"));
        assert_eq!(found["permissions"], json!(permissions), "{role}");
        assert_eq!(found["fits_person"], json!(*role != "runner"), "{role}");
        assert_eq!(found["id"], Value::Null, "{role}");
    }
}

#[tokio::test]
async fn each_field_needs_its_permission_and_no_other() {
    let world = World::new().await;
    let admin = &world.administrator;
    let known = every_permission();
    let mut wrong = Vec::new();
    for &permission in &known {
        let all_but: Vec<_> =
            known.iter().filter(|&&other| other != permission && other != "read:secret-value").collect();
        let (with, without) = (format!("only {permission}"), format!("all but {permission}"));
        for (name, permissions) in [(&with, json!([permission])), (&without, json!(all_but))] {
            let input = json!({"name": name, "permissions": permissions});
            admin.done("create_role", input).await;
        }
        let (with, without) = (world.here.key(&with).await, world.here.key(&without).await);
        let own = |client: &Client| Actor {
            place: Place::Here,
            role: "",
            is_person: false,
            client: client.clone(),
        };
        for row in every_row() {
            let Permission(needed) = row.needs else { continue };
            if needed != permission {
                continue;
            }
            let lacks = |role: &str| {
                format!("Unauthorized: the role {role} {permission} lacks the permission {permission}.")
            };
            let document = world.prepare(row.document, &own(&without), false).await;
            let refused = without.query(&document).await;
            if refused.errors().first().map(|error| error.message.as_str()) != Some(&lacks("all but")) {
                wrong.push(format!("{} without {permission}: {refused:?}", row.field));
            }
            let document = world.prepare(row.document, &own(&with), false).await;
            let allowed = with.query(&document).await;
            let message = allowed.errors().first().map(|error| error.message.clone());
            if message.is_some_and(|message| message.contains("lacks")) {
                wrong.push(format!("{} with {permission}: {allowed:?}", row.field));
            }
            world.spare.borrow_mut().clear();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_refused_reader_of_values_cannot_tell_which_secrets_exist() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    team.key("user").await.set("THERE", json!("a value that is there")).await;
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
    let admin = team.key("administrator").await;
    let input = json!({"name": "key maker", "permissions": ["create:api_key", "read:secret", "read:member"]});
    admin.done("create_role", input).await;
    for (role, allowed) in [
        ("runner", &[][..]),
        ("read-only", &[]),
        ("user", &[]),
        ("key maker", &["read-only", "key maker"]),
        ("administrator", &["administrator", "user", "read-only", "runner", "key maker"]),
    ] {
        let client = team.key(role).await;
        for wanted in ["administrator", "user", "read-only", "runner", "key maker"] {
            let input = json!({"name": "more", "role": wanted});
            if allowed.contains(&wanted) {
                let (_, made) = client.new_key(input).await;
                assert_eq!(made.auth_info("role").await, json!(wanted));
            } else {
                client.forbidden("create_api_key", input).await;
            }
        }
    }
}

#[tokio::test]
async fn a_key_is_what_counts_when_a_session_comes_along() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let runner = team.key("runner").await;
    team.key("user").await.set("A", json!("value of A")).await;
    let browser = server.fixed_session(&team.person("administrator").await).await;

    // A session does not gain by an invalid key, and a runner's key does not lose by a cookie.
    let stranger = browser.with_key(NO_KEY);
    stranger.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    let both = browser.with_key(runner.key());
    assert_eq!(both.value("A").await, json!("value of A"));
    both.try_set("B", json!("planted")).await.assert_error("FORBIDDEN");
}
