//! The names that most components and pages use. Import it with a glob, as Leptos's own prelude.

pub use leptos::prelude::*;
pub use leptos::task::spawn_local;
pub use strongroom_shared::{Permission, Permissions, Uuid};

pub use crate::api::{ApiError, Reply};
pub use crate::effect::effect;
pub use crate::fetched::Fetched;
pub use crate::request::{Request, outcome_of};
pub use crate::session::{Account, Session};
pub use crate::text::shown;
pub(crate) use crate::{api, browser, role, text};
