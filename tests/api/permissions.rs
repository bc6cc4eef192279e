//! The permissions: every query and mutation, by every kind of caller.
//!
//! Two tables define everything: the permissions of each role, and the needs of each field. The expected outcomes follow
//! from them alone. A field of the schema without a row fails the test, and so does a refusal that changes anything. To
//! add a field: give it a row.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use strongroom_tests::{Answer, Client, Person, Scene, Server, Team};

use Needs::{AnyOf, Known, Nothing, Permission, Personal, PersonalPermission};
use Outcome::{Empty, Forbidden, Missing, NotDone, Null, Unauthenticated, Yes};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Yes,
    /// An empty list, or a count of 0.
    Empty,
    Null,
    /// `success: false` with a reason, as if the thing did not exist.
    NotDone,
    Missing,
    Unauthenticated,
    Forbidden,
}

#[derive(Clone, Copy, Debug)]
enum Needs {
    Nothing(Outcome),
    Known,
    Personal,
    Permission(&'static str),
    AnyOf(&'static [&'static str]),
    PersonalPermission(&'static str),
}

const CUSTOM: &str = "house keeper";

const ROLES: [(&str, &str); 5] = [
    (
        "administrator",
        "create:secret read:secret update:secret delete:secret create:member read:member update:member delete:member \
         create:api_key read:api_key update:api_key delete:api_key create:role update:role delete:role \
         create:team update:team read:audit_log",
    ),
    ("user", "create:secret read:secret update:secret delete:secret read:member"),
    ("read-only", "read:secret read:member"),
    ("runner", "read:secret read:secret-value"),
    (
        CUSTOM,
        "read:secret read:member create:member update:member delete:member create:api_key read:api_key \
         delete:api_key create:role delete:role",
    ),
];

fn permissions_of(role: &str) -> Vec<&'static str> {
    let row = ROLES.iter().find(|(name, _)| *name == role);
    row.map_or_else(Vec::new, |(_, permissions)| permissions.split(' ').collect())
}

fn every_permission() -> Vec<&'static str> {
    [permissions_of("administrator"), vec!["read:secret-value"]].concat()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In no team: without credentials, or with a key that does not exist.
    Nowhere,
    Here,
    /// In the team, with a key that is limited to secrets it has none of.
    Limited,
    Elsewhere,
    /// In another team, naming this one in the tenant header.
    ReachingIn,
}

struct Actor {
    place: Place,
    role: &'static str,
    is_person: bool,
    client: Client,
}

impl Actor {
    fn describe(&self) -> String {
        let kind = if self.is_person { "session" } else { "key" };
        format!("{} {kind}, {:?}", self.role, self.place)
    }

    fn holds(&self, permission: &str) -> bool {
        // A limited key must not get around its limits.
        let is_allowed = self.place != Place::Limited || permission.contains(":secret");
        is_allowed && permissions_of(self.role).contains(&permission)
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
            Place::Limited => row.limited,
            Place::Here => Yes,
        }
    }
}

/// Words in capitals in the document are placeholders for objects created for it, see [`World::make`].
struct Row {
    field: &'static str,
    is_mutation: bool,
    /// The rest of a query after its field, or the input of a mutation.
    text: &'static str,
    needs: Needs,
    /// The outcome in another team, for an actor with all permissions.
    elsewhere: Outcome,
    /// The outcome for a key that is limited to other secrets.
    limited: Outcome,
}

const fn query(field: &'static str, text: &'static str, needs: Needs) -> Row {
    Row { field, is_mutation: false, text, needs, elsewhere: Yes, limited: Yes }
}

const fn mutation(field: &'static str, text: &'static str, needs: Needs) -> Row {
    Row { is_mutation: true, ..query(field, text, needs) }
}

/// A mutation of something that exists in the team, and in no other.
const fn change(field: &'static str, text: &'static str, permission: &'static str) -> Row {
    mutation(field, text, Permission(permission)).elsewhere(NotDone)
}

impl Row {
    const fn elsewhere(self, elsewhere: Outcome) -> Self {
        Self { elsewhere, ..self }
    }

    const fn limited(self, limited: Outcome) -> Self {
        Self { limited, ..self }
    }

    /// A query of secrets, which hides those of another team or outside a key's limits.
    const fn hidden(self, outcome: Outcome) -> Self {
        self.elsewhere(outcome).limited(outcome)
    }

    fn document(&self) -> String {
        let Self { field, text, .. } = self;
        if !self.is_mutation {
            return format!("{{ it: {field}{text}\n}}");
        }
        let input = if text.is_empty() { String::new() } else { format!("(input: {{{text}}})") };
        let makes = ["create_api_key", "invite_member", "create_team"].contains(field);
        let selection = if makes { "id" } else { "success error" };
        format!("mutation {{ it: {field}{input} {{ {selection} }} }}")
    }
}

const READ: Needs = Permission("read:secret");
const READ_VALUE: Needs = Permission("read:secret-value");

const QUERIES: &[Row] = &[
    query("auth_info", "{ tenant_id }", Known),
    query("authInfo", "{ tenantId }", Known),
    query("tenant", "{ id }", Known),
    query("set_up_required", "", Nothing(Yes)),
    query("single_sign_on", "{ name }", Nothing(Null)),
    query("invitation_info", r#"(token: "INVITATION_TOKEN") { email }"#, Nothing(Yes)),
    query("secret_names", "", READ).hidden(Empty),
    query("secretNames", "", READ).hidden(Empty),
    query("secret", "{ name updated_by last_read_by }", READ).hidden(Empty),
    query("secret_aggregate", "(where: {version: {_gt: 0}}) { aggregate { count } }", READ).hidden(Empty),
    query("secret_version", r#"(name: "SECRET") { version created_by }"#, READ).hidden(Empty),
    query("deleted_secret", "{ name deleted_by } # DELETED", READ).hidden(Empty),
    query("secret_value", r#"(name: "SECRET")"#, READ_VALUE).hidden(Missing),
    query("secretValue", r#"(name: "SECRET")"#, READ_VALUE).hidden(Missing),
    query("secret_values", r#"(names: ["SECRET"]) { name value }"#, READ_VALUE).hidden(Empty),
    query("auth_api_key", "{ id name }", Permission("read:api_key")),
    query("role", "{ name }", AnyOf(&["read:member", "create:api_key"])),
    query("member", "{ email }", Permission("read:member")),
    query("invitation", "{ email }", Permission("create:member")).elsewhere(Empty),
    query("session", "{ id }", Personal),
    query("audit_log", "{ action }", Permission("read:audit_log")),
    query("audit_checkpoint", "{ count }", Permission("read:audit_log")),
];

const CREATE: Needs = Permission("create:secret");

const SECRETS_AND_KEYS: &[Row] = &[
    mutation("set_secret", r#"name: "NEW", value: 1"#, CREATE).limited(Forbidden),
    mutation("setSecret", r#"name: "NEW", value: 1"#, CREATE).limited(Forbidden),
    mutation("import_secrets", r#"secrets: [{name: "NEW", value: 1}]"#, CREATE).limited(Forbidden),
    // An import overwrites existing secrets, which is another permission; in another team it creates them.
    change("import_secrets", r#"secrets: [{name: "SECRET", value: 2}]"#, "update:secret")
        .elsewhere(Yes)
        .limited(Forbidden),
    change("update_secret", r#"name: "SECRET", new_name: "NEW", value: 2"#, "update:secret")
        .limited(Forbidden),
    change("restore_secret_version", r#"name: "SECRET", version: 1"#, "update:secret").limited(Forbidden),
    change("delete_secret", r#"name: "SECRET""#, "delete:secret").limited(Forbidden),
    change("deleteSecret", r#"name: "SECRET""#, "delete:secret").limited(Forbidden),
    change("restore_secret", r#"name: "DELETED""#, "create:secret").limited(Forbidden),
    mutation("create_api_key", r#"name: "made", user_id: "OWN_ID""#, Permission("create:api_key"))
        .limited(Forbidden),
    change("update_api_key", r#"key_id: "KEY_ID", name: "NEW""#, "update:api_key"),
    change("delete_api_key", r#"key_id: "KEY_ID""#, "delete:api_key"),
];

const PEOPLE_AND_TEAMS: &[Row] = &[
    mutation("invite_member", r#"email: "FRESH_EMAIL", role: "read-only""#, Permission("create:member")),
    change("withdraw_invitation", r#"id: "INVITATION_ID""#, "create:member"),
    mutation("accept_invitation", r#"token: "INVITATION_TOKEN", password: "a member's one""#, Nothing(Yes)),
    change("update_member", r#"user_id: "MEMBER_ID", role: "read-only""#, "update:member"),
    change("end_member_sessions", r#"user_id: "MEMBER_ID""#, "update:member"),
    change("remove_member", r#"user_id: "MEMBER_ID""#, "delete:member"),
    mutation("create_role", r#"name: "NEW", permissions: ["read:secret"]"#, Permission("create:role")),
    change("update_role", r#"id: "ROLE_ID", description: "NEW""#, "update:role"),
    change("delete_role", r#"id: "ROLE_ID""#, "delete:role"),
    mutation("create_team", r#"name: "NEW""#, PersonalPermission("create:team")),
    mutation("update_team", r#"name: "NEW""#, Permission("update:team")),
    mutation(
        "set_up",
        r#"token: "sr_wrong", team_name: "Mine", email: "me@acme.example", password: "correct horse battery""#,
        Nothing(NotDone),
    ),
    mutation("log_in", r#"email: "MEMBER_EMAIL", password: "a member's one""#, Nothing(Yes)),
];

/// The caller's own account. Later rows log in with the old password, so its change comes last.
const OWN_ACCOUNT: &[Row] = &[
    mutation("switch_team", r#"team_id: "OWN_TEAM_ID""#, Personal),
    mutation("end_session", r#"id: "OWN_SESSION_ID""#, Personal),
    mutation("log_out_everywhere", "", Personal),
    mutation("log_out", "", Known),
    mutation(
        "change_password",
        r#"current_password: "OWN_PASSWORD", new_password: "brand-new one""#,
        Personal,
    ),
];

const MUTATIONS: [&[Row]; 3] = [SECRETS_AND_KEYS, PEOPLE_AND_TEAMS, OWN_ACCOUNT];

fn every_row() -> impl Iterator<Item = &'static Row> {
    QUERIES.iter().chain(MUTATIONS.into_iter().flatten())
}

const ENDS_SESSION: [&str; 7] = [
    "switch_team", "end_session", "change_password", "log_out_everywhere", "log_out", "log_in",
    "accept_invitation",
];

struct World {
    server: Server,
    here: Team,
    elsewhere: Team,
    administrator: Client,
    people: HashMap<(bool, &'static str), Person>,
    spare: RefCell<HashMap<&'static str, String>>,
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
            admin.new_role(CUSTOM, &permissions_of(CUSTOM)).await;
            for (role, _) in ROLES {
                if role != "runner" {
                    people.insert((is_here, role), team.person(role).await);
                }
            }
        }
        administrator.set("the team's first secret", json!("the team's own value")).await;
        Self { server, here, elsewhere, administrator, people, spare: RefCell::default() }
    }

    async fn actors(&self) -> Vec<Actor> {
        let mut actors = Vec::new();
        let mut add = |place, role, is_person, client| actors.push(Actor { place, role, is_person, client });
        let tenant = self.administrator.tenant_id().await;
        // With a separate cookie, so that no response can give it one.
        add(Place::Nowhere, "", false, self.server.with_cookie("unknown=cookie"));
        add(Place::Nowhere, "", false, self.server.with_key(NO_KEY));
        for (role, _) in ROLES {
            add(Place::Here, role, false, self.here.key(role).await);
            let limited = self.here.new_key_with(role, &["--secrets", "limited to *"]).await;
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

    async fn session(&self, is_here: bool, role: &'static str) -> Client {
        self.server.fixed_session(&self.people[&(is_here, role)]).await
    }

    /// The document with the things it needs, or with ids that do not exist.
    async fn prepare(&self, row: &Row, actor: &Actor, missing: bool) -> String {
        let mut prepared = row.document();
        for word in WORDS.split(' ') {
            if prepared.contains(word) {
                let is_missing = missing && word != "NEW";
                let thing = if is_missing { NO_ID.to_owned() } else { self.make(word, actor).await };
                prepared = prepared.replace(word, &thing);
            }
        }
        prepared
    }

    async fn make(&self, word: &'static str, actor: &Actor) -> String {
        let fresh = format!("{} {}", word.to_lowercase(), self.server.store().next_number());
        let email = format!("{}@acme.example", fresh.replace(' ', "-"));
        match word {
            "NEW" => return fresh,
            "FRESH_EMAIL" => return email,
            _ if word.starts_with("OWN_") => return self.own(word, actor).await,
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
            "KEY_ID" => admin.new_key(json!({"name": fresh, "role": "read-only"})).await.0,
            "ROLE_ID" => admin.new_role(&fresh, &["read:secret"]).await.as_str().expect("an id").to_owned(),
            "INVITATION_TOKEN" => admin.invite(&email, "read-only").await,
            "INVITATION_ID" => {
                let input = json!({"email": email, "role": "read-only"});
                let answer = admin.mutate_for("invite_member", input, "id").await;
                answer.data("/invite_member/id").as_str().expect("an id").to_owned()
            }
            "MEMBER_ID" | "MEMBER_EMAIL" => {
                let token = admin.invite(&email, "read-only").await;
                self.server.nobody().join(&token, "a member's one").await;
                if word == "MEMBER_EMAIL" { email } else { admin.member_id(&email).await }
            }
            _ => unreachable!("{word} is one of the words"),
        };
        self.spare.borrow_mut().insert(word, made.clone());
        made
    }

    /// A thing of the actor's own; for a key, that of a user of the team.
    async fn own(&self, word: &'static str, actor: &Actor) -> String {
        let is_here = actor.place != Place::Elsewhere;
        let role = if actor.is_person { actor.role } else { "user" };
        let person = &self.people[&(is_here || !actor.is_person, role)];
        match word {
            "OWN_PASSWORD" => person.password.clone(),
            "OWN_ID" => {
                let answer = actor.client.query("{ auth_info { user_id } }").await;
                answer.body()["data"]["auth_info"]["user_id"].as_str().unwrap_or(NO_ID).to_owned()
            }
            "OWN_TEAM_ID" => self.server.fixed_session(person).await.tenant_id().await,
            _ => {
                let rows = self.server.fixed_session(person).await.rows("session", "id is_current").await;
                let current = rows.iter().find(|row| row["is_current"] == true).expect("the current one");
                current["id"].as_str().expect("an id").to_owned()
            }
        }
    }

    async fn snapshot(&self) -> Value {
        let everything = "{ secret(order_by: {name: asc}) { id name version updated updated_by description }
            deleted_secret { id name }
            auth_api_key(order_by: {id: asc}) { id name role expires_at secrets }
            member { user_id role } invitation { id email role }
            role { id name description permissions } tenant { id name slug } }";
        self.administrator.query(everything).await.data("").clone()
    }

    async fn walk(&self, row: &Row, actors: &[Actor], wrong: &mut Vec<String>) {
        for actor in actors {
            let expected = actor.expected(row);
            let ends_session = ENDS_SESSION.contains(&row.field);
            let client =
                if actor.is_person && ends_session { &self.session_of(actor).await } else { &actor.client };
            let document = self.prepare(row, actor, false).await;
            let before = self.snapshot().await;
            let answer = client.query(&document).await;
            let found = outcome(&answer);
            let what = format!("{} as {}", row.field, actor.describe());
            if found != Some(expected) {
                wrong.push(format!("{what}: expected {expected:?}, found {answer:?}"));
            }
            if before != self.snapshot().await {
                self.spare.borrow_mut().clear();
                let may_change = matches!(row.needs, Nothing(_))
                    || (expected == Yes && matches!(actor.place, Place::Here | Place::Limited));
                if !may_change {
                    wrong.push(format!("{what} changed the team"));
                }
            }
            if actor.place == Place::Elsewhere && matches!(expected, NotDone | Missing | Empty) {
                let document = self.prepare(row, actor, true).await;
                let missing = client.query(&document).await;
                if missing.text != answer.text {
                    wrong.push(format!("{what} discloses what exists: {answer:?} {missing:?}"));
                }
            }
        }
    }

    async fn session_of(&self, actor: &Actor) -> Client {
        let session = self.session(actor.place == Place::Here, actor.role).await;
        match actor.place {
            Place::ReachingIn => session.as_tenant(&self.administrator.tenant_id().await),
            _ => session,
        }
    }
}

/// The words of documents; one that contains another comes first.
const WORDS: &str = "INVITATION_TOKEN INVITATION_ID FRESH_EMAIL MEMBER_EMAIL MEMBER_ID OWN_TEAM_ID OWN_SESSION_ID \
                     OWN_PASSWORD OWN_ID ROLE_ID KEY_ID DELETED SECRET NEW";

/// `None` for an answer that no row expects.
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
async fn queries_need_the_permissions_of_the_table() {
    check_table(QUERIES).await;
}

#[tokio::test]
async fn changes_of_secrets_and_keys_need_the_permissions_of_the_table() {
    check_table(SECRETS_AND_KEYS).await;
}

#[tokio::test]
async fn changes_of_people_and_teams_need_the_permissions_of_the_table() {
    check_table(PEOPLE_AND_TEAMS).await;
}

#[tokio::test]
async fn changes_of_the_own_account_need_the_permissions_of_the_table() {
    check_table(OWN_ACCOUNT).await;
}

#[tokio::test]
async fn the_table_has_every_field_of_the_schema() {
    let Scene { admin, .. } = &Scene::new().await;
    for (kind, tables) in [("queryType", &[QUERIES][..]), ("mutationType", &MUTATIONS)] {
        let table: BTreeSet<_> = tables.iter().copied().flatten().map(|row| row.field).collect();
        let answer = admin.query(&format!("{{ __schema {{ kind: {kind} {{ fields {{ name }} }} }} }}")).await;
        let answered = answer.data("/__schema/kind/fields").as_array().expect("a list").iter();
        let answered: BTreeSet<_> = answered.map(|field| field["name"].as_str().expect("a name")).collect();
        assert_eq!(table, answered, "the table and the server, {kind}");
    }
    let answer = admin.query("{ __schema { subscriptionType { name } } }").await;
    assert_eq!(answer.data("/__schema/subscriptionType"), &Value::Null, "subscriptions need rows too");
}

#[tokio::test]
async fn built_in_roles_have_the_permissions_of_the_table() {
    let Scene { team, admin, .. } = &Scene::new().await;
    admin.set("THERE", json!("a value that is there")).await;
    let listed = admin.rows("role", "name permissions fits_person id").await;
    assert_eq!(listed.len(), 4, "{listed:?}");
    for (role, _) in &ROLES[..4] {
        let found = listed.iter().find(|row| row["name"] == *role);
        let fits = *role != "runner";
        let row = json!({"name": role, "permissions": permissions_of(role), "fits_person": fits, "id": null});
        assert_eq!(found, Some(&row));
        let key = team.key(role).await;
        assert_eq!(key.auth_info("role").await, *role);
        assert_eq!(key.auth_info("permissions").await, json!(permissions_of(role)), "{role}");
        if *role != "runner" {
            let [there, missing] = [key.try_value("THERE").await, key.try_value("MISSING").await]
                .map(|answer| answer.assert_error("FORBIDDEN"));
            assert_eq!(there, missing, "without read:secret-value, it is unknown which secrets exist");
        }
    }
}

#[tokio::test]
async fn each_field_needs_its_permission_and_no_other() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for permission in every_permission() {
        let mut all_but = every_permission();
        all_but.retain(|&other| other != permission && other != "read:secret-value");
        let mut actors = Vec::new();
        for (name, permissions) in [("all but", all_but), ("only", vec![permission])] {
            let name = format!("{name} {permission}");
            world.administrator.new_role(&name, &permissions).await;
            let client = world.here.key(&name).await;
            actors.push(Actor { place: Place::Here, role: "", is_person: false, client });
        }
        let lacks = format!("Unauthorized: the role all but {permission} lacks the permission {permission}.");
        let is_about = |row: &&Row| matches!(row.needs, Permission(needed) if needed == permission);
        for row in every_row().filter(is_about) {
            let mut messages = Vec::new();
            for actor in &actors {
                let document = world.prepare(row, actor, false).await;
                let errors = actor.client.query(&document).await.errors();
                messages.push(errors.first().map_or_else(String::new, |error| error.message.clone()));
            }
            if messages[0] != lacks || messages[1].contains("lacks") {
                wrong.push(format!("{} and {permission}: {messages:?}", row.field));
            }
            world.spare.borrow_mut().clear();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn keys_can_not_get_more_permissions_than_their_creator_has() {
    let Scene { team, admin, .. } = &Scene::new().await;
    admin.new_role("key maker", &["create:api_key", "read:secret", "read:member"]).await;
    let every = ["administrator", "user", "read-only", "runner", "key maker"];
    for (role, allowed) in [
        ("runner", &[][..]),
        ("read-only", &[]),
        ("user", &[]),
        ("key maker", &["read-only", "key maker"]),
        ("administrator", &every),
    ] {
        let client = team.key(role).await;
        for wanted in every {
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
async fn a_key_takes_precedence_over_a_session() {
    let Scene { server, team, writer, runner, .. } = &Scene::new().await;
    writer.set("A", json!("value of A")).await;
    let browser = server.fixed_session(&team.person("administrator").await).await;
    // A session does not gain by an invalid key, and a runner's key does not lose by a cookie.
    browser.with_key(NO_KEY).assert_unknown().await;
    let both = browser.with_key(runner.key());
    assert_eq!(both.value("A").await, json!("value of A"));
    assert_eq!(both.auth_info("role").await, "runner");
    both.try_set("B", json!("planted")).await.assert_error("FORBIDDEN");
}
