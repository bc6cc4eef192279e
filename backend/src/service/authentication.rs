//! Who asks: a key or a session becomes an [`Actor`].

use std::sync::Arc;

use strongroom_shared::permission::READING;
use strongroom_shared::{Permission, Permissions, Uuid};

use super::batch::Job;
use super::{Error, Result, Service};
use crate::crypto::{Token, TokenHash};
use crate::domain::filter::{Listing, TeamColumn};
use crate::domain::key::use_is_news;
use crate::domain::{Actor, ApiKey, Budget, Principal, RevokedKey, Session, SessionId, Team, TeamId, User};
use crate::store::{self, Executor, Store, Transaction};

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
    /// Several session cookies: one of them was planted, and the server can't tell which.
    Ambiguous,
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

    /// The digest by which the store finds the session.
    pub fn session_hash(&self) -> Option<TokenHash> {
        match self {
            Self::Session(Some(token)) => Some(token.hash()),
            _ => None,
        }
    }
}

/// A key found by its token.
#[derive(Clone)]
pub enum FoundKey {
    /// A key, expired or not, and its team.
    Key(Box<(ApiKey, Team)>),
    /// A key that was revoked.
    Revoked(RevokedKey),
}

/// Finds keys by their tokens.
pub struct FindKeys(pub Store);

impl Job for FindKeys {
    type Ask = TokenHash;
    type Answer = Option<FoundKey>;
    const NAME: &str = "find_keys";

    async fn run(&self, batch: &[TokenHash]) -> store::Result<Vec<Self::Answer>> {
        let found = store::api_key::list_by_tokens(&self.0, batch.iter().map(|hash| &hash.0)).await?;
        let unknown = batch.iter().map(|hash| &hash.0).filter(|hash| !found.contains_key(&hash[..]));
        let revoked = store::api_key::list_revoked_by_tokens(&self.0, unknown).await?;
        let answer = |hash: &TokenHash| match found.get(&hash.0[..]) {
            Some(found) => Some(FoundKey::Key(Box::new(found.clone()))),
            None => revoked.get(&hash.0[..]).cloned().map(FoundKey::Revoked),
        };
        Ok(batch.iter().map(answer).collect())
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
        let tenant =
            tenant.map(|text| Uuid::try_parse(text).map(TeamId).map_err(|_| Error::OtherTeam)).transpose();
        let origin = Origin { address: address.to_owned(), budget: Arc::default() };
        match credential {
            Credential::Nothing => Err(Error::NoCredential),
            Credential::Malformed => Err(Error::MalformedCredential),
            Credential::Ambiguous => Err(Error::AmbiguousCredential),
            Credential::Key(None) | Credential::Session(None) => Err(Error::UnknownCredential),
            Credential::Key(Some(token)) => {
                let (key, team) = self.find_key(&token.hash(), address).await?;
                let actor = admit_key(&self.store, key, team, origin).await?;
                match tenant {
                    Ok(asked) if asked.is_none_or(|asked| asked == actor.team_id()) => Ok(actor),
                    _ => self.refuse_other_team(&actor).await,
                }
            }
            Credential::Session(Some(token)) => {
                let session = self.find_session(&token.hash()).await?;
                let admit =
                    |team| admit_person(&self.store, session.user.clone(), session.id, team, origin.clone());
                let admitted = match tenant {
                    Ok(asked) => admit(asked.unwrap_or(session.team_id)).await,
                    Err(error) => Err(error),
                };
                match admitted {
                    Err(Error::OtherTeam) => self.refuse_other_team(&admit(session.team_id).await?).await,
                    admitted => admitted,
                }
            }
        }
    }

    /// Refuses to act in a team that the actor is not in, and records it in their own.
    async fn refuse_other_team(&self, actor: &Actor) -> Result<Actor> {
        self.record_denied(actor, "acting in another team".to_owned()).await;
        Err(Error::OtherTeam)
    }

    /// Begins a change for someone, as what they are at that moment: since they were let in, they may have been demoted,
    /// removed or revoked, by a change that was quicker. Changes come one after the other, so nothing slips in between.
    pub(super) async fn begin(&self, actor: &Actor) -> Result<(Transaction, Actor)> {
        let tx = self.store.begin().await?;
        let actor = admit_again(&tx, actor).await?;
        Ok((tx, actor))
    }

    /// The same for a change that may take its time.
    pub(super) async fn begin_long(&self, actor: &Actor) -> Result<(Transaction, Actor)> {
        let tx = self.store.begin_long().await?;
        let actor = admit_again(&tx, actor).await?;
        Ok((tx, actor))
    }

    async fn find_key(&self, hash: &TokenHash, address: &str) -> Result<(ApiKey, Team)> {
        let now = self.now();
        let (key, team) = match self.keys_by_token.ask(*hash).await? {
            None => return Err(Error::UnknownCredential),
            Some(FoundKey::Revoked(key)) => {
                self.record_dead_key(key, "revoked", address).await;
                return Err(Error::RevokedKey);
            }
            Some(FoundKey::Key(found)) if found.0.has_expired(now) => {
                self.record_dead_key(found.0.into(), "expired", address).await;
                return Err(Error::ExpiredKey);
            }
            Some(FoundKey::Key(found)) => *found,
        };
        if use_is_news(key.last_used, now) {
            let noted = async {
                let tx = self.store.begin().await?;
                store::api_key::update_last_used(&tx, key.id, now).await?;
                tx.commit().await
            };
            note_of_use(store::settled(noted).await.flatten());
        }
        Ok((key, team))
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
    pub async fn list_teams(&self, actor: &Actor, mut listing: Listing<TeamColumn>) -> Result<Vec<Team>> {
        let ids = match &actor.principal {
            Principal::Key(key) => vec![key.team_id],
            Principal::Person { user, .. } => store::membership::list_teams(&self.store, user.id).await?,
        };
        let part = listing.window;
        let read = |window| async move {
            listing.window = window;
            Ok(store::team::list(&self.store, &ids, &listing).await?)
        };
        actor.budget.list(part, read).await
    }
}

/// That a last use could not be noted keeps nobody out: on a disk that is full, what only reads goes on.
fn note_of_use(noted: store::Result<()>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "the last use of a key or session could not be noted");
    }
}

/// The request of an actor.
#[derive(Clone)]
struct Origin {
    address: String,
    budget: Arc<Budget>,
}

/// Finds out what someone is now who was let in before.
async fn admit_again(tx: &Transaction, actor: &Actor) -> Result<Actor> {
    let origin = Origin { address: actor.address.clone(), budget: Arc::clone(&actor.budget) };
    match &actor.principal {
        Principal::Key(key) => {
            let found = store::api_key::find_with_team(tx, key.id).await?;
            let (key, team) = found.ok_or(Error::UnknownCredential)?;
            admit_key(tx, key, team, origin).await
        }
        Principal::Person { user, session } => {
            if !store::session::exists(tx, *session).await? {
                return Err(Error::UnknownCredential);
            }
            admit_person(tx, user.clone(), *session, actor.team_id(), origin).await
        }
    }
}

/// Lets a key act in its team.
async fn admit_key(on: &impl Executor, key: ApiKey, team: Team, origin: Origin) -> Result<Actor> {
    let permissions = permissions_of_key(on, &key).await?;
    Ok(Actor {
        permissions: permissions.ok_or(Error::UnknownCredential)?,
        role: key.role.clone(),
        principal: Principal::Key(key),
        team,
        address: origin.address,
        budget: origin.budget,
    })
}

/// Lets a person act in a team they are in.
async fn admit_person(
    on: &impl Executor,
    user: User,
    session: SessionId,
    team: TeamId,
    origin: Origin,
) -> Result<Actor> {
    let found = store::membership::find_with_team(on, team, user.id).await?;
    let (role, team) = found.ok_or(Error::OtherTeam)?;
    Ok(Actor {
        permissions: role.permissions,
        role,
        principal: Principal::Person { user, session },
        team,
        address: origin.address,
        budget: origin.budget,
    })
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
