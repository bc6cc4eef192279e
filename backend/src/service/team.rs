//! Teams: made, renamed, switched to, and the first one set up.

use strongroom_shared::input::{CreateTeamInput, SetUpInput, UpdateTeamInput};
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{BuiltInRole, Permission, Uuid};

use super::member::person_object;
use super::session::{LogInOutcome, LoggedIn, count_log_in};
use super::{Error, Result, Service};
use crate::crypto::Token;
use crate::domain::{
    Actor, AuditAction, AuditEvent, AuditObject, Device, EmailAddress, Role, Slug, Team, TeamId, TeamName,
};
use crate::store::{self, Executor, Transaction};

const TAKEN: &str = "There is a team with that slug already.";
/// How long a set-up link works.
const SETUP_LINK_LIFETIME: chrono::TimeDelta = chrono::TimeDelta::hours(24);

impl Service {
    /// Adds a team, on the server's command line.
    ///
    /// # Errors
    /// There is one of that slug.
    pub async fn create_team(&self, slug: Slug, name: TeamName) -> Result<Team> {
        let tx = self.store.begin().await?;
        if store::team::find_by_slug(&tx, &slug).await?.is_some() {
            return Err(TAKEN.into());
        }
        let team = self.add_team(&tx, slug, name).await?;
        let event = AuditEvent::by_system(team.id, self.now(), AuditAction::CreateTeam, team_object(&team));
        self.record_event(&tx, event).await?;
        tx.commit().await?;
        Ok(team)
    }

    /// Makes a team whose administrator is the person who asks.
    ///
    /// # Errors
    /// A rule is broken, or they may not.
    pub async fn create_own_team(&self, actor: &Actor, input: CreateTeamInput) -> Result<Team> {
        let name = TeamName::parse(&input.name)?;
        let wanted = input.slug.as_deref().map(Slug::parse).transpose()?;
        let (user, _) = actor.require_person()?;
        let (tx, actor) = self.begin(actor).await?;
        actor.require(Permission::CreateTeam)?;
        let slug = match wanted {
            Some(slug) if store::team::find_by_slug(&tx, &slug).await?.is_some() => return Err(TAKEN.into()),
            Some(slug) => slug,
            None => free_slug(&tx, &name).await?,
        };
        let team = self.add_team(&tx, slug, name).await?;
        let administrator = Role::from(BuiltInRole::Administrator);
        store::membership::add(&tx, team.id, user.id, administrator.id, self.now()).await?;
        for (action, object) in [
            (AuditAction::CreateTeam, team_object(&team)),
            (AuditAction::CreateMember, person_object(user, Some(&administrator))),
        ] {
            let event = AuditEvent::by_person(user, team.id, self.now(), action, object, &actor.address);
            self.record_event(&tx, event).await?;
        }
        tx.commit().await?;
        Ok(team)
    }

    /// Renames the team.
    ///
    /// # Errors
    /// A rule is broken, or they may not.
    pub async fn update_team(&self, actor: &Actor, input: UpdateTeamInput) -> Result<SuccessPayload> {
        let name = input.name.as_deref().map(TeamName::parse).transpose()?;
        let slug = input.slug.as_deref().map(Slug::parse).transpose()?;
        let (tx, actor) = self.begin(actor).await?;
        actor.require(Permission::UpdateTeam)?;
        let before = store::team::find(&tx, actor.team_id()).await?;
        let before = before.ok_or(Error::Broken("a team is gone"))?;
        if let Some(slug) = &slug
            && *slug != before.slug
            && store::team::find_by_slug(&tx, slug).await?.is_some()
        {
            return Ok(SuccessPayload::refused(TAKEN));
        }
        let team = Team {
            id: before.id,
            slug: slug.unwrap_or(before.slug.clone()),
            name: name.unwrap_or(before.name.clone()),
        };
        store::team::update(&tx, &team).await?;
        let object = AuditObject {
            detail: Some(format!(
                "{}, was {} ({})",
                team.slug.as_str(),
                before.name.as_str(),
                before.slug.as_str()
            )),
            ..team_object(&team)
        };
        self.record(&tx, &actor, AuditAction::UpdateTeam, object).await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    /// Lets the person's session act in another team of theirs, and their next one as well.
    ///
    /// # Errors
    /// They are not in it, or it is a key.
    pub async fn switch_team(&self, actor: &Actor, id: Uuid) -> Result<SuccessPayload> {
        let (user, session) = actor.require_person()?;
        let team = TeamId(id);
        let (tx, _) = self.begin(actor).await?;
        if store::membership::find(&tx, team, user.id).await?.is_none() {
            return Err(Error::OtherTeam);
        }
        store::session::update_team(&tx, session, team).await?;
        store::user::update_last_team(&tx, user.id, team).await?;
        // In the log of the new team only: the old one must not learn of it.
        let entered = store::team::find(&tx, team).await?;
        let entered = entered.ok_or(Error::Broken("a team is gone"))?;
        let (action, object) = (AuditAction::SwitchTeam, team_object(&entered));
        let event = AuditEvent::by_person(user, team, self.now(), action, object, &actor.address);
        self.record_event(&tx, event).await?;
        tx.commit().await?;
        Ok(SuccessPayload::done())
    }

    /// Whether the store still waits for its first team.
    ///
    /// # Errors
    /// The store failed.
    pub async fn set_up_required(&self) -> Result<bool> {
        Ok(store::team::count(&self.store).await? == 0)
    }

    /// A token for a new set-up link, while the store waits for its first team.
    ///
    /// # Errors
    /// The store failed.
    pub async fn new_setup_token(&self) -> Result<Option<Token>> {
        let tx = self.store.begin().await?;
        if store::team::count(&tx).await? > 0 {
            return Ok(None);
        }
        let token = Token::generate(&*self.entropy);
        store::setup_token::add(&tx, &token.hash().0, self.now() + SETUP_LINK_LIFETIME).await?;
        tx.commit().await?;
        // In the server's log, because no team has an audit log yet.
        tracing::info!("made a set-up link");
        Ok(Some(token))
    }

    /// Makes the first team and its administrator, and logs them in.
    ///
    /// # Errors
    /// A rule is broken.
    pub async fn set_up(
        &self,
        input: SetUpInput,
        device: &Device,
    ) -> Result<std::result::Result<LoggedIn, SuccessPayload>> {
        let refused = || {
            Ok(Err(SuccessPayload::refused(
                "This set-up link does not work (any more). Restart the server to get a new one, or log in if the \
                 first team exists.",
            )))
        };
        let SetUpInput { token, team_name, email, password } = input;
        let (name, email) = (TeamName::parse(&team_name)?, EmailAddress::parse_new(&email)?);
        let Some(token) = Token::parse(&token) else {
            return refused();
        };
        // Before the costly hash, so that strangers can't make us compute.
        if !store::setup_token::find(&self.store, &token.hash().0, self.now()).await? {
            return refused();
        }
        let hash = self.hash_password(password).await?;
        let tx = self.store.begin().await?;
        let works = store::setup_token::find(&tx, &token.hash().0, self.now()).await?;
        if !works || store::team::count(&tx).await? > 0 {
            return refused();
        }
        store::setup_token::remove_all(&tx).await?;
        let team = self.add_team(&tx, Slug::of_name(&name), name).await?;
        let user = self.add_user(&tx, email, Some(&hash)).await?;
        let administrator = Role::from(BuiltInRole::Administrator);
        store::membership::add(&tx, team.id, user.id, administrator.id, self.now()).await?;
        for (action, object) in [
            (AuditAction::CreateTeam, team_object(&team)),
            (AuditAction::CreateMember, person_object(&user, Some(&administrator))),
        ] {
            let event = AuditEvent::by_system(team.id, self.now(), action, object);
            self.record_event(&tx, event.by_set_up_link(&device.address)).await?;
        }
        let logged_in = self.start_session(&tx, user, team.id, device, None, None).await?;
        tx.commit().await?;
        count_log_in(LogInOutcome::Ok);
        Ok(Ok(logged_in))
    }

    /// The team of that slug.
    pub(super) async fn find_team(&self, on: &impl Executor, slug: &Slug) -> Result<Team> {
        if let Some(team) = store::team::find_by_slug(on, slug).await? {
            return Ok(team);
        }
        let known = store::team::list_all(on).await?;
        Err(Error::UnknownTeam {
            slug: slug.clone(),
            known: known.into_iter().map(|team| team.slug).collect(),
        })
    }

    /// Adds a team and its first data key to a change in the making; the event is the caller's to record.
    async fn add_team(&self, tx: &Transaction, slug: Slug, name: TeamName) -> Result<Team> {
        let team = Team { id: TeamId(self.new_id()), slug, name };
        store::team::add(tx, &team, self.now()).await?;
        self.add_data_key(tx, team.id).await?;
        Ok(team)
    }
}

/// A slug made of the name, with a number behind it where others have it already.
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
    AuditObject {
        id: Some(team.id.0),
        name: Some(team.name.as_str().to_owned()),
        detail: Some(team.slug.as_str().to_owned()),
    }
}
