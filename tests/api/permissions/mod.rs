//! The permissions: every query and mutation, by every kind of caller.
//!
//! Two tables define everything: the permissions of each role, and the needs of each field. The expected outcomes follow
//! from them alone. A field of the schema without a row fails the test, and so does a refusal that changes anything. To
//! add a field: give it a row.

mod kv;
mod world;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strongroom_tests::Scene;

use self::world::{Actor, NO_KEY, Place, World};
use Needs::{AllOf, AnyOf, Known, Nothing, Permission, Personal, PersonalPermission};
use Outcome::{Empty, Forbidden, Missing, NotDone, Null, Yes};

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
    AllOf(&'static [&'static str]),
    PersonalPermission(&'static str),
}

const CUSTOM: &str = "house keeper";

/// A role that reads values and lists nothing.
const READER: &str = "value reader";

const ROLES: [(&str, &str); 6] = [
    (
        "administrator",
        "create:secret read:secret update:secret delete:secret create:member read:member update:member delete:member \
         create:api_key read:api_key update:api_key delete:api_key create:role update:role delete:role \
         create:team update:team read:audit_log",
    ),
    ("user", "create:secret read:secret update:secret delete:secret read:member"),
    ("read-only", "read:secret read:member"),
    ("runner", "read:secret read:secret-value"),
    (READER, "read:secret-value"),
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
        let input = match *text {
            "" => String::new(),
            // Without an input.
            comment if comment.starts_with('#') => format!(" {comment}\n"),
            input => format!("(input: {{{input}}})"),
        };
        let makes = ["create_api_key", "invite_member", "create_team"].contains(field);
        let selection = match *field {
            _ if makes => "id",
            "test_trust" => "success error checks { name }",
            _ => "success error",
        };
        format!("mutation {{ it: {field}{input} {{ {selection} }} }}")
    }
}

const READ: Needs = Permission("read:secret");
const READ_VALUE: Needs = Permission("read:secret-value");
/// Events name secrets, and who sets and reads them.
const WEBHOOK: Needs = AllOf(&["update:team", "read:secret", "read:audit_log"]);

const QUERIES: &[Row] = &[
    query("auth_info", "{ tenant_id }", Known),
    query("authInfo", "{ tenantId }", Known),
    query("tenant", "{ id }", Known),
    query("limits", "{ value_bytes }", Known),
    query("set_up_required", "", Nothing(Yes)),
    query("single_sign_on", "{ name }", Nothing(Null)),
    query("invitation_info", r#"(token: "INVITATION_TOKEN") { email }"#, Nothing(Yes)),
    query("secret_names", "", READ).hidden(Empty),
    query("secretNames", "", READ).hidden(Empty),
    query("secret", "{ name updated_by last_read_by }", READ).hidden(Empty),
    query("secret_page", "(input: {grouping: {}}) { total rows { secret { name } } }", READ).hidden(Empty),
    query("secret_lookalike", r#"(name: "SECRET") { name version }"#, READ).hidden(Empty),
    query("secret_aggregate", "(where: {version: {_gt: 0}}) { aggregate { count } }", READ).hidden(Empty),
    query("secret_version", r#"(name: "SECRET") { version created_by }"#, READ).hidden(Empty),
    query(
        "secret_access",
        r#"(name: "SECRET") { keys { name } roles { name } readers { key_name } last_reads { time } }"#,
        Permission("read:audit_log"),
    )
    .elsewhere(Null),
    query("deleted_secret", "{ name deleted_by } # DELETED", READ).hidden(Empty),
    query("secret_value", r#"(name: "SECRET")"#, READ_VALUE).hidden(Missing),
    query("secretValue", r#"(name: "SECRET")"#, READ_VALUE).hidden(Missing),
    query("secret_values", r#"(names: ["SECRET"]) { name value }"#, READ_VALUE).hidden(Empty),
    query("auth_api_key", "{ id name }", Permission("read:api_key")),
    query("trust", "{ id logins { subject } } # TRUST_ID", Permission("read:api_key")).elsewhere(Empty),
    query("role", "{ name }", AnyOf(&["read:member", "create:api_key"])),
    query("member", "{ email }", Permission("read:member")),
    query("invitation", "{ email }", Permission("create:member")).elsewhere(Empty),
    query("webhook", "{ url } # WEBHOOK", WEBHOOK).elsewhere(Null),
    query("webhook_delivery", "{ event } # WEBHOOK", WEBHOOK).elsewhere(Empty),
    query("session", "{ id }", Personal),
    query("audit_log", "{ action }", Permission("read:audit_log")),
    query("audit_checkpoint", "{ count }", Permission("read:audit_log")),
];

const CREATE: Needs = Permission("create:secret");

const NEW_TRUST: &str = r#"name: "NEW", role: "read-only", issuer: "https://issuer.example", audiences: ["us"],
    claims: [{claim: "sub", values: ["it"]}]"#;
const CHANGED_TRUST: &str = r#"trust_id: "TRUST_ID", name: "NEW", role: "read-only", issuer: "https://issuer.example",
    audiences: ["us"], claims: [{claim: "sub", values: ["it"]}]"#;

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
    change("delete_secrets", r#"secrets: [{name: "SECRET"}]"#, "delete:secret").limited(Forbidden),
    change("restore_secret", r#"name: "DELETED""#, "create:secret").limited(Forbidden),
    change("restore_secrets", r#"secrets: [{name: "DELETED"}]"#, "create:secret").limited(Forbidden),
    mutation("create_api_key", r#"name: "made", user_id: "OWN_ID""#, Permission("create:api_key"))
        .limited(Forbidden),
    change("update_api_key", r#"key_id: "KEY_ID", name: "NEW""#, "update:api_key"),
    change("delete_api_key", r#"key_id: "KEY_ID""#, "delete:api_key"),
    mutation("set_trust", NEW_TRUST, Permission("create:api_key")),
    change("set_trust", CHANGED_TRUST, "update:api_key"),
    change("test_trust", r#"trust_id: "TRUST_ID", token: "x""#, "update:api_key"),
    change("delete_trust", r#"trust_id: "TRUST_ID""#, "delete:api_key"),
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
    mutation("test_webhook", "# WEBHOOK", WEBHOOK).elsewhere(NotDone),
    mutation("delete_webhook", "# WEBHOOK", WEBHOOK).elsewhere(NotDone),
    // After these, for which the other team must have none.
    mutation("set_webhook", r#"url: "https://hooks.invalid/NEW""#, WEBHOOK),
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

async fn check_table(rows: impl IntoIterator<Item = &'static Row>) {
    let world = World::new().await;
    let actors = world.actors().await;
    let mut wrong = Vec::new();
    for row in rows {
        world.walk(row, &actors, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn queries_and_changes_of_one_s_own_account_need_the_permissions_of_the_table() {
    check_table(QUERIES.iter().chain(OWN_ACCOUNT)).await;
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
async fn the_table_has_every_field_of_the_schema_and_the_built_in_roles() {
    let Scene { team, admin, .. } = &Scene::new().await;
    for (kind, tables) in [("queryType", &[QUERIES][..]), ("mutationType", &MUTATIONS)] {
        let table: BTreeSet<_> = tables.iter().copied().flatten().map(|row| row.field).collect();
        let answer = admin.query(&format!("{{ __schema {{ kind: {kind} {{ fields {{ name }} }} }} }}")).await;
        let answered = answer.list("/__schema/kind/fields").iter();
        let answered: BTreeSet<_> = answered.map(|field| field["name"].as_str().expect("a name")).collect();
        assert_eq!(table, answered, "the table and the server, {kind}");
    }
    let answer = admin.query("{ __schema { subscriptionType { name } } }").await;
    assert_eq!(answer.data("/__schema/subscriptionType"), &Value::Null, "subscriptions need rows too");

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
        let is_about = |row: &&Row| match row.needs {
            Permission(needed) => needed == permission,
            AllOf(needed) => needed.contains(&permission),
            _ => false,
        };
        for row in every_row().filter(is_about) {
            let mut messages = Vec::new();
            for actor in &actors {
                let document = world.prepare(row, actor, false).await;
                let errors = actor.client.query(&document).await.errors();
                messages.push(errors.first().map_or_else(String::new, |error| error.message.clone()));
            }
            let is_enough = matches!(row.needs, Permission(_));
            if messages[0] != lacks || messages[1].contains("lacks") == is_enough {
                wrong.push(format!("{} and {permission}: {messages:?}", row.field));
            }
            world.spare.borrow_mut().clear();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn keys_get_no_more_than_their_creator_and_take_precedence_over_sessions() {
    let Scene { server, team, admin, writer, runner } = &Scene::new().await;
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

    writer.set("A", json!("value of A")).await;
    let browser = server.fixed_session(&team.person("administrator").await).await;
    // A session does not gain by an invalid key, and a runner's key does not lose by a cookie.
    browser.with_key(NO_KEY).assert_unknown().await;
    let both = browser.with_key(runner.key());
    assert_eq!(both.value("A").await, json!("value of A"));
    assert_eq!(both.auth_info("role").await, "runner");
    both.try_set("B", json!("planted")).await.assert_error("FORBIDDEN");
}
