//! Teams, and setting up the first one.

use strongroom_shared::Role;
use strongroom_shared::input::SetUpInput;
use strongroom_shared::payload::SuccessPayload;

use super::session::LoggedIn;
use super::{Error, Result, Service};
use crate::crypto::Token;
use crate::domain::{
    AuditAction, AuditEvent, AuditObject, DataKeyId, EmailAddress, Slug, Team, TeamId, TeamName,
};
use crate::store::data_key::WrappedDataKey;
use crate::store::{self, Transaction};

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
            return Err("There is a team with that slug already.".into());
        }
        let team = self.add_team(&tx, slug, name).await?;
        self.record_event(&tx, self.team_event(&team)).await?;
        tx.commit().await?;
        Ok(team)
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
        Ok(Some(token))
    }

    /// Makes the first team and its administrator, and logs them in.
    ///
    /// # Errors
    /// A rule is broken.
    pub async fn set_up(
        &self,
        input: SetUpInput,
        address: &str,
    ) -> Result<std::result::Result<LoggedIn, SuccessPayload>> {
        let refused = || {
            Ok(Err(SuccessPayload::refused(
                "This set-up link does not work (any more). Restart the server to get a new one, or log in if the \
                 first team exists.",
            )))
        };
        let SetUpInput {
            token,
            team_name,
            email,
            password,
        } = input;
        let (name, email) = (TeamName::parse(&team_name)?, EmailAddress::parse(&email)?);
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
        self.record_event(&tx, self.team_event(&team).by_set_up_link(address))
            .await?;
        let user = self.add_user(&tx, email, &hash).await?;
        let event = self.add_member(&tx, team.id, &user, Role::Administrator).await?;
        self.record_event(&tx, event.by_set_up_link(address)).await?;
        let logged_in = self.start_session(&tx, user, team.id, address).await?;
        tx.commit().await?;
        Ok(Ok(logged_in))
    }

    /// The team of that slug.
    pub(super) async fn find_team(&self, tx: &Transaction, slug: &Slug) -> Result<Team> {
        if let Some(team) = store::team::find_by_slug(tx, slug).await? {
            return Ok(team);
        }
        Err(Error::UnknownTeam {
            slug: slug.clone(),
            known: store::team::list_slugs(tx).await?,
        })
    }

    fn team_event(&self, team: &Team) -> AuditEvent {
        let object = AuditObject {
            id: Some(team.id.0),
            name: Some(team.name.as_str().to_owned()),
            detail: None,
        };
        AuditEvent::by_system(team.id, self.now(), AuditAction::CreateTeam, object)
    }

    /// Adds a team and its first data key to a change in the making; the event is the caller's to record.
    async fn add_team(&self, tx: &Transaction, slug: Slug, name: TeamName) -> Result<Team> {
        let now = self.now();
        let team = Team {
            id: TeamId(self.new_id()),
            slug,
            name,
        };
        store::team::add(tx, &team, now).await?;
        let key_id = DataKeyId(self.new_id());
        let (_, wrapped) = self.master_key.new_data_key(team.id, key_id, &*self.entropy);
        let key = WrappedDataKey {
            id: key_id,
            team_id: team.id,
            wrapped: wrapped.as_bytes().to_vec(),
            master_key_fingerprint: self.master_key.fingerprint().to_string(),
            created: now,
        };
        store::data_key::add(tx, key).await?;
        Ok(team)
    }
}
