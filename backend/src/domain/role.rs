//! Roles of members and keys.

use std::fmt;

use strongroom_shared::{BuiltInRole, Permission, Permissions, RoleName, Uuid, limit, visible};
use unicode_normalization::UnicodeNormalization as _;

use super::id::CustomRoleId;
use super::rule::Rule;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub name: RoleName,
    pub description: Option<String>,
    pub permissions: Permissions,
}

/// A role's permanent id; its name can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleId {
    BuiltIn(BuiltInRole),
    Custom(CustomRoleId),
}

impl Role {
    /// Whether every team must have at least one member with this role.
    pub fn is_administrator(&self) -> bool {
        self.id == RoleId::BuiltIn(BuiltInRole::Administrator)
    }

    pub fn fits_person(&self) -> bool {
        strongroom_shared::permission::fit_person(self.permissions)
    }
}

impl From<BuiltInRole> for Role {
    fn from(role: BuiltInRole) -> Self {
        Self {
            id: RoleId::BuiltIn(role),
            name: role.into(),
            description: Some(role.describe().to_owned()),
            permissions: role.permissions(),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name.0)
    }
}

impl RoleId {
    /// Parses the output of `Display`, as stored.
    pub fn parse(text: &str) -> Option<Self> {
        BuiltInRole::parse(text)
            .map(Self::BuiltIn)
            .or_else(|| Uuid::try_parse(text).ok().map(|id| Self::Custom(CustomRoleId(id))))
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => role.fmt(f),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

pub fn parse_role_name(text: String) -> Result<RoleName, Rule> {
    let folded = text.to_lowercase().replace('_', "-");
    let is_twin = visible::twins_of(&folded, |text| text.nfkd().collect());
    let is_like = |role: &BuiltInRole| role.as_str() == folded || is_twin(role.as_str());
    Rule::require(!BuiltInRole::ALL.iter().any(is_like), "That name is reserved for a built-in role.")?;
    Rule::require(
        super::team::is_label(&text) && text.chars().count() <= limit::ROLE_NAME_CHARS,
        "A role's name must have 1 to 50 characters, no control characters, and no white space or invisible \
         characters at its start or end.",
    )?;
    Ok(RoleName(text))
}

pub fn parse_permissions(texts: &[String]) -> Result<Permissions, Rule> {
    let mut permissions = Permissions::empty();
    for text in texts {
        let unknown = || Rule::new("There is no such permission. They are listed under `role`.");
        permissions |= Permission::parse(text).ok_or_else(unknown)?;
    }
    Rule::require(!permissions.is_empty(), "A role must have at least one permission.")?;
    Ok(permissions)
}

/// The texts of permissions, in the order of the table.
pub fn permission_texts(permissions: Permissions) -> Vec<String> {
    permissions.iter().map(|permission| permission.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back() {
        let custom = RoleId::Custom(CustomRoleId(Uuid::from_u128(7)));
        for id in [RoleId::BuiltIn(BuiltInRole::ReadOnly), custom] {
            assert_eq!(RoleId::parse(&id.to_string()), Some(id));
        }
        assert_eq!(RoleId::parse("owner"), None);
    }
}
