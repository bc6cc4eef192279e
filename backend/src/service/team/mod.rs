//! Teams: create, rename, switch, and set up the first one.

pub mod api_key;
pub mod invitation;
pub mod member;
pub mod role;
pub mod trust;

use strongroom_shared::input::{CreateTeamInput, SetUpInput, UpdateTeamInput};
use strongroom_shared::{BuiltInRole, Permission, Uuid};

use crate::crypto::Token;
use crate::domain::{
    Actor, AuditAction, AuditEvent, AuditObject, Device, EmailAddress, Role, Rule, Slug, Team, TeamId,
    TeamName, User,
};
use crate::service::audit::object::{named_object, person_object};
use crate::service::audit::unknown_team;
use crate::service::change::{Answer, Done, Recorded, Refused, change, refused};
use crate::service::identity::session::{LogInOutcome, LoggedIn};
use crate::service::{Error, Result, Service};
use crate::store::{self, Executor, Transaction};

const TAKEN: &str = "There is already a team with that slug.";
const INVALID_LINK: &str = "This setup link is invalid, expired or used. Restart the server to get a new one, or log in if \
                         the first team exists.";
const SETUP_LINK_LIFETIME: chrono::TimeDelta = chrono::TimeDelta::hours(24);

impl Service {
    /// Creates a team without members; for the command line.
    pub async fn create_team(&self, slug: Slug, name: TeamName) -> Result<Team> {
        change!(self, |service, tx| {
            Rule::require(store::team::find_by_slug(tx, &slug).await?.is_none(), TAKEN)?;
            let team = service.add_team(tx, slug, name).await?;
            let object = team_object(&team);
            let recorded = service.record_by_system(tx, team.id, AuditAction::CreateTeam, object).await?;
            Ok(Done(team, recorded))
        })
    }

    pub async fn create_own_team(&self, actor: &Actor, input: CreateTeamInput) -> Result<Team> {
        let name = TeamName::parse(&input.name)?;
        let wanted = input.slug.as_deref().map(Slug::parse).transpose()?;
        let user = actor.require_person()?.0.clone();
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::CreateTeam)?;
            let slug = match wanted {
                Some(slug) => slug,
                None => free_slug(tx, &name).await?,
            };
            Rule::require(store::team::find_by_slug(tx, &slug).await?.is_none(), TAKEN)?;
            let event = |team, action, object| {
                AuditEvent::by_person(&user, team, service.now(), action, object, &actor.address)
            };
            let (team, recorded) = service.found_team(tx, slug, name, &user, event).await?;
            Ok(Done(team, recorded))
        })
    }

    pub async fn update_team(&self, actor: &Actor, input: UpdateTeamInput) -> Result<Answer<()>> {
        let name = input.name.as_deref().map(TeamName::parse).transpose()?;
        let slug = input.slug.as_deref().map(Slug::parse).transpose()?;
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::UpdateTeam)?;
            let before =
                store::team::find(tx, actor.team_id()).await?.ok_or(Error::Broken("a team is gone"))?;
            if let Some(slug) = &slug
                && *slug != before.slug
                && store::team::find_by_slug(tx, slug).await?.is_some()
            {
                return refused(TAKEN);
            }
            let (slug, name) = (slug.unwrap_or(before.slug.clone()), name.unwrap_or(before.name.clone()));
            let team = Team { id: before.id, slug, name };
            store::team::update(tx, &team).await?;
            let (slug, old_name, old_slug) = (team.slug.as_str(), before.name.as_str(), before.slug.as_str());
            let detail = Some(format!("{slug}, was {old_name} ({old_slug})"));
            let object = AuditObject { detail, ..team_object(&team) };
            service.done(tx, &actor, AuditAction::UpdateTeam, object).await
        })
    }

    /// Switches the person's session, and their next ones, to another of their teams.
    pub async fn switch_team(&self, actor: &Actor, id: Uuid) -> Result<Answer<()>> {
        let (user, session) = actor.require_person()?;
        let (user, team) = (user.clone(), TeamId(id));
        change!(self, actor, |service, tx, actor| {
            if store::membership::find(tx, team, user.id).await?.is_none() {
                return Err(Error::OtherTeam);
            }
            store::session::update_team(tx, session, team).await?;
            store::user::update_last_team(tx, user.id, team).await?;
            // Only in the log of the new team: the old one must not learn about it.
            let entered = store::team::find(tx, team).await?.ok_or(Error::Broken("a team is gone"))?;
            let (action, object) = (AuditAction::SwitchTeam, team_object(&entered));
            let event = AuditEvent::by_person(&user, team, service.now(), action, object, &actor.address);
            let recorded = service.record_event(tx, event).await?;
            Ok(Done(Ok(()), recorded))
        })
    }

    pub async fn set_up_required(&self) -> Result<bool> {
        Ok(store::team::count(&self.store).await? == 0)
    }

    /// A token for a new setup link, while the store waits for its first team.
    pub async fn new_setup_token(&self) -> Result<Option<Token>> {
        let token = change!(self, |service, tx| {
            if store::team::count(tx).await? > 0 {
                return Ok::<_, Error>(Refused(None));
            }
            let token = Token::generate(&*service.entropy);
            store::setup_token::add(tx, &token.hash().0, service.now() + SETUP_LINK_LIFETIME).await?;
            Ok(Done(Some(token), Recorded::not_needed()))
        })?;
        if token.is_some() {
            // In the server's log, because no team has an audit log yet.
            tracing::info!("created a setup link");
        }
        Ok(token)
    }

    /// Creates the first team and its administrator, and logs them in.
    pub async fn set_up(&self, input: SetUpInput, device: &Device) -> Result<Answer<LoggedIn>> {
        let invalid_link = || Ok(Err(Rule::new(INVALID_LINK)));
        let SetUpInput { token, team_name, email, password } = input;
        let (name, email) = (TeamName::parse(&team_name)?, EmailAddress::parse_new(&email)?);
        let Some(token) = Token::parse(&token) else { return invalid_link() };
        // Before the expensive hash, so that strangers can't make us compute one.
        if !store::setup_token::find(&self.store, &token.hash().0, self.now()).await? {
            return invalid_link();
        }
        let hash = self.hash_password(password).await?;
        let device = device.clone();
        let logged_in = change!(self, |service, tx| {
            let works = store::setup_token::find(tx, &token.hash().0, service.now()).await?;
            if !works || store::team::count(tx).await? > 0 {
                return Ok::<_, Error>(Refused(None));
            }
            store::setup_token::remove_all(tx).await?;
            let user = service.add_user(tx, email, Some(&hash)).await?;
            let event = |team, action, object| {
                AuditEvent::by_system(team, service.now(), action, object).by_set_up_link(&device.address)
            };
            let (team, _) = service.found_team(tx, Slug::of_name(&name), name, &user, event).await?;
            let (logged_in, recorded) = service.start_session(tx, user, team.id, &device, None, None).await?;
            Ok(Done(Some(logged_in), recorded))
        });
        let Some(logged_in) = logged_in? else { return invalid_link() };
        LogInOutcome::Ok.count(1);
        Ok(Ok(logged_in))
    }

    pub(super) async fn find_team(&self, on: &impl Executor, slug: &Slug) -> Result<Team> {
        if let Some(team) = store::team::find_by_slug(on, slug).await? {
            return Ok(team);
        }
        Err(unknown_team(slug, store::team::list_all(on).await?))
    }

    /// Adds a team with its administrator, and records both.
    async fn found_team(
        &self,
        tx: &Transaction,
        slug: Slug,
        name: TeamName,
        user: &User,
        event: impl Fn(TeamId, AuditAction, AuditObject) -> AuditEvent,
    ) -> Result<(Team, Recorded)> {
        let team = self.add_team(tx, slug, name).await?;
        let administrator = Role::from(BuiltInRole::Administrator);
        store::membership::add(tx, team.id, user.id, administrator.id, self.now()).await?;
        let member = person_object(user, Some(administrator.to_string()));
        let events = vec![
            event(team.id, AuditAction::CreateTeam, team_object(&team)),
            event(team.id, AuditAction::CreateMember, member),
        ];
        Ok((team, Recorded::events(tx, events).await?))
    }

    /// Adds a team with its first data key; the caller records it.
    async fn add_team(&self, tx: &Transaction, slug: Slug, name: TeamName) -> Result<Team> {
        let team = Team { id: TeamId(self.new_id()), slug, name };
        store::team::add(tx, &team, self.now()).await?;
        self.add_data_key(tx, team.id).await?;
        Ok(team)
    }
}

async fn free_slug(tx: &Transaction, name: &TeamName) -> Result<Slug> {
    let wanted = Slug::of_name(name);
    let mut slug = wanted.clone();
    let mut number = 1;
    while store::team::find_by_slug(tx, &slug).await?.is_some() {
        number += 1;
        slug = wanted.numbered(number);
    }
    Ok(slug)
}

fn team_object(team: &Team) -> AuditObject {
    named_object(team.id.0, team.name.as_str(), Some(team.slug.as_str().to_owned()))
}
