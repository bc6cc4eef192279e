//! Who asks: a key or a session becomes an [`Actor`].

use strongroom_shared::permission::READING;
use strongroom_shared::{Permission, Permissions, Uuid};

use super::{Error, Result, Service};
use crate::crypto::{Token, TokenHash};
use crate::domain::filter::{Listing, TeamColumn};
use crate::domain::key::use_is_news;
use crate::domain::{Actor, ApiKey, Principal, Session, Team, TeamId};
use crate::store::{self, Executor, Transaction};

/// What a key that is limited to some secrets may do at most. Whatever reaches further, to members, keys or the log, would
/// reach around its limits.
const LIMITED: Permissions = enumset::enum_set!(
    Permission::CreateSecret
        | Permission::ReadSecret
        | Permission::UpdateSecret
        | Permission::DeleteSecret
        | Permission::ReadSecretValue
);

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
                let session = self.find_session(&token.hash()).await?;
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
        self.admit(&self.store, principal, team_id, address.to_owned())
            .await
    }

    /// Begins a change for someone, as what they are at that moment: since they were let in, they may have been demoted,
    /// removed or revoked, by a change that was quicker. Changes come one after the other, so nothing slips in between.
    pub(super) async fn begin(&self, actor: &Actor) -> Result<(Transaction, Actor)> {
        let tx = self.store.begin().await?;
        let actor = self.admit_again(&tx, actor).await?;
        Ok((tx, actor))
    }

    /// The same for a change that may take its time.
    pub(super) async fn begin_long(&self, actor: &Actor) -> Result<(Transaction, Actor)> {
        let tx = self.store.begin_long().await?;
        let actor = self.admit_again(&tx, actor).await?;
        Ok((tx, actor))
    }

    async fn admit_again(&self, tx: &Transaction, actor: &Actor) -> Result<Actor> {
        let team_id = actor.team_id();
        let principal = match &actor.principal {
            Principal::Key(key) => {
                let key = store::api_key::find(tx, team_id, key.id).await?;
                Principal::Key(key.ok_or(Error::UnknownCredential)?)
            }
            Principal::Person { user, session } => {
                if !store::session::exists(tx, *session).await? {
                    return Err(Error::UnknownCredential);
                }
                Principal::Person {
                    user: user.clone(),
                    session: *session,
                }
            }
        };
        self.admit(tx, principal, team_id, actor.address.clone()).await
    }

    /// Finds out as what someone acts in a team.
    async fn admit(
        &self,
        on: &impl Executor,
        principal: Principal,
        team_id: TeamId,
        address: String,
    ) -> Result<Actor> {
        let (role, permissions) = match &principal {
            Principal::Key(key) => {
                let permissions = permissions_of_key(on, key).await?;
                (key.role.clone(), permissions.ok_or(Error::UnknownCredential)?)
            }
            Principal::Person { user, .. } => {
                let role = store::membership::find(on, team_id, user.id).await?;
                let role = role.ok_or(Error::OtherTeam)?;
                let permissions = role.permissions;
                (role, permissions)
            }
        };
        let team = store::team::find(on, team_id).await?.ok_or(Error::OtherTeam)?;
        Ok(Actor {
            principal,
            team,
            role,
            permissions,
            address,
        })
    }

    async fn find_key(&self, hash: &TokenHash) -> Result<ApiKey> {
        let now = self.now();
        let key = store::api_key::find_by_token(&self.store, &hash.0)
            .await?
            .filter(|key| !key.has_expired(now))
            .ok_or(Error::UnknownCredential)?;
        if use_is_news(key.last_used, now) {
            let noted = async {
                let tx = self.store.begin().await?;
                store::api_key::update_last_used(&tx, key.id, now).await?;
                tx.commit().await
            };
            note_of_use(store::settled(noted).await.flatten());
        }
        Ok(key)
    }

    async fn find_session(&self, hash: &TokenHash) -> Result<Session> {
        let now = self.now();
        let session = store::session::find(&self.store, &hash.0, now, self.idle_since())
            .await?
            .ok_or(Error::UnknownCredential)?;
        // Where sessions are soon over, their use is news sooner.
        let soon = (now - self.idle_since()) / 4;
        if use_is_news(Some(session.last_used), now) || now - session.last_used > soon {
            let noted = async {
                let tx = self.store.begin().await?;
                store::session::update_last_used(&tx, session.id, now).await?;
                tx.commit().await
            };
            note_of_use(store::settled(noted).await.flatten());
        }
        Ok(session)
    }

    /// The teams an actor can act in, those that are asked for: a key in one, a person in each they are a member of.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list_teams(&self, actor: &Actor, listing: &Listing<TeamColumn>) -> Result<Vec<Team>> {
        let ids = match &actor.principal {
            Principal::Key(key) => vec![key.team_id],
            Principal::Person { user, .. } => store::membership::list_teams(&self.store, user.id).await?,
        };
        Ok(store::team::list(&self.store, &ids, listing).await?)
    }
}

/// That a last use could not be noted keeps nobody out: on a disk that is full, what only reads goes on.
fn note_of_use(noted: store::Result<()>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "the last use of a key or session could not be noted");
    }
}

/// What a key may do: what its role says, within its limits and its owner's; `None` when its owner has left.
pub(super) async fn permissions_of_key(on: &impl Executor, key: &ApiKey) -> Result<Option<Permissions>> {
    let mut permissions = key.role.permissions;
    if key.secrets.is_some() {
        permissions &= LIMITED;
    }
    if let Some(owner) = key.user_id {
        match store::membership::find(on, key.team_id, owner).await? {
            None => return Ok(None),
            // Reading goes on: it was given to a program, by someone who might.
            Some(role) => permissions &= role.permissions | READING,
        }
    }
    Ok(Some(permissions))
}
