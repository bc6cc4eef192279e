//! Promises whose tests need a connection to the database or a clock: values are bound to their rows, and time limits
//! hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use strongroom_server::internals::{
    Actor, Clock, Credential, Device, EmailAddress, KeySource, Location, Rules, Service, Slug, SystemEntropy,
    TeamName, Time, ValueSettings,
};
use strongroom_shared::input::{DeleteSecretInput, RestoreSecretInput, SecretPageInput, SetSecretInput};
use strongroom_shared::{BuiltInRole, GivenJson, Json, SecretFilter};
use tempfile::TempDir;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_timestamp_micros(self.0.load(Ordering::Relaxed)).expect("a time")
    }
}

/// A service with a team, a user, and two keys.
struct Fixture {
    service: Service,
    clock: Arc<TestClock>,
    folder: TempDir,
    admin: Actor,
    runner: Actor,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(TestClock(AtomicI64::new(1_800_000_000_000_000)));
        let location = Location {
            data_dir: folder.path().to_owned(),
            database_url: None,
            master_key: KeySource::File(folder.path().join("master.key")),
            values: ValueSettings::default(),
        };
        let time: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
        let service = Service::open(&location, Rules::default(), time, Arc::new(SystemEntropy)).await;
        let service = service.expect("opened");
        let (slug, name) = (Slug::parse("acme").expect("a slug"), TeamName::parse("Acme").expect("a name"));
        service.create_team(slug.clone(), name).await.expect("a team");
        let (email, role) = (EmailAddress::parse(EMAIL).expect("an address"), BuiltInRole::User.into());
        service.create_user(&slug, &email, &role, PASSWORD.to_owned()).await.expect("a user");
        let key = async |role: BuiltInRole| {
            let (name, role) = (role.to_string(), role.into());
            let key = service.create_program_key(&slug, name, &role, Vec::new(), None);
            let credential = Credential::Key(Some(key.await.expect("a key")));
            let actor = service.authenticate(&credential, None, "test").await.expect("a valid key");
            // Not for one request, and some tests change rows behind the server's back: nothing may be cached.
            Actor { as_of: None, ..actor }
        };
        let (admin, runner) = (key(BuiltInRole::Administrator).await, key(BuiltInRole::Runner).await);
        Self { service, clock, folder, admin, runner }
    }

    fn wait(&self, time: TimeDelta) {
        self.clock.0.fetch_add(time.num_microseconds().expect("a short time"), Ordering::Relaxed);
    }

    async fn log_in(&self, password: &str, address: &str) -> Result<Credential, String> {
        let device = Device::new(address.to_owned(), "test");
        let outcome = self.service.log_in(EMAIL, password.to_owned(), &device, None).await;
        let logged_in = outcome.expect("answered").map_err(|rule| rule.to_string())?;
        Ok(Credential::Session(Some(logged_in.token)))
    }

    async fn is_valid(&self, credential: &Credential) -> bool {
        self.service.authenticate(credential, None, "test").await.is_ok()
    }

    async fn set(&self, name: &str, text: &str) {
        let (name, value) = (name.to_owned(), GivenJson(Some(Json::new(text.into()))));
        let input =
            SetSecretInput { name, value, description: None, expires_at: None, expected_version: None };
        let answer = self.service.set_secret(&self.admin, input).await;
        assert_eq!(answer.expect("answered").refused, None);
    }

    async fn delete(&self, name: &str) {
        let input = DeleteSecretInput { name: name.to_owned(), expected_id: None, expected_version: None };
        self.service.delete_secret(&self.admin, input).await.expect("deleted");
    }

    async fn get(&self, name: &str) -> Result<String, String> {
        let value = self.service.read_secret_value(&self.runner, name.to_owned()).await;
        let value = value.map_err(|error| error.to_string())?;
        Ok(value.value().as_str().expect("a string").to_owned())
    }

    /// Another connection to the database.
    async fn intruder(&self) -> DatabaseConnection {
        let file = self.folder.path().join("strongroom.db");
        sea_orm::Database::connect(format!("sqlite:{}", file.display())).await.expect("connected")
    }
}

#[tokio::test]
async fn value_copied_to_another_secret_or_version_does_not_open() {
    let fixture = Fixture::new().await;
    for (name, text) in [("A", "one"), ("B", "two"), ("B", "three")] {
        fixture.set(name, text).await;
    }
    assert_eq!(fixture.get("A").await.as_deref(), Ok("one"));
    let intruder = fixture.intruder().await;
    let keep = "CREATE TABLE kept AS SELECT sealed, name, v.version FROM secret_versions v
                JOIN secrets ON id = secret_id";
    intruder.execute_unprepared(keep).await.expect("kept");
    for (name, version, from, of) in [("A", 1, "B", 2), ("B", 2, "A", 1), ("B", 2, "B", 1)] {
        let copy = format!(
            "UPDATE secret_versions SET sealed = (SELECT sealed FROM kept WHERE name = '{from}' AND version = {of})
             WHERE version = {version} AND secret_id = (SELECT id FROM secrets WHERE name = '{name}')"
        );
        intruder.execute_unprepared(&copy).await.expect("copied");
        let refusal = fixture.get(name).await.expect_err("it must not open");
        assert!(refusal.contains("does not decrypt"), "{refusal}");
    }
}

#[tokio::test]
async fn deleted_secret_can_be_restored_for_a_week_and_then_is_purged() {
    let fixture = Fixture::new().await;
    let restore = async || {
        let input = RestoreSecretInput { name: "A".to_owned(), expected_id: None };
        fixture.service.restore_secret(&fixture.admin, input).await.expect("answered")
    };
    fixture.set("A", "kept").await;
    fixture.delete("A").await;
    assert!(fixture.get("A").await.is_err());

    fixture.wait(TimeDelta::days(6));
    fixture.service.remove_expired().await.expect("purged");
    assert!(restore().await.is_ok());
    assert_eq!(fixture.get("A").await.as_deref(), Ok("kept"));

    fixture.delete("A").await;
    fixture.wait(TimeDelta::days(8));
    assert!(restore().await.is_err(), "too late");
    fixture.service.remove_expired().await.expect("purged");
    let count = "SELECT (SELECT count(*) FROM secrets) + (SELECT count(*) FROM secret_versions)";
    let count = Statement::from_string(DbBackend::Sqlite, count);
    let row = fixture.intruder().await.query_one_raw(count).await.expect("counted").expect("a row");
    assert_eq!(row.try_get_by_index::<i64>(0), Ok(0));
}

#[tokio::test]
async fn secret_is_unused_when_not_read_for_90_days() {
    let fixture = Fixture::new().await;
    let unused = async || {
        let input =
            SecretPageInput { filters: Some(vec![SecretFilter::Unused]), ..SecretPageInput::default() };
        let page = fixture.service.list_secret_page(&fixture.admin, input).await.expect("listed");
        page.rows.into_iter().map(|row| row.secret.name.into_string()).collect::<Vec<_>>()
    };
    for name in ["A", "B", "C"] {
        fixture.set(name, "some value").await;
    }
    fixture.get("A").await.expect("read");
    fixture.wait(TimeDelta::days(60));
    fixture.get("B").await.expect("read");
    fixture.set("D", "a new one").await;
    assert_eq!(unused().await, [""; 0]);
    fixture.wait(TimeDelta::days(31));
    assert_eq!(unused().await, ["A", "C"]);
    fixture.get("A").await.expect("read");
    assert_eq!(unused().await, ["C"]);
}

#[tokio::test]
async fn session_ends_when_idle_and_when_expired() {
    let fixture = Fixture::new().await;
    let idle = fixture.log_in(PASSWORD, "10.0.0.1").await.expect("logged in");
    let used = fixture.log_in(PASSWORD, "10.0.0.1").await.expect("logged in");
    for _ in 0..23 {
        fixture.wait(TimeDelta::minutes(30));
        assert!(fixture.is_valid(&used).await);
    }
    assert!(!fixture.is_valid(&idle).await, "an hour without use");
    fixture.wait(TimeDelta::minutes(30));
    assert!(!fixture.is_valid(&used).await, "twelve hours");
}

#[tokio::test]
async fn guesses_are_throttled_and_strangers_lock_no_user_out() {
    let fixture = Fixture::new().await;
    let guess = async |address: &str| fixture.log_in("a wrong password", address).await.expect_err("wrong");
    fixture.log_in(PASSWORD, "10.0.0.1").await.expect("logged in");

    for stranger in 1..=5 {
        let refusal = guess(&format!("192.0.2.{stranger}")).await;
        assert!(refusal.contains("is wrong"), "{refusal}");
    }
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        let refusal = guess("192.0.2.9").await;
        assert!(refusal.contains(&format!("Try again in {wait} second")), "{wait}: {refusal}");
        fixture.wait(TimeDelta::seconds(wait));
        let refusal = guess("192.0.2.9").await;
        assert!(refusal.contains("is wrong"), "{refusal}");
    }
    let refusal = fixture.log_in(PASSWORD, "192.0.2.77").await;
    assert!(refusal.err().is_some_and(|refusal| refusal.contains("Too many")), "from a new address");
    fixture.log_in(PASSWORD, "10.0.0.1").await.expect("from a known address");

    fixture.wait(TimeDelta::minutes(16));
    fixture.log_in(PASSWORD, "192.0.2.77").await.expect("the failures are forgotten");
}
