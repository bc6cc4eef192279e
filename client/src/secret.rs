//! A secret as a Prefect program finds it: on this machine first, and on the server where the settings say so.
//!
//! Not here: reading the settings, which is [`local`](crate::local), and asking the server, which is [`Client`].

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::local::{Configuration, Surroundings};
use crate::settings::{Settings, Source};
use crate::value::Value;

/// A secret, by its name. Nothing is read before it is asked for.
#[derive(Clone, Debug)]
pub struct Secret {
    name: String,
    context: Option<Context>,
}

impl Secret {
    /// The secret of that name, on this machine.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), context: None }
    }

    /// The same, but in another context than the process's.
    #[must_use]
    pub fn within(mut self, context: &Context) -> Self {
        self.context = Some(context.clone());
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value as a `T`. As in Prefect, text that is JSON is read as JSON: store `"42"`, with the quotes, where a text
    /// is needed.
    ///
    /// # Errors
    /// A flow is being built; there is no such secret, here or on the server; the server can't be reached, or says no;
    /// the value is no `T`.
    pub async fn get<T: DeserializeOwned>(&self) -> Result<T> {
        self.value()
            .await?
            .deserialize()
            .map_err(|mismatch| Error::Mismatch { name: self.name.clone(), mismatch })
    }

    /// Its value, of whatever type it is.
    ///
    /// # Errors
    /// As for [`Secret::get`], but for the type.
    pub async fn value(&self) -> Result<Value> {
        let context = self.context()?;
        if context.0.building_flow {
            return Err(Error::BuildingFlow);
        }
        if let Some(value) = context.local(&self.name) {
            return Ok(value.clone().loads());
        }
        if !context.asks_server() {
            return Err(Error::LocalSecretNotFound { name: self.name.clone() });
        }
        let json = context.client()?.secret_value(&self.name).await?;
        Ok(Value::from_json(json.value().clone()).loads())
    }

    /// Whether there is such a secret, on this machine or, where the settings say to look there, on the server.
    ///
    /// # Errors
    /// The server can't be reached, or says no.
    pub async fn exists(&self) -> Result<bool> {
        let context = self.context()?;
        if context.local(&self.name).is_some() {
            return Ok(true);
        }
        if !context.asks_server() {
            return Ok(false);
        }
        let names = context.client()?.secret_names().await?;
        Ok(names.contains(&self.name))
    }

    fn context(&self) -> Result<Context> {
        self.context.clone().map_or_else(Context::of_process, Ok)
    }
}

/// Where secrets are looked for: Prefect's configuration, what the program has set itself, and a client.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    configuration: Configuration,
    own: HashMap<String, Value>,
    client: OnceLock<Client>,
    building_flow: bool,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl Context {
    /// The process's: read once, from its variables and the configuration files, when it is first asked for.
    ///
    /// # Errors
    /// A file or a variable can't be used.
    pub fn of_process() -> Result<Self> {
        static CONTEXT: OnceLock<Context> = OnceLock::new();
        if let Some(context) = CONTEXT.get() {
            return Ok(context.clone());
        }
        let configuration = Configuration::load(&Surroundings::of_process())?;
        Ok(CONTEXT.get_or_init(|| Self::new(configuration)).clone())
    }

    /// One with that configuration.
    pub fn new(configuration: Configuration) -> Self {
        Self(Arc::new(Inner {
            configuration,
            own: HashMap::new(),
            client: OnceLock::new(),
            building_flow: false,
        }))
    }

    /// The same with a secret that the program sets itself: it goes before any other of that name.
    #[must_use]
    pub fn with_secret(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.changed(|inner| {
            inner.own.insert(name.into(), value.into());
        })
    }

    /// The same with that client, where the server is asked.
    #[must_use]
    pub fn with_client(self, client: Client) -> Self {
        self.changed(|inner| inner.client = OnceLock::from(client))
    }

    /// The same while a flow is being built: no secret is read then, or its value would be baked into the flow.
    #[must_use]
    pub fn while_building_flow(self) -> Self {
        self.changed(|inner| inner.building_flow = true)
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    fn local(&self, name: &str) -> Option<&Value> {
        let own = self.0.own.get(name);
        own.or_else(|| self.0.configuration.secret(name))
    }

    /// Whether what is not here is asked for at the server: with Prefect's backend `cloud`, and not with local secrets.
    fn asks_server(&self) -> bool {
        self.0.configuration.backend() == Some("cloud") && !self.0.configuration.uses_local_secrets()
    }

    fn client(&self) -> Result<Client> {
        if let Some(client) = self.0.client.get() {
            return Ok(client.clone());
        }
        let client = self.new_client()?;
        Ok(self.0.client.get_or_init(|| client).clone())
    }

    fn new_client(&self) -> Result<Client> {
        let settings = Settings::find()?;
        let configuration = &self.0.configuration;
        let ours = settings.server.source != Source::Default;
        let mut builder = match configuration.api().filter(|_| !ours) {
            Some(api) => Client::builder(api),
            None => Client::builder(&settings.server.value),
        };
        // A key of Prefect's settings is for Prefect's address.
        if let Some(key) = &settings.key {
            builder = builder.key(key.value.as_str());
        } else if let Some(key) = configuration.api_key().filter(|_| !ours) {
            builder = builder.key(key);
            if let Some(tenant) = configuration.tenant_id() {
                builder = builder.tenant(tenant);
            }
        }
        if let Some(timeout) = configuration.request_timeout() {
            builder = builder.timeout(timeout);
        }
        builder.build()
    }
}
