//! The same for programs that don't wait in an async runtime. Inside of one, these functions panic: use the async ones.

use std::sync::OnceLock;

use serde::Serialize;
use strongroom_shared::Json;
use tokio::runtime::{Builder, Runtime};

#[cfg(feature = "prefect")]
pub use self::prefect::Secret;
use crate::client::Identity;
use crate::error::{Error, Result};

/// Declares functions that return when those of the same name are done.
macro_rules! blocking {
    ($type:ident { $(fn $name:ident$(<$of:ident: $bound:path>)?($($argument:ident: $kind:ty),*) -> $result:ty;)* }) => {
        impl $type {
            $(
                #[doc = concat!("[`crate::", stringify!($type), "::", stringify!($name), "`].")]
                ///
                /// # Errors
                /// As there.
                pub fn $name$(<$of: $bound>)?(&self, $($argument: $kind),*) -> Result<$result> {
                    runtime()?.block_on(self.0.$name($($argument),*))
                }
            )*
        }
    };
}

/// A [`crate::Client`] whose functions return when they are done.
#[derive(Clone, Debug)]
pub struct Client(crate::client::Client);

impl Client {
    /// The blocking front of `client`.
    pub const fn new(client: crate::client::Client) -> Self {
        Self(client)
    }

    /// A client as this machine's settings say.
    ///
    /// # Errors
    /// As for [`crate::Client::from_env`].
    pub fn from_env() -> Result<Self> {
        crate::client::Client::from_env().map(Self)
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

#[cfg(feature = "prefect")]
mod prefect {
    use serde::de::DeserializeOwned;

    use super::runtime;
    use crate::error::Result;
    use crate::secret::{self, Context};
    use crate::value::Value;

    /// A [`crate::Secret`] whose functions return when they are done.
    #[derive(Clone, Debug)]
    pub struct Secret(secret::Secret);

    impl Secret {
        /// The secret of that name, on this machine.
        pub fn new(name: impl Into<String>) -> Self {
            Self(secret::Secret::new(name))
        }

        /// The same, but in another context than the process's.
        #[must_use]
        pub fn within(self, context: &Context) -> Self {
            Self(self.0.within(context))
        }
    }

    blocking! {
        Secret {
            fn get<T: DeserializeOwned>() -> T;
            fn value() -> Value;
            fn exists() -> bool;
        }
    }
}

/// One for all of the process: connections live in it, and are used again.
fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Error::SetUp(Box::new(error)))?;
    Ok(RUNTIME.get_or_init(|| runtime))
}
