//! A secret as a Prefect program finds it: on this machine first, then on the server if the settings say so.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::local::{Configuration, Surroundings};
use crate::settings::{Settings, Source};
use crate::value::Value;

/// A secret, by its name. Creating it reads nothing.
#[derive(Clone, Debug)]
pub struct Secret {
    pub(crate) name: String,
    pub(crate) context: Option<Context>,
}

impl Secret {
    /// The secret of that name, in the process's context.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), context: None }
    }

    /// The same secret in another context than the process's.
    #[must_use]
    pub fn within(mut self, context: &Context) -> Self {
        self.context = Some(context.clone());
        self
    }

    /// Its value as a `T`. As in Prefect, a string that is JSON is parsed: store `"42"`, with the quotes, if a string is
    /// needed. Fails while a flow is being built, and if the secret exists neither here nor on the server.
    pub async fn get<T: DeserializeOwned>(&self) -> Result<T> {
        let value = self.value().await?;
        value.deserialize().map_err(|mismatch| Error::Mismatch { name: self.name.clone(), mismatch })
    }

    /// Its value, of any type.
    pub async fn value(&self) -> Result<Value> {
        let context = self.context()?;
        if context.0.building_flow {
            return Err(Error::BuildingFlow);
        }
        if let Some(value) = context.local(&self.name) {
            return Ok(value.clone().loads());
        }
        if !context.0.configuration.asks_api() {
            return Err(Error::LocalSecretNotFound { name: self.name.clone() });
        }
        let json = context.client()?.secret_value(&self.name).await?;
        Ok(Value::from_json(json.value().clone()).loads())
    }

    /// Whether it exists, on this machine or, if the settings say to look there, on the server.
    pub async fn exists(&self) -> Result<bool> {
        let context = self.context()?;
        if context.local(&self.name).is_some() {
            return Ok(true);
        }
        if !context.0.configuration.asks_api() {
            return Ok(false);
        }
        Ok(context.client()?.secret_names().await?.contains(&self.name))
    }

    fn context(&self) -> Result<Context> {
        self.context.clone().map_or_else(Context::of_process, Ok)
    }
}

/// Where secrets are looked up: Prefect's configuration, the program's own secrets, and a client.
#[derive(Clone)]
#[must_use]
pub struct Context(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    configuration: Configuration,
    own: HashMap<String, Value>,
    client: OnceLock<Client>,
    building_flow: bool,
}

opaque_debug!(Context);

impl Context {
    /// The process's context, read from its variables and the configuration files at the first call.
    pub fn of_process() -> Result<Self> {
        static CONTEXT: OnceLock<Context> = OnceLock::new();
        if let Some(context) = CONTEXT.get() {
            return Ok(context.clone());
        }
        let configuration = Configuration::load(&Surroundings::of_process())?;
        Ok(CONTEXT.get_or_init(|| Self::new(configuration)).clone())
    }

    /// A context with that configuration.
    pub fn new(configuration: Configuration) -> Self {
        let (own, client) = (HashMap::new(), OnceLock::new());
        Self(Arc::new(Inner { configuration, own, client, building_flow: false }))
    }

    /// The same context with a secret of the program's own, which takes precedence over any other of that name.
    pub fn with_secret(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.changed(|inner| drop(inner.own.insert(name.into(), value.into())))
    }

    /// The same context with that client for the server.
    pub fn with_client(self, client: Client) -> Self {
        self.changed(|inner| inner.client = OnceLock::from(client))
    }

    /// The same context while a flow is being built: secrets can't be read then, or a value would be baked into the flow.
    pub fn while_building_flow(self) -> Self {
        self.changed(|inner| inner.building_flow = true)
    }

    fn changed(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    fn local(&self, name: &str) -> Option<&Value> {
        self.0.own.get(name).or_else(|| self.0.configuration.secret(name))
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
        // The key in Prefect's settings is for Prefect's address.
        if settings.key.is_some() || settings.role.is_some() {
            builder = builder.credentials_of(&settings);
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
