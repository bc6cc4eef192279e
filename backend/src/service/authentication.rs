//! Who asks: a key or a session becomes an [`Actor`].

use strongroom_shared::Uuid;

use super::{Error, Result, Service};
use crate::crypto::{Token, TokenHash};
use crate::domain::{Actor, ApiKey, Principal, Team, TeamId};
use crate::store;

/// What a request shows for itself.
#[derive(Debug)]
pub enum Credential {
    /// Nothing.
    Nothing,
    /// An `Authorization` header that is not `Bearer` and something.
    Malformed,
    /// An API key; `None` when it can't be one.
    Key(Option<Token>),
    /// A session's cookie; `None` when it can't be one.
    Session(Option<Token>),
}

impl Credential {
    /// An API key as a header has it.
    pub fn key(text: &str) -> Self {
        Self::Key(Token::parse(text))
    }

    /// A session as a cookie has it.
    pub fn session(text: &str) -> Self {
        Self::Session(Token::parse(text))
    }
}

impl Service {
    /// Finds out who asks. `tenant` is the team they ask to act in, as the request's header has it; without it, the
    /// key's or the session's own. `address` is where they ask from.
    ///
    /// # Errors
    /// Nobody known, or not in that team.
    pub async fn authenticate(
        &self,
        credential: &Credential,
        tenant: Option<&str>,
        address: &str,
    ) -> Result<Actor> {
        // A header that is no id names a team nobody is in.
        let tenant = tenant
            .map(|text| Uuid::try_parse(text).map(TeamId).map_err(|_| Error::OtherTeam))
            .transpose();
        let (principal, team_id) = match credential {
            Credential::Nothing => return Err(Error::NoCredential),
            Credential::Malformed => return Err(Error::MalformedCredential),
            Credential::Key(None) | Credential::Session(None) => return Err(Error::UnknownCredential),
            Credential::Key(Some(token)) => {
                let key = self.find_key(&token.hash()).await?;
                if tenant?.is_some_and(|asked| asked != key.team_id) {
                    return Err(Error::OtherTeam);
                }
                let team_id = key.team_id;
                (Principal::Key(key), team_id)
            }
            Credential::Session(Some(token)) => {
                let session = store::session::find(&self.store, &token.hash().0, self.now())
                    .await?
                    .ok_or(Error::UnknownCredential)?;
                let team_id = tenant?.unwrap_or(session.team_id);
                (
                    Principal::Person {
                        user: session.user,
                        session: session.id,
                    },
                    team_id,
                )
            }
        };
        let role = match &principal {
            Principal::Key(key) => key.role,
            Principal::Person { user, .. } => store::membership::find(&self.store, team_id, user.id)
                .await?
                .ok_or(Error::OtherTeam)?,
        };
        let team = store::team::find(&self.store, team_id)
            .await?
            .ok_or(Error::OtherTeam)?;
        Ok(Actor {
            principal,
            team,
            role,
            address: address.to_owned(),
        })
    }

    async fn find_key(&self, hash: &TokenHash) -> Result<ApiKey> {
        let now = self.now();
        let key = store::api_key::find_by_token(&self.store, &hash.0)
            .await?
            .filter(|key| !key.has_expired(now))
            .ok_or(Error::UnknownCredential)?;
        if key.use_is_news(now) {
            let tx = self.store.begin().await?;
            store::api_key::update_last_used(&tx, key.id, now).await?;
            tx.commit().await?;
        }
        Ok(key)
    }

    /// The teams an actor can act in: a key in one, a person in each they are a member of.
    pub(super) async fn teams_of(&self, actor: &Actor) -> Result<Vec<TeamId>> {
        match &actor.principal {
            Principal::Key(key) => Ok(vec![key.team_id]),
            Principal::Person { user, .. } => Ok(store::membership::list(&self.store, user.id).await?),
        }
    }

    /// The teams an actor can act in, those that are asked for.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list_teams(
        &self,
        actor: &Actor,
        listing: &crate::domain::filter::Listing<crate::domain::filter::TeamColumn>,
    ) -> Result<Vec<Team>> {
        let ids = self.teams_of(actor).await?;
        Ok(store::team::list(&self.store, &ids, listing).await?)
    }
}
