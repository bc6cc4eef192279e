//! Logging in with a workload's own identity: `login`, and every command with a role.

use insta::assert_snapshot;
use serde_json::{Value, json};
use strongroom_tests::http::Stranger;
use strongroom_tests::issuer::{self, Issuer};
use strongroom_tests::{Machine, Server, Store};

use crate::{SECRET, Scene, UNKNOWN_KEY};

/// A scene whose team trusts the jobs of a repository.
struct Workload {
    scene: Scene,
    issuer: Issuer,
    /// A machine with a role, but without a token.
    machine: Machine,
}

impl Workload {
    async fn new() -> Self {
        let scene = Scene::of(Server::start_on(&Store::new(), &issuer::NETWORKS).await).await;
        scene.admin.set("A", json!("the value of A")).await;
        let issuer = Issuer::start(scene.server.store()).await;
        let machine = Machine::at(&scene.server).with("STRONGROOM_ROLE", "acme/deploy");
        let workload = Self { scene, issuer, machine };
        workload.scene.admin.done("set_trust", workload.trust()).await;
        workload
    }

    /// The trust, for `set_trust`.
    fn trust(&self) -> Value {
        issuer::trust("deploy", &self.issuer, &[("repository", "acme/app")])
    }

    /// The token of a job in that repository.
    async fn token(&self, repository: &str) -> String {
        let subject = format!("repo:{repository}:ref:refs/heads/main");
        self.issuer.token(json!({"sub": subject, "repository": repository})).await
    }

    /// The logins with the trust.
    async fn logins(&self) -> Vec<Value> {
        let trust = self.scene.admin.listed("trust", "logins { subject is_ended }", "name", "deploy").await;
        trust["logins"].as_array().expect("a list").clone()
    }
}

#[tokio::test]
async fn the_token_of_each_platform_logs_in() {
    let workload = Workload::new().await;
    let (machine, token) = (&workload.machine, workload.token("acme/app").await);
    let file = machine.file("run/token", format!("{token}\n"));
    let github = Stranger::answering("200 OK", &json!({"value": token}).to_string()).await;
    let url = format!("http://{}/token?api-version=2.0", github.address);
    let github_job = machine.with("ACTIONS_ID_TOKEN_REQUEST_URL", url);
    let github_job = github_job.with("ACTIONS_ID_TOKEN_REQUEST_TOKEN", SECRET);
    for job in [
        machine.with("STRONGROOM_JWT_FILE", &file),
        machine.with("STRONGROOM_ID_TOKEN", &token),
        github_job.clone(),
    ] {
        assert_eq!(job.run(["get", "A"]).await.succeeded().printed(), "the value of A");
    }
    let elsewhere = github_job.with("STRONGROOM_AUDIENCE", "elsewhere");
    let ran = elsewhere.run(["run", "--", "env"]).await.succeeded();
    assert!(!ran.printed().contains("ACTIONS_ID_TOKEN") && ran.printed().contains("elsewhere"), "{ran:?}");
    let heard = github.heard();
    let audiences = ["&audience=http%3A%2F%2F127.0.0.1", "&audience=elsewhere"];
    assert!(heard.iter().zip(audiences).all(|(request, part)| request.contains(part)), "{heard:?}");
    assert_eq!((heard.len(), workload.logins().await.len()), (2, 4));

    let job = machine.with("STRONGROOM_ID_TOKEN", &token);
    let show = ["run", "--", "sh", "-c", "echo \"$A,$STRONGROOM_ID_TOKEN,$STRONGROOM_ROLE\""];
    assert_eq!(job.run(show).await.succeeded().printed(), "the value of A,,acme/deploy\n");
    assert_eq!(job.run(["whoami", "--json"]).await.succeeded().json()["role"], "runner");
    let whoami = job.run(["whoami"]).await.succeeded();
    assert!(whoami.printed().starts_with("login    "), "{whoami:?}");
}

#[tokio::test]
async fn a_login_token_is_a_key_for_other_programs() {
    let workload = Workload::new().await;
    let job = workload.machine.with("STRONGROOM_ID_TOKEN", workload.token("acme/app").await);
    let ran = job.with_key(UNKNOWN_KEY).run(["login"]).await.succeeded();
    let key = ran.printed().strip_suffix('\n').expect("a line");
    assert!(key.starts_with("sr_") && !key.contains('\n') && ran.stderr.is_empty(), "{ran:?}");
    let other = Machine::at(&workload.scene.server).with_key(key);
    assert_eq!(other.run(["get", "A"]).await.succeeded().printed(), "the value of A");
}

#[tokio::test]
async fn refused_logins_are_explained_and_have_their_code() {
    let workload = Workload::new().await;
    let foreign = workload.machine.with("STRONGROOM_ID_TOKEN", workload.token("mallory/app").await);
    for command in [&["login"][..], &["list"], &["get", "A"]] {
        foreign.run(command).await.fails(3, &["The server refused the login", "repository"]);
    }
    foreign.run(["run", "--", "true"]).await.fails(125, &["The server refused the login"]);
    let doctor = foreign.run(["doctor"]).await;
    assert_eq!(doctor.code, Some(1), "{doctor:?}");
    assert!(doctor.printed().contains("✗ login      The server refused the login"), "{doctor:?}");
    let unknown = foreign.with("STRONGROOM_ROLE", "acme/unknown");
    unknown.run(["list"]).await.fails(3, &["could not be found"]);

    let job = workload.machine.with("STRONGROOM_ID_TOKEN", workload.token("acme/app").await);
    let doctor = job.run(["doctor"]).await.succeeded();
    let lines = doctor.printed().lines().filter(|line| line.contains("login") || line.contains("key"));
    let lines = lines.collect::<Vec<_>>().join("\n");
    assert_snapshot!(workload.scene.redacted(&job, &lines), @"
    ✓ login      Logs in without a key. The role acme/deploy is from STRONGROOM_ROLE, the token from STRONGROOM_ID_TOKEN.
    ✓ team       The server accepts the login deploy, in the team The acme team (acme).
    ✓ secrets    The login can access all of the team's: # secret.
    ");
}

#[tokio::test]
async fn an_unreachable_issuer_is_a_temporary_failure() {
    let workload = Workload::new().await;
    let job = workload.machine.with("STRONGROOM_ID_TOKEN", workload.token("acme/app").await);
    workload.issuer.set_down(true).await;
    job.run(["list"]).await.fails(4, &["Logging in is temporarily unavailable"]);
}

#[tokio::test]
async fn a_watched_command_goes_on_after_its_login_was_ended() {
    let workload = Workload::new().await;
    let file = workload.machine.file("token", workload.token("acme/app").await);
    let job = workload.machine.with("STRONGROOM_JWT_FILE", file);
    let script = "echo \"start $A\"; exec sleep 60";
    let mut running = job.start(["run", "--watch", "--interval", "100ms", "--", "sh", "-c", script]);
    assert_eq!(running.line().await, "start the value of A");
    assert_eq!(workload.logins().await.len(), 1);

    // Changing a trust ends its logins.
    let admin = &workload.scene.admin;
    let trust = admin.listed("trust", "id", "name", "deploy").await;
    let mut changed = workload.trust();
    (changed["trust_id"], changed["lifetime"]) = (trust["id"].clone(), json!(600));
    admin.done("set_trust", changed).await;
    admin.set("A", json!("another value")).await;
    assert_eq!(running.line().await, "start another value");
    assert_eq!(workload.logins().await.len(), 2);
}
