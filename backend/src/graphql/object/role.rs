//! A role, and what comes with it.

use strongroom_shared::{RoleName, Uuid};

use crate::domain::role::permission_texts;
use crate::domain::{Role, RoleId};

object! {
    /// A role: built in, or of the team's own making.
    RoleObject(role: Role) as "role" {
        /// Its id; a built-in role has none.
        id: Option<Uuid> = match role.id {
            RoleId::BuiltIn(_) => None,
            RoleId::Custom(id) => Some(id.0),
        },
        /// Its name.
        name: RoleName = role.name.clone(),
        /// What it is for.
        description: Option<&str> = role.description.as_deref(),
        /// What it may do.
        permissions: Vec<String> = permission_texts(role.permissions),
        /// Whether a person can have it. One that reads values is for keys alone.
        fits_person: bool = role.fits_person(),
    }
}
