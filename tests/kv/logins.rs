//! Logins: of workloads with their own tokens, with a key as `AppRole`, and children. Each ends with its trust,
//! key or parent.

use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::issuer::{self, Issuer};
use strongroom_tests::{Client, Scene, Server, Store, assert_fields, assert_says};

use crate::reference::Vault;

struct Workloads {
    scene: Scene,
    vault: Vault,
    issuer: Issuer,
    store: Arc<Store>,
}

impl Workloads {
    /// A server with a trust of the repository `acme/app` as `deploy`, which reads `DB_*`.
    async fn start() -> Self {
        let store = Store::new();
        let issuer = Issuer::start(&store).await;
        let server = Server::start_on(&store, &issuer::NETWORKS).await;
        let scene = Scene::on(server).await;
        let vault = Vault::at(&scene);
        scene.writer.set_each(&["DB_URL", "OTHER"]).await;
        let this = Self { scene, vault, issuer, store };
        this.trust(json!({"secrets": ["DB_*"]})).await;
        this
    }

    /// Sets the trust `deploy` with some fields.
    async fn trust(&self, fields: Value) -> String {
        let mut input = issuer::trust("deploy", &self.issuer, &[("repository", "acme/app")]);
        input.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let answer = self.scene.admin.mutate_for("set_trust", input, "success error id").await;
        answer.assert_success("set_trust");
        answer.data("/set_trust/id").as_str().expect("an id").to_owned()
    }

    async fn id(&self) -> Value {
        self.scene.admin.rows("trust", "id name").await[0]["id"].clone()
    }

    async fn try_log_in(&self, role: &str, token: &str) -> (u16, Value) {
        self.log_in_at("auth/jwt/login", json!({"role": role, "jwt": token})).await
    }

    async fn log_in_at(&self, path: &str, body: Value) -> (u16, Value) {
        let (status, body) = self.vault.ask("stale", "PUT", path, &body.to_string()).await;
        if let Some(token) = body["auth"]["client_token"].as_str() {
            self.store.must_stay_secret(token);
        }
        (status, body)
    }

    async fn log_in(&self) -> Client {
        let token = self.issuer.token(json!({"repository": "acme/app"})).await;
        let (status, body) = self.try_log_in("deploy", &token).await;
        assert_eq!(status, 200, "{body}");
        self.with(&body)
    }

    /// A client with the token of a login.
    fn with(&self, body: &Value) -> Client {
        let token = body["auth"]["client_token"].as_str().unwrap_or_else(|| panic!("no login: {body}"));
        self.scene.server.with_key(token)
    }

    async fn status(&self, client: &Client, path: &str) -> u16 {
        self.vault.status(client.key(), "GET", path, "").await
    }
}

/// Whether a number of seconds is a lifetime that has just begun.
pub fn is_about(seconds: &Value, lifetime: i64) -> bool {
    seconds.as_i64().is_some_and(|seconds| (lifetime - 60..=lifetime).contains(&seconds))
}

#[tokio::test]
async fn a_workload_reads_what_its_trust_allows_and_its_login_works_everywhere() {
    let workloads = Workloads::start().await;
    let Workloads { scene, vault, issuer, .. } = &workloads;
    let subject = "repo:acme/app:ref:refs/heads/main";
    let token = issuer.token(json!({"repository": "acme/app", "sub": subject})).await;
    let (status, body) = workloads.try_log_in("deploy", &token).await;
    assert_eq!(status, 200, "{body}");
    let auth = &body["auth"];
    assert!(is_about(&auth["lease_duration"], 900) && auth["renewable"] == true, "{auth}");
    assert_fields(auth, json!({"policies": ["runner"], "metadata": {"role": "deploy"}, "orphan": true}));
    assert_eq!(body["data"], Value::Null);
    let login = workloads.with(&body);
    // Vault's API, GraphQL, and Prefect's clients, which speak GraphQL.
    let read = vault.done(login.key(), "GET", "secret/data/DB_URL", "").await;
    assert_eq!(read["data"]["data"]["value"], json!("the value of DB_URL"));
    assert_eq!(login.value("DB_URL").await, json!("the value of DB_URL"));
    assert_eq!(login.auth_info("role").await, "runner");
    assert_eq!(login.query("{ secret_names }").await.data("/secret_names"), &json!(["DB_URL"]));
    assert_eq!(workloads.status(&login, "secret/data/OTHER").await, 404);
    assert_eq!(vault.status(login.key(), "PUT", "secret/data/DB_URL", r#"{"data": {}}"#).await, 403);
    let found = &vault.done(login.key(), "GET", "auth/token/lookup-self", "").await["data"];
    assert_fields(found, json!({"path": "auth/jwt/login", "renewable": true, "orphan": true}));
    assert_fields(found, json!({"creation_ttl": 900, "display_name": "deploy"}));
    // The log and the page say who logged in.
    let entry = &scene.admin.audit(json!({"action": {"_eq": "create:login"}})).await[0];
    let detail = format!("{subject}, at auth/jwt/login");
    assert_fields(entry, json!({"actor_name": "deploy", "object_name": "deploy", "detail": detail}));
    let logins = scene.admin.rows("trust", "name issuer logins { subject is_ended }").await;
    assert_eq!(logins[0]["logins"], json!([{"subject": subject, "is_ended": false}]));
    assert_eq!(scene.admin.row("auth_api_key", "name", "name", "deploy").await, None);
}

#[tokio::test]
async fn tokens_need_a_known_signature_and_everything_that_the_trust_asks_for() {
    let workloads = Workloads::start().await;
    let Workloads { issuer, store, scene, .. } = &workloads;
    let claims = json!({"repository": "acme/app"});
    for (alg, key) in [
        ("RS256", "rs"),
        ("RS384", "rs"),
        ("RS512", "rs"),
        ("PS256", "rs"),
        ("PS384", "rs"),
        ("PS512", "rs"),
        ("ES256", "es"),
        ("ES384", "es384"),
        ("EdDSA", "ed"),
    ] {
        let token = issuer.sign(json!({"alg": alg, "key": key, "claims": claims})).await;
        let (status, body) = workloads.try_log_in("deploy", &token).await;
        assert_eq!(status, 200, "{alg}: {body}");
    }
    let other = Issuer::start(store).await;
    let signature = "error validating token: error verifying token signature: ";
    for (how, expected) in [
        (
            json!({"claims": {"repository": "acme/other"}}),
            "error validating claims: claim \"repository\" does not match any associated bound claim values",
        ),
        (json!({"claims": {}}), "error validating claims: claim \"repository\" is missing"),
        (
            json!({"claims": {"repository": "acme/app", "aud": "vault"}}),
            "error validating token: invalid audience (aud) claim: audience claim does not match any expected audience",
        ),
        (
            json!({"claims": {"repository": "acme/app", "exp": 1_700_000_000}}),
            "error validating token: invalid expiration time (exp) claim: token is expired",
        ),
        (
            json!({"claims": {"repository": "acme/app", "nbf": 4_000_000_000_i64}}),
            "error validating token: invalid not before (nbf) claim: token not yet valid",
        ),
        (
            json!({"claims": {"repository": "acme/app", "iss": other.url()}}),
            "error validating token: invalid issuer (iss) claim: it is not the trusted issuer",
        ),
        (json!({"alg": "none", "claims": claims}), signature),
        (json!({"alg": "HS256", "claims": claims}), signature),
        (json!({"alg": "RS256", "key": "foreign", "claims": claims}), signature),
        (json!({"alg": "RS256", "key": "es", "claims": claims, "header": {"kid": "rs"}}), signature),
        (json!({"claims": claims, "header": {"kid": "unknown"}}), signature),
    ] {
        let token = issuer.sign(how.clone()).await;
        let (status, body) = workloads.try_log_in("deploy", &token).await;
        let error = body["errors"][0].as_str().unwrap_or_default();
        let is_right = if expected == signature { error.starts_with(signature) } else { error == expected };
        assert!(status == 400 && is_right, "{how}: {status} {body}");
    }
    // However many unknown keys are named, the issuer is asked at most once a minute.
    assert!(issuer.requests().await <= 2, "unless a minute has gone by");
    let token = other.sign(json!({"claims": {"repository": "acme/app", "iss": issuer.url()}})).await;
    let (status, body) = workloads.try_log_in("deploy", &token).await;
    let error = body["errors"][0].as_str().unwrap_or_default();
    assert!(status == 400 && error.starts_with(signature), "{body}");
    let good = issuer.token(claims).await;
    for (body, error) in [
        (json!({"jwt": good}), "missing role"),
        (json!({"role": "deploy"}), "missing token"),
        (json!({"role": "nope", "jwt": good}), "role \"nope\" could not be found"),
        (json!({"role": good, "jwt": "deploy"}), "role \"…\" could not be found"),
        (json!({"role": "other/deploy", "jwt": good}), "role \"other/deploy\" could not be found"),
    ] {
        assert_eq!(workloads.log_in_at("auth/jwt/login", body).await, (400, json!({"errors": [error]})));
    }
    let (status, _) = workloads.try_log_in("deploy", "garbage").await;
    assert_eq!(status, 400);
    let refused = scene.admin.audit(json!({"action": {"_eq": "refused:create:login"}})).await;
    assert_eq!(refused[0]["object_name"], json!("deploy"));
}

#[tokio::test]
async fn a_login_ends_with_its_trust_its_parent_or_by_itself() {
    let workloads = Workloads::start().await;
    let Workloads { scene, vault, .. } = &workloads;
    let read = async |login: &Client| workloads.status(login, "secret/data/DB_URL").await;
    let child = async |parent: &Client, wish: Value| {
        let made = vault.done(parent.key(), "POST", "auth/token/create", &wish.to_string()).await;
        (workloads.with(&made), made["auth"].clone())
    };
    // Revoked by itself, with its children, as Vault's clients do when they stop.
    let login = workloads.log_in().await;
    let wish =
        json!({"ttl": "20m", "explicit_max_ttl": "20m", "renewable": false, "display_name": "terraform"});
    let (one, auth) = child(&login, wish).await;
    assert_fields(&auth, json!({"orphan": false, "renewable": false}));
    let left = auth["lease_duration"].as_i64();
    assert!(left.is_some_and(|left| left <= 900), "no longer than its parent: {auth}");
    let lease = json!({"errors": ["lease is not renewable"]});
    assert_eq!(vault.ask(one.key(), "POST", "auth/token/renew-self", "").await, (400, lease));
    let (two, _) = child(&one, json!({})).await;
    assert_eq!((read(&two).await, two.value("DB_URL").await), (200, json!("the value of DB_URL")));
    let renewed = vault.done(login.key(), "POST", "auth/token/renew-self", r#"{"increment": "1h"}"#).await;
    assert!(is_about(&renewed["auth"]["lease_duration"], 900), "{renewed}");
    assert_eq!(renewed["auth"]["client_token"], json!(login.key()));
    vault.done(login.key(), "POST", "auth/token/revoke-self", "").await;
    for ended in [&login, &one, &two] {
        assert_eq!(read(ended).await, 403);
        ended.assert_unknown().await;
    }
    // Other logins go on, until the trust is changed.
    let login = workloads.log_in().await;
    let (one, _) = child(&login, json!({"ttl": 600})).await;
    let id = workloads.id().await;
    workloads.trust(json!({"trust_id": id, "secrets": ["DB_*", "X"], "role": "runner"})).await;
    assert_eq!((read(&login).await, read(&one).await), (403, 403));
    let login = workloads.log_in().await;
    assert_eq!(read(&login).await, 200);
    scene.admin.done("delete_trust", json!({"trust_id": workloads.id().await})).await;
    assert_eq!(read(&login).await, 403);
    let token = workloads.issuer.token(json!({"repository": "acme/app"})).await;
    let gone = json!({"errors": ["role \"deploy\" could not be found"]});
    assert_eq!(workloads.try_log_in("deploy", &token).await, (400, gone));
    // A child of a key ends with the key.
    let (id, key) = scene.admin.new_key(json!({"name": "terraform", "role": "runner"})).await;
    let (one, auth) = child(&key, json!({"ttl": "20m", "meta": null, "policies": null})).await;
    assert!(is_about(&auth["lease_duration"], 1200) && auth["renewable"] == true, "{auth}");
    assert_eq!(read(&one).await, 200);
    scene.admin.done("delete_api_key", json!({"key_id": id})).await;
    assert_eq!(read(&one).await, 403);
    let refused = vault.ask("runner", "POST", "auth/token/create", r#"{"policies": ["root"]}"#).await;
    assert_eq!(refused.0, 400, "{}", refused.1);
    for path in ["auth/token/create-orphan", "auth/token/revoke"] {
        assert_eq!(vault.status("runner", "POST", path, "{}").await, 403, "{path}");
    }
}

#[tokio::test]
async fn kubernetes_keys_are_pasted_and_teams_are_named_before_roles_of_the_same_name() {
    let workloads = Workloads::start().await;
    let Workloads { scene, issuer, .. } = &workloads;
    issuer.set_down(false).await;
    let keys = issuer.keys().await;
    issuer.set_down(true).await;
    let subject = "system:serviceaccount:web:flows";
    let mut input = issuer::trust(
        "flows",
        issuer,
        &[("/kubernetes.io/namespace", "web"), ("sub", "system:serviceaccount:web:*")],
    );
    input["keys"] = json!(keys);
    input["issuer"] = json!("https://kubernetes.default.svc.cluster.local");
    scene.admin.done("set_trust", input).await;
    let claims = json!({
        "iss": "https://kubernetes.default.svc.cluster.local", "sub": subject, "kubernetes.io": {"namespace": "web"},
    });
    let token = issuer.token(claims).await;
    let body = json!({"role": "flows", "jwt": token});
    let (status, answer) = workloads.log_in_at("auth/kubernetes/login", body.clone()).await;
    assert_eq!(status, 200, "{answer}");
    let login = workloads.with(&answer);
    assert_eq!(login.value("OTHER").await, json!("the value of OTHER"));
    // A method of another name is that of one trust.
    assert_eq!(workloads.log_in_at("auth/flows/login", json!({"jwt": token})).await.0, 200);
    let (status, answer) = workloads.log_in_at("auth/userpass/login/ada", json!({"password": "x"})).await;
    let error = answer["errors"][0].as_str().unwrap_or_default();
    assert!(status == 400 && error.starts_with("there is no auth method userpass here"), "{answer}");
    // The issuer of the other trust does not answer.
    let repository = issuer.token(json!({"repository": "acme/app"})).await;
    let (status, answer) = workloads.try_log_in("deploy", &repository).await;
    assert_eq!(status, 503, "{answer}");

    let other = scene.server.team("other").await.key("administrator").await;
    let mut input = issuer::trust("flows", issuer, &[("sub", subject)]);
    input["keys"] = json!(keys);
    other.done("set_trust", input).await;
    let several = "several teams have this role: put the team's slug before it, as in TEAM/ROLE";
    assert_eq!(workloads.try_log_in("flows", &token).await, (400, json!({"errors": [several]})));
    assert_eq!(workloads.try_log_in("acme/flows", &token).await.0, 200);
    assert_eq!(workloads.try_log_in("other/flows", &token).await.0, 400, "its issuer is another");
}

#[tokio::test]
async fn trusts_are_narrow_and_their_issuers_public() {
    let scene = Scene::new().await;
    let Scene { admin, .. } = &scene;
    let issuer = Issuer::start(scene.server.store()).await;
    let input = || issuer::trust("deploy", &issuer, &[("repository", "acme/app")]);
    let with = |field: &str, value: Value| {
        let mut input = input();
        input["issuer"] = json!("https://issuer.example");
        input[field] = value;
        input
    };
    for (input, rule) in [
        (input(), "allow with --issuer-networks"),
        (with("issuer", json!("https://10.0.0.1")), "allow with --issuer-networks"),
        (with("keys_url", json!("https://[::1]/keys")), "allow with --issuer-networks"),
        (with("claims", json!([])), "A trust needs 1 to 20 claims"),
        (with("claims", json!([{"claim": "sub", "values": ["*"]}])), "other than `*`"),
        (with("audiences", json!([])), "A trust needs 1 to 20 audiences"),
        (with("name", json!("a/b")), "no `/`"),
        (with("lifetime", json!(3601)), "60 to 3600 seconds"),
        (with("secrets", json!([])), "needs a name or prefix"),
        (with("keys", json!(r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#)), "contain a private one"),
    ] {
        let error = admin.mutate("set_trust", input).await.assert_error("BAD_USER_INPUT");
        assert!(error.contains(rule), "{rule}: {error}");
    }
    admin.done("set_trust", with("name", json!("deploy"))).await;
    let taken = admin.refused("set_trust", with("name", json!("deploy"))).await;
    assert_eq!(taken, "There is already a trust with that name.");
    // A name that only resolves to a private address is refused when it is asked.
    let mut local = with("name", json!("local"));
    local["issuer"] = json!("https://localhost:1");
    admin.done("set_trust", local).await;
    let body = json!({"role": "local", "jwt": issuer.token(json!({"repository": "acme/app"})).await});
    let (status, answer) = Vault::at(&scene).ask("", "POST", "auth/jwt/login", &body.to_string()).await;
    assert_eq!(status, 503, "{answer}");
    let id = admin.rows("trust", "id name").await[1]["id"].clone();
    let tested = json!({"trust_id": id, "token": body["jwt"]});
    let tested = admin.mutate_for("test_trust", tested, "success error checks { name }").await;
    assert_says(&tested.data("/test_trust/error").to_string(), &["private"]);
}

#[tokio::test]
async fn a_test_of_a_token_says_what_does_not_match() {
    let workloads = Workloads::start().await;
    let Workloads { scene, issuer, .. } = &workloads;
    let id = workloads.id().await;
    let test = async |token: String| {
        let input = json!({"trust_id": id, "token": token});
        let answer =
            scene.admin.mutate_for("test_trust", input, "success error checks { name passed problem }").await;
        assert!(!answer.text.contains(&token), "{answer:?}");
        answer.data("/test_trust").clone()
    };
    let passed = |name: &str| json!({"name": name, "passed": true, "problem": null});
    let good = test(issuer.token(json!({"repository": "acme/app"})).await).await;
    let every = ["Signature", "Issuer", "Time", "Audience", "Claim repository"].map(passed);
    assert_eq!(good, json!({"success": true, "error": null, "checks": every}));
    let wrong = test(issuer.token(json!({"repository": "acme/private", "aud": "x"})).await).await;
    let checks = wrong["checks"].as_array().expect("checks").iter();
    let failed = checks.filter(|check| check["passed"] == false).map(|check| &check["name"]);
    assert_eq!(failed.collect::<Vec<_>>(), ["Audience", "Claim repository"], "{wrong}");
    assert!(!wrong.to_string().contains("acme/private"), "{wrong}");
    let garbage = test("garbage".to_owned()).await;
    assert_eq!(json!([garbage["success"], garbage["checks"][0]["name"]]), json!([false, "Signature"]));
    assert_eq!(scene.admin.rows("trust", "logins { subject }").await[0]["logins"], json!([]));
}

#[tokio::test]
async fn nothing_that_lasts_comes_from_a_login_and_trusts_leave_with_their_owner() {
    let workloads = Workloads::start().await;
    let Workloads { scene, issuer, .. } = &workloads;
    let id = workloads.id().await;
    workloads.trust(json!({"trust_id": id, "role": "administrator"})).await;
    let login = workloads.log_in().await;
    let trust = issuer::trust("mine", issuer, &[("sub", "me")]);
    login.forbidden("create_api_key", json!({"name": "mine", "role": "administrator"})).await;
    login.forbidden("invite_member", json!({"email": "me@acme.example", "role": "administrator"})).await;
    login.forbidden("set_trust", trust.clone()).await;
    let input = json!({"name": "soon over", "role": "administrator", "expires_at": "9999-01-01T00:00:00Z"});
    let (_, expiring) = scene.admin.new_key(input).await;
    let error = expiring.mutate("set_trust", trust).await.assert_error("BAD_USER_INPUT");
    assert_says(&error, &["would outlive it"]);

    scene.team.person("administrator").await;
    let person = scene.team.person("administrator").await;
    let session = scene.team.log_in(&person).await;
    session.done("set_trust", issuer::trust("theirs", issuer, &[("repository", "acme/app")])).await;
    let token = issuer.token(json!({"repository": "acme/app"})).await;
    let (status, answer) = workloads.try_log_in("theirs", &token).await;
    assert_eq!(status, 200, "{answer}");
    let login = workloads.with(&answer);
    assert_eq!(login.value("OTHER").await, json!("the value of OTHER"));
    let member = scene.admin.member_id(&person.email).await;
    scene.admin.done("remove_member", json!({"user_id": member})).await;
    login.assert_unknown().await;
    assert_eq!(workloads.try_log_in("theirs", &token).await.0, 400);

    // A change of what somebody else has changed meanwhile is refused.
    let trust = scene.admin.rows("trust", "id updated").await[0].clone();
    let mut input =
        issuer::trust("deploy", issuer, &[("repository", "acme/app"), ("ref", "refs/heads/main")]);
    input["trust_id"] = trust["id"].clone();
    input["expected_updated"] = trust["updated"].clone();
    scene.admin.done("set_trust", input.clone()).await;
    let refused = scene.admin.refused("set_trust", input).await;
    assert!(refused.contains("meanwhile") || refused.contains("changed"), "{refused}");
}
