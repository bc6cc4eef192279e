//! A service with a store and a clock of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use strongroom_server::internals::{
    Actor, Clock, Credential, Device, EmailAddress, Entropy, KeySource, Location, Rules, Service, Slug,
    TeamName, Time, ValueSettings,
};
use strongroom_shared::input::{DeleteSecretInput, SetSecretInput};
use strongroom_shared::{BuiltInRole, GivenJson, Json};
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse battery staple";

/// A clock that the test moves.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, by: chrono::TimeDelta) {
        self.0.fetch_add(by.num_microseconds().expect("a small step"), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_timestamp_micros(self.0.load(Ordering::Relaxed)).expect("a time")
    }
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "tests want real keys, too")]
        getrandom::fill(buffer).expect("randomness");
    }
}

/// A service with a store in a directory of its own.
pub struct House {
    pub service: Service,
    pub clock: Arc<TestClock>,
    pub folder: TempDir,
}

impl House {
    /// A new store with the team `acme`.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(TestClock(AtomicI64::new(1_800_000_000_000_000)));
        let service = open(&folder, &clock).await;
        let slug = Slug::parse("acme").expect("a slug");
        service.create_team(slug, TeamName::parse("Acme").expect("a name")).await.expect("a team");
        Self { service, clock, folder }
    }

    /// A key with that role.
    pub async fn actor(&self, role: BuiltInRole) -> Actor {
        let slug = Slug::parse("acme").expect("a slug");
        let token = self
            .service
            .create_program_key(&slug, role.to_string(), &role.into(), Vec::new(), None)
            .await
            .expect("a key");
        self.service.authenticate(&Credential::Key(Some(token)), None, "test").await.expect("known")
    }

    /// Adds a user with that role.
    pub async fn person(&self, email: &str, role: BuiltInRole) {
        let (slug, email) = (Slug::parse("acme").expect("a slug"), EmailAddress::parse(email));
        self.service
            .create_user(&slug, &email.expect("an address"), &role.into(), PASSWORD.to_owned())
            .await
            .expect("a person");
    }

    pub async fn log_in(&self, email: &str, password: &str, address: &str) -> Result<Credential, String> {
        let device = Device::new(address.to_owned(), "test");
        let outcome = self.service.log_in(email, password.to_owned(), &device, None).await;
        match outcome.expect("answered") {
            Ok(logged_in) => Ok(Credential::Session(Some(logged_in.token))),
            Err(rule) => Err(rule.to_string()),
        }
    }

    /// Whether a credential is valid.
    pub async fn counts(&self, credential: &Credential) -> bool {
        self.service.authenticate(credential, None, "test").await.is_ok()
    }

    pub async fn set(&self, actor: &Actor, name: &str, text: &str) {
        let value = GivenJson::Given(Json::new(text.into()));
        let input =
            SetSecretInput { name: name.to_owned(), value, description: None, expected_version: None };
        let answer = self.service.set_secret(actor, input).await;
        assert_eq!(answer.expect("answered").refused, None);
    }

    pub async fn delete(&self, actor: &Actor, name: &str) {
        let input = DeleteSecretInput { name: name.to_owned(), expected_version: None };
        self.service.delete_secret(actor, input).await.expect("deleted");
    }

    pub async fn get(&self, actor: &Actor, name: &str) -> Result<String, String> {
        match self.service.read_secret_value(actor, name.to_owned()).await {
            Ok(json) => Ok(json.value().as_str().expect("a text").to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A connection to the database beside the service's.
    pub async fn intruder(&self) -> sea_orm::DatabaseConnection {
        let file = self.folder.path().join("strongroom.db");
        sea_orm::Database::connect(format!("sqlite:{}", file.display())).await.expect("connected")
    }
}

async fn open(folder: &TempDir, clock: &Arc<TestClock>) -> Service {
    let location = Location {
        data_dir: folder.path().to_owned(),
        database_url: None,
        master_key: KeySource::File(folder.path().join("master.key")),
        values: ValueSettings::default(),
    };
    let clock: Arc<dyn Clock> = Arc::<TestClock>::clone(clock);
    Service::open(&location, Rules::default(), clock, Arc::new(SystemEntropy)).await.expect("opened")
}
