//! A service on a store of its own, with a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use strongroom_server::internals::{
    Actor, Clock, Credential, Device, EmailAddress, Entropy, KeySource, Location, Rules, Service, Slug,
    TeamName, Time, ValueSettings,
};
use strongroom_shared::input::SetSecretInput;
use strongroom_shared::{BuiltInRole, GivenJson, Json};
use tempfile::TempDir;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";

/// A clock that stands until it is moved.
pub struct TestClock(AtomicI64);

impl TestClock {
    /// Moves the clock on.
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

/// A store in a folder of its own.
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

    /// Someone with a key of that role.
    pub async fn actor(&self, role: BuiltInRole) -> Actor {
        let slug = Slug::parse("acme").expect("a slug");
        let token = self
            .service
            .create_program_key(&slug, role.to_string(), &role.into(), Vec::new(), None)
            .await
            .expect("a key");
        self.service.authenticate(&Credential::Key(Some(token)), None, "test").await.expect("known")
    }

    /// A person with a password and that role.
    pub async fn person(&self, email: &str, role: BuiltInRole) {
        let (slug, email) = (Slug::parse("acme").expect("a slug"), EmailAddress::parse(email));
        self.service
            .create_user(&slug, &email.expect("an address"), &role.into(), PASSWORD.to_owned())
            .await
            .expect("a person");
    }

    /// Logs a person in, or says why not.
    pub async fn log_in(&self, email: &str, password: &str, address: &str) -> Result<Credential, String> {
        let device = Device::new(address.to_owned(), "test");
        let outcome = self.service.log_in(email, password.to_owned(), &device, None).await;
        match outcome.expect("answered") {
            Ok(logged_in) => Ok(Credential::Session(Some(logged_in.token))),
            Err(rule) => Err(rule.to_string()),
        }
    }

    /// Whether a credential counts.
    pub async fn counts(&self, credential: &Credential) -> bool {
        self.service.authenticate(credential, None, "test").await.is_ok()
    }

    /// Sets a secret to a text.
    pub async fn set(&self, actor: &Actor, name: &str, text: &str) {
        let value = GivenJson::Given(Json::new(text.into()));
        let answer = self
            .service
            .set_secret(
                actor,
                SetSecretInput { name: name.to_owned(), value, description: None, expected_version: None },
            )
            .await;
        assert_eq!(answer.expect("answered").refused, None);
    }

    /// Reads a secret that is a text.
    pub async fn get(&self, actor: &Actor, name: &str) -> Result<String, String> {
        match self.service.read_secret_value(actor, name.to_owned()).await {
            Ok(json) => Ok(json.value().as_str().expect("a text").to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Another connection to the database, as someone with the file has it.
    pub async fn intruder(&self) -> sea_orm::DatabaseConnection {
        let file = self.folder.path().join("strongroom.db");
        sea_orm::Database::connect(format!("sqlite:{}", file.display())).await.expect("connected")
    }
}

/// Opens the store of a folder.
pub async fn open(folder: &TempDir, clock: &Arc<TestClock>) -> Service {
    let location = Location {
        data_dir: folder.path().to_owned(),
        database_url: None,
        master_key: KeySource::File(folder.path().join("master.key")),
        values: ValueSettings::default(),
    };
    let clock: Arc<dyn Clock> = Arc::<TestClock>::clone(clock);
    Service::open(&location, Rules::default(), clock, Arc::new(SystemEntropy)).await.expect("opened")
}
