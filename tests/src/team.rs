//! A team, its keys and its people, created with the admin commands.

use std::sync::{Arc, OnceLock};

use serde_json::json;

use crate::client::{Answer, Client};
use crate::store::Store;

#[derive(Clone)]
pub struct Team {
    store: Arc<Store>,
    pub(crate) url: Option<String>,
    slug: String,
    /// The first administrator's key that [`Self::key`] has made.
    administrator: Arc<OnceLock<String>>,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub email: String,
    pub password: String,
}

impl Person {
    pub fn new(email: &str, password: &str) -> Self {
        Self { email: email.to_owned(), password: password.to_owned() }
    }

    pub async fn log_in(&self, browser: &Client) -> Answer {
        let input = json!({"email": self.email, "password": self.password});
        browser.mutate("log_in", input).await
    }

    #[must_use]
    pub fn guessing(&self, password: &str) -> Self {
        Self::new(&self.email, password)
    }
}

impl Store {
    pub async fn team(self: &Arc<Self>, slug: &str) -> Team {
        let team = Team::existing(self, slug);
        self.admin(&["create-team", "--slug", slug, "--name", &team.name()]).await;
        team
    }
}

impl Team {
    pub fn existing(store: &Arc<Store>, slug: &str) -> Self {
        Self { store: Arc::clone(store), url: None, slug: slug.to_owned(), administrator: Arc::default() }
    }

    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The team's name, which is not its slug.
    pub fn name(&self) -> String {
        format!("The {} team", self.slug)
    }

    pub async fn new_key(&self, role: &str) -> String {
        self.new_key_with(role, &[]).await
    }

    pub async fn new_key_with(&self, role: &str, arguments: &[&str]) -> String {
        let name = self.key_name(role);
        let mut all = vec!["create-key", "--team", &self.slug, "--name", &name, "--role", role];
        all.extend(arguments);
        let key = self.store.admin(&all).await.trim().to_owned();
        self.store.must_stay_secret(&key);
        key
    }

    fn key_name(&self, role: &str) -> String {
        format!("{role} key {}", self.store.next_number())
    }

    /// A client with a new key, which an administrator's key makes if there is one: that takes less time than a command.
    pub async fn key(&self, role: &str) -> Client {
        if let Some(administrator) = self.administrator.get() {
            let input = json!({"name": self.key_name(role), "role": role});
            return self.client().with_key(administrator).new_key(input).await.1;
        }
        let key = self.new_key(role).await;
        let client = self.client().with_key(&key);
        if role == "administrator" {
            let _ = self.administrator.set(key);
        }
        client
    }

    pub async fn person(&self, role: &str) -> Person {
        let number = self.store.next_number();
        let person = Person {
            email: format!("{}-{number}@{}.example", role.replace(' ', "-"), self.slug),
            password: format!("correct horse {number} battery staple"),
        };
        self.add(&person, role).await;
        person
    }

    pub async fn add(&self, person: &Person, role: &str) {
        let file = self.store.password_file(&person.password);
        let person = ["create-user", "--email", &person.email, "--role", role];
        self.store.admin(&[&person[..], &["--team", &self.slug, "--password-file", &file]].concat()).await;
    }

    pub async fn session(&self, role: &str) -> Client {
        let person = self.person(role).await;
        self.log_in(&person).await
    }

    pub async fn log_in(&self, person: &Person) -> Client {
        let browser = self.client();
        person.log_in(&browser).await.assert_success("log_in");
        browser
    }

    fn client(&self) -> Client {
        let url = self.url.as_ref();
        Client::new(&self.store, url.expect("the team is reached through a server: `team.at(&server)`"))
    }
}
