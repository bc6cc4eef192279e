//! Reads and sets secrets: [`Client`] talks to a Strongroom server, [`Secret`] finds a secret as a Prefect program does,
//! on this machine first.
//!
#![cfg_attr(feature = "prefect", doc = include_str!("../README.md"))]
//!
//! The `command-line` feature adds the program `strongroom`, the `prefect` feature [`Secret`] and a Python parser.
//!
//! To add an operation: its document in `strongroom_shared::operation`, a function of [`Client`], and its blocking twin in
//! [`blocking`].

#![expect(clippy::missing_errors_doc, reason = "the types of errors say it")]

/// Implements `Debug` without the content, which may be secret.
macro_rules! opaque_debug {
    ($type:ident) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    };
}

pub mod blocking;
mod client;
#[cfg(feature = "prefect")]
mod deserialize;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "prefect")]
pub mod local;
#[cfg(feature = "prefect")]
mod secret;
pub mod settings;
#[cfg(feature = "prefect")]
mod task;
#[cfg(feature = "prefect")]
mod value;

pub use client::{
    Client, ClientBuilder, CurrentVersion, Identity, ListedSecret, Login, Probe, SecretWithValue, SetOptions,
};
#[cfg(feature = "prefect")]
pub use deserialize::Mismatch;
pub use error::{Error, Obstacle, Result};
#[cfg(feature = "prefect")]
pub use secret::{Context, Secret};
pub use strongroom_outbound::{Error as OutboundError, Proxy, is_this_machine};
pub use strongroom_shared::payload::{ImportChange, SecretChange};
pub use strongroom_shared::{ErrorCode, Json, Permission};
#[cfg(feature = "prefect")]
pub use task::{EnvVarSecret, PrefectSecret};
#[cfg(feature = "prefect")]
pub use value::{NotJson, Value};
