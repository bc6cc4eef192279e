//! A role, and what comes with it.

use async_graphql::Object;
use strongroom_shared::{RoleName, Uuid};

use crate::domain::role::permission_texts;
use crate::domain::{Role, RoleId};

/// A role.
pub struct RoleObject(pub Role);

/// A role: built in, or of the team's own making.
#[Object(name = "role", rename_fields = "snake_case")]
impl RoleObject {
    /// Its id; a built-in role has none.
    async fn id(&self) -> Option<Uuid> {
        match self.0.id {
            RoleId::BuiltIn(_) => None,
            RoleId::Custom(id) => Some(id.0),
        }
    }

    /// Its name.
    async fn name(&self) -> RoleName {
        self.0.name.clone()
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// What it may do.
    async fn permissions(&self) -> Vec<String> {
        permission_texts(self.0.permissions)
    }

    /// Whether a person can have it. One that reads values is for keys alone.
    async fn fits_person(&self) -> bool {
        self.0.fits_person()
    }
}
