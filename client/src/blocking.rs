//! The client and secrets for programs without an async runtime. Within one, these functions panic.

use std::sync::OnceLock;

use serde::Serialize;
use strongroom_shared::Json;
use tokio::runtime::{Builder, Runtime};

use crate::client::Identity;
use crate::error::{Error, Result};

/// Declares functions that block on the async ones of the same name.
macro_rules! blocking {
    ($type:ident { $(fn $name:ident$(<$of:ident: $bound:path>)?($($argument:ident: $kind:ty),*) -> $result:ty;)* }) => {
        impl $type {
            $(
                #[doc = concat!("[`crate::", stringify!($type), "::", stringify!($name), "`].")]
                pub fn $name$(<$of: $bound>)?(&self, $($argument: $kind),*) -> Result<$result> {
                    runtime()?.block_on(self.0.$name($($argument),*))
                }
            )*
        }
    };
}

/// A blocking [`crate::Client`].
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl Client {
    /// Wraps `client`.
    pub const fn new(client: crate::Client) -> Self {
        Self(client)
    }

    /// A client with this machine's settings.
    pub fn from_env() -> Result<Self> {
        crate::Client::from_env().map(Self)
    }
}

blocking! {
    Client {
        fn set_secret(name: &str, value: impl Serialize) -> ();
        fn delete_secret(name: &str) -> ();
        fn secret_names() -> Vec<String>;
        fn secret_value(name: &str) -> Json;
        fn who_am_i() -> Identity;
    }
}

/// A blocking [`crate::Secret`].
#[cfg(feature = "prefect")]
#[derive(Clone, Debug)]
pub struct Secret(crate::Secret);

#[cfg(feature = "prefect")]
impl Secret {
    /// [`crate::Secret::new`].
    pub fn new(name: impl Into<String>) -> Self {
        Self(crate::Secret::new(name))
    }

    /// [`crate::Secret::within`].
    #[must_use]
    pub fn within(self, context: &crate::Context) -> Self {
        Self(self.0.within(context))
    }
}

#[cfg(feature = "prefect")]
blocking! {
    Secret {
        fn get<T: serde::de::DeserializeOwned>() -> T;
        fn value() -> crate::Value;
        fn exists() -> bool;
    }
}

/// One runtime for the whole process, because connections belong to it.
fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Error::SetUp(Box::new(error)))?;
    Ok(RUNTIME.get_or_init(|| runtime))
}
