//! Two teams with members and keys of every role, and the responses to their requests for one team's objects.

use std::cell::RefCell;
use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom_tests::{Answer, Client, Person, Reply, Server, Team};

use super::Needs::{AllOf, AnyOf, Known, Nothing, Permission, Personal, PersonalPermission};
use super::Outcome::{self, Empty, Forbidden, Missing, NotDone, Null, Unauthenticated, Yes};
use super::{CUSTOM, Needs, READER, ROLES, Row, permissions_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In no team: without credentials, or with a key that does not exist.
    Nowhere,
    Here,
    /// In the team, with a key that is limited to secrets it has none of.
    Limited,
    Elsewhere,
    /// In another team, naming this one in the tenant header.
    ReachingIn,
}

pub struct Actor {
    pub place: Place,
    pub role: &'static str,
    pub is_person: bool,
    pub client: Client,
}

impl Actor {
    pub(super) fn describe(&self) -> String {
        let kind = if self.is_person { "session" } else { "key" };
        format!("{} {kind}, {:?}", self.role, self.place)
    }

    pub(super) fn holds(&self, permission: &str) -> bool {
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
            AllOf(permissions) => permissions.iter().all(|permission| self.holds(permission)),
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

const ENDS_SESSION: [&str; 7] = [
    "switch_team", "end_session", "change_password", "log_out_everywhere", "log_out", "log_in",
    "accept_invitation",
];

pub struct World {
    server: Server,
    pub here: Team,
    elsewhere: Team,
    pub administrator: Client,
    people: HashMap<(bool, &'static str), Person>,
    /// The things that the last request has not changed.
    pub spare: RefCell<HashMap<&'static str, String>>,
    /// Everything after the last request, unless something has been made since.
    seen: RefCell<Option<Value>>,
}

const NO_ID: &str = "00000000-0000-4000-8000-000000000000";
pub const NO_KEY: &str = "sr_0000000000000000000000000000000000000000000000000";

impl World {
    pub async fn new() -> Self {
        let server = Server::start().await;
        let here = server.team("acme").await;
        let elsewhere = server.team("other").await;
        let administrator = here.key("administrator").await;
        for role in [CUSTOM, READER] {
            administrator.new_role(role, &permissions_of(role)).await;
        }
        let mut people = HashMap::new();
        people.insert((false, "administrator"), elsewhere.person("administrator").await);
        for (role, _) in
            ROLES.into_iter().filter(|(_, permissions)| !permissions.contains("read:secret-value"))
        {
            people.insert((true, role), here.person(role).await);
        }
        administrator.set("the team's first secret", json!("the team's own value")).await;
        Self {
            server,
            here,
            elsewhere,
            administrator,
            people,
            spare: RefCell::default(),
            seen: RefCell::default(),
        }
    }

    pub async fn actors(&self) -> Vec<Actor> {
        let mut actors = Vec::new();
        let mut add = |place, role, is_person, client| actors.push(Actor { place, role, is_person, client });
        let tenant = self.administrator.tenant_id().await;
        // With a separate cookie, so that no response can give it one.
        add(Place::Nowhere, "", false, self.server.with_cookie("unknown=cookie"));
        add(Place::Nowhere, "", false, self.server.with_key(NO_KEY));
        for (role, _) in ROLES {
            add(Place::Here, role, false, self.here.key(role).await);
            let limited = json!({"name": "limited", "role": role, "secrets": ["limited to *"]});
            add(Place::Limited, role, false, self.administrator.new_key(limited).await.1);
            if self.people.contains_key(&(true, role)) {
                add(Place::Here, role, true, self.session(true, role).await);
            }
        }
        // Logins have the rights of their keys.
        for role in ["user", "runner"] {
            let reply = self.here.key(role).await.request(Method::POST, "/v1/auth/token/create");
            let login = Reply::to(reply).await.json();
            let token = login["auth"]["client_token"].as_str().expect("a login").to_owned();
            add(Place::Here, role, false, self.server.with_key(&token));
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
    pub(super) async fn prepare(&self, row: &Row, actor: &Actor, missing: bool) -> String {
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
        self.seen.take();
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
            "TRUST_ID" => {
                let input = json!({
                    "name": fresh, "role": "read-only", "issuer": "https://issuer.example", "audiences": ["us"],
                    "keys": r#"{"keys": [{"kty": "RSA"}]}"#, "claims": [{"claim": "sub", "values": ["it"]}],
                });
                let answer = admin.mutate_for("set_trust", input, "success error id").await;
                answer.data("/set_trust/id").as_str().expect("an id").to_owned()
            }
            "KEY_ID" => admin.new_key(json!({"name": fresh, "role": "read-only"})).await.0,
            "WEBHOOK" => {
                admin.done("set_webhook", json!({"url": "https://hooks.invalid/x"})).await;
                admin.done_without_input("test_webhook").await;
                fresh
            }
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

    pub(super) async fn snapshot(&self) -> Value {
        let everything = "{ secret(order_by: {name: asc}) { id name version updated updated_by description }
            deleted_secret { id name }
            auth_api_key(order_by: {id: asc}) { id name role expires_at secrets }
            member { user_id role } invitation { id email role }
            role { id name description permissions } tenant { id name slug } webhook { url created }
            trust { id name role issuer claims { claim values } } }";
        self.administrator.query(everything).await.data("").clone()
    }

    pub(super) async fn walk(&self, row: &Row, actors: &[Actor], wrong: &mut Vec<String>) {
        for actor in actors {
            let expected = actor.expected(row);
            let ends_session = ENDS_SESSION.contains(&row.field);
            let client =
                if actor.is_person && ends_session { &self.session_of(actor).await } else { &actor.client };
            let document = self.prepare(row, actor, false).await;
            let seen = self.seen.take();
            let before = if let Some(seen) = seen { seen } else { self.snapshot().await };
            let answer = client.query(&document).await;
            let found = outcome(&answer);
            let what = format!("{} as {}", row.field, actor.describe());
            if found != Some(expected) {
                wrong.push(format!("{what}: expected {expected:?}, found {answer:?}"));
            }
            let after = self.snapshot().await;
            if before != after {
                self.spare.borrow_mut().clear();
                let may_change = matches!(row.needs, Nothing(_))
                    || (expected == Yes && matches!(actor.place, Place::Here | Place::Limited));
                if !may_change {
                    wrong.push(format!("{what} changed the team"));
                }
            }
            self.seen.replace(Some(after));
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
                     OWN_PASSWORD OWN_ID ROLE_ID TRUST_ID KEY_ID WEBHOOK DELETED SECRET NEW";

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
            // A token was tested, and does not pass.
            Some(Value::Bool(false)) if fields.get("checks").is_some_and(|checks| *checks != json!([])) => {
                Some(Yes)
            }
            Some(Value::Bool(false)) => fields["error"].is_string().then_some(NotDone),
            Some(Value::Bool(true)) => fields["error"].is_null().then_some(Yes),
            Some(_) => None,
            None if it["aggregate"]["count"] == json!(0) || it["total"] == json!(0) => Some(Empty),
            None => Some(Yes),
        },
        _ => Some(Yes),
    }
}
