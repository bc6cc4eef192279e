//! Roles.

use uuid::Uuid;

use crate::input::{CreateRoleInput, DeleteRoleInput, UpdateRoleInput};
use crate::payload::SuccessPayload;
use crate::scalar::RoleName;
use crate::schema;

fragments! {
    (cynic::QueryFragment)

    Roles("Query"): Clone, Debug {
        pub role: Vec<Role>,
    }

    Role("role"): Clone, Debug, PartialEq, Eq {
        /// A built-in role has none.
        pub id: Option<Uuid>,
        pub name: RoleName,
        pub description: Option<String>,
        /// As [`crate::Permission`] writes them.
        pub permissions: Vec<String>,
        /// Whether a member can have it. Only keys can have a role that reads values.
        pub fits_person: bool,
    }
}

mutations! {
    CreateRole(CreateRoleInput) = "create_role";
    UpdateRole(UpdateRoleInput) = "update_role";
    DeleteRole(DeleteRoleInput) = "delete_role";
}
