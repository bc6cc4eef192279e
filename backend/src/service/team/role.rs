//! Roles: built in, and the team's own.

use strongroom_shared::error_code::CHANGED_MEANWHILE;
use strongroom_shared::input::{CreateRoleInput, UpdateRoleInput};
use strongroom_shared::{BuiltInRole, Permission, RoleName, Uuid};

use crate::domain::filter::Window;
use crate::domain::role::{parse_permissions, parse_role_name, permission_texts};
use crate::domain::secret::parse_description;
use crate::domain::{Actor, AuditAction, AuditObject, CustomRoleId, Role, RoleId, Rule, TeamId};
use crate::service::audit::object::named_object;
use crate::service::change::{Answer, change, refused};
use crate::service::{Error, Result, Service, list};
use crate::store::{self, Executor};

const MISSING: &str = "The team has no custom role with that id.";
const TAKEN: &str = "There is already a role with that name.";

impl Service {
    /// Lists the built-in roles, then the team's own. Requires the permission to read members or to create API keys.
    pub async fn list_roles(&self, actor: &Actor) -> Result<Vec<Role>> {
        if !actor.permissions.contains(Permission::CreateApiKey) {
            actor.require(Permission::ReadMember)?;
        }
        let read = |window: Window| async move {
            let mut roles: Vec<Role> = BuiltInRole::ALL.into_iter().map(Role::from).collect();
            roles.extend(store::role::list(&self.store, actor.team_id(), window.limit).await?);
            Ok(roles)
        };
        list(actor, Window::default(), read).await
    }

    pub async fn create_role(&self, actor: &Actor, input: CreateRoleInput) -> Result<Answer<()>> {
        let id = CustomRoleId(self.new_id());
        let role = Role {
            id: RoleId::Custom(id),
            name: parse_role_name(input.name)?,
            description: parse_description(input.description.unwrap_or_default())?,
            permissions: parse_permissions(&input.permissions)?,
        };
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::CreateRole)?;
            actor.require_holding(role.permissions)?;
            if store::role::find_by_name(tx, actor.team_id(), &role.name).await?.is_some() {
                return refused(TAKEN);
            }
            store::role::add(tx, actor.team_id(), id, &role, service.now()).await?;
            service.done(tx, &actor, AuditAction::CreateRole, object(id, &role)).await
        })
    }

    /// Changes one of the team's own roles, from the next request of its members and keys on.
    pub async fn update_role(&self, actor: &Actor, input: UpdateRoleInput) -> Result<Answer<()>> {
        let description = input.description.map(parse_description).transpose()?;
        let permissions = input.permissions.as_deref().map(parse_permissions).transpose()?;
        let expected = input.expected_permissions.as_deref().map(parse_permissions).transpose()?;
        let id = CustomRoleId(input.id);
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::UpdateRole)?;
            let Some(before) = store::role::find(tx, actor.team_id(), id).await? else {
                return refused(MISSING);
            };
            if expected.is_some_and(|expected| expected != before.permissions) {
                return refused(CHANGED_MEANWHILE);
            }
            // An unchanged name may predate a rule.
            let name = input.name.filter(|name| *name != before.name.0).map(parse_role_name).transpose()?;
            let role = Role {
                id: before.id,
                name: name.unwrap_or(before.name.clone()),
                description: description.unwrap_or(before.description),
                permissions: permissions.unwrap_or(before.permissions),
            };
            actor.require_holding(before.permissions | role.permissions)?;
            let namesake = store::role::find_by_name(tx, actor.team_id(), &role.name).await?;
            if namesake.is_some_and(|other| other.id != role.id) {
                return refused(TAKEN);
            }
            if !role.fits_person() && store::role::is_given_to_people(tx, actor.team_id(), role.id).await? {
                return refused("People have that role, and only API keys can read values.");
            }
            store::role::update(tx, id, &role).await?;
            service.done(tx, &actor, AuditAction::UpdateRole, object(id, &role)).await
        })
    }

    /// Deletes one of the team's own roles, if it is unused.
    pub async fn delete_role(&self, actor: &Actor, id: Uuid) -> Result<Answer<()>> {
        let id = CustomRoleId(id);
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::DeleteRole)?;
            let Some(role) = store::role::find(tx, actor.team_id(), id).await? else {
                return refused(MISSING);
            };
            let team = actor.team_id();
            store::invitation::remove_expired(tx, service.now()).await?;
            if store::role::is_given_to_people(tx, team, role.id).await?
                || store::role::is_given_to_keys(tx, team, role.id).await?
            {
                return refused("That role is in use: assign another one first.");
            }
            store::role::remove(tx, id).await?;
            service.done(tx, &actor, AuditAction::DeleteRole, object(id, &role)).await
        })
    }
}

pub(in crate::service) async fn find_role(on: &impl Executor, team: TeamId, name: &RoleName) -> Result<Role> {
    if let Some(role) = BuiltInRole::parse(&name.0) {
        return Ok(role.into());
    }
    let own = store::role::list(on, team, None).await?;
    let built_in = BuiltInRole::ALL.into_iter().map(RoleName::from);
    let known = built_in.chain(own.iter().map(|role| role.name.clone())).collect();
    own.into_iter().find(|role| role.name == *name).ok_or(Error::UnknownRole { name: name.clone(), known })
}

pub(in crate::service) async fn find_person_role(
    on: &impl Executor,
    team: TeamId,
    name: &RoleName,
) -> Result<Role> {
    const RULE: &str = "Only API keys can read values: create an API key with that role instead.";
    let role = find_role(on, team, name).await?;
    Rule::require(role.fits_person(), RULE)?;
    Ok(role)
}

fn object(id: CustomRoleId, role: &Role) -> AuditObject {
    named_object(id.0, &role.name.0, Some(permission_texts(role.permissions).join(" ")))
}
