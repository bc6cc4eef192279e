//! Authentication: turns a key or a session into an [`Actor`].

use std::sync::Arc;

use futures_util::future::BoxFuture;
use strongroom_shared::Uuid;

use crate::crypto::{Token, TokenHash};
use crate::domain::filter::{Listing, TeamColumn};
use crate::domain::key::is_outdated_use;
use crate::domain::{Actor, ApiKey, Generation, Login, Principal, RevokedKey, Session, Team, TeamId, Time};
use crate::service::admission::{Origin, actor_of_key, admit_person, permissions_of_key};
use crate::service::batch::Loader;
use crate::service::change::{Done, Recorded};
use crate::service::read_cache::KnownKey;
use crate::service::{Error, Result, Service, list};
use crate::store::{self, Store, Transaction};

#[derive(Debug)]
pub enum Credential {
    Nothing,
    /// An `Authorization` header that is not `Bearer` and something.
    Malformed,
    /// An API key; `None` if it is malformed.
    Key(Option<Token>),
    /// A session's cookie; `None` if it is malformed.
    Session(Option<Token>),
    /// Several session cookies: one of them was planted, and the server can't tell which.
    Ambiguous,
}

impl Credential {
    pub fn session_hash(&self) -> Option<TokenHash> {
        match self {
            Self::Session(Some(token)) => Some(token.hash()),
            _ => None,
        }
    }
}

#[derive(Clone)]
pub enum FoundKey {
    /// A key, expired or not, and its team.
    Key(Box<(ApiKey, Team)>),
    /// A login that has not ended, expired or not.
    Login(Box<(Login, ApiKey, Team)>),
    Revoked(RevokedKey),
}

pub struct FindKeys(pub Store);

impl Loader for FindKeys {
    type Request = TokenHash;
    type Answer = Option<FoundKey>;
    const NAME: &str = "find_keys";

    async fn run(&self, batch: &[TokenHash]) -> store::Result<Vec<Self::Answer>> {
        let found = store::api_key::list_by_tokens(&self.0, batch.iter().map(|hash| &hash.0)).await?;
        let unknown = || batch.iter().map(|hash| &hash.0).filter(|hash| !found.contains_key(&hash[..]));
        let logins = store::login::list_by_tokens(&self.0, unknown()).await?;
        let revoked = store::api_key::list_revoked_by_tokens(&self.0, unknown()).await?;
        let answer = |hash: &TokenHash| match (found.get(&hash.0[..]), logins.get(&hash.0[..])) {
            (Some(found), _) => Some(FoundKey::Key(Box::new(found.clone()))),
            (None, Some(login)) => Some(FoundKey::Login(Box::new(login.clone()))),
            (None, None) => revoked.get(&hash.0[..]).cloned().map(FoundKey::Revoked),
        };
        Ok(batch.iter().map(answer).collect())
    }
}

impl Service {
    /// Authenticates a caller. `tenant` is the team that the request's header names; without it, the key's or session's
    /// own team applies. `address` is the caller's.
    pub async fn authenticate(
        &self,
        credential: &Credential,
        tenant: Option<&str>,
        address: &str,
    ) -> Result<Actor> {
        // A header that is not an id names no team.
        let tenant =
            tenant.map(|text| Uuid::try_parse(text).map(TeamId).map_err(|_| Error::OtherTeam)).transpose();
        let origin = Origin { address: address.to_owned(), budget: Arc::default() };
        match credential {
            Credential::Nothing => Err(Error::NoCredential),
            Credential::Malformed => Err(Error::MalformedCredential),
            Credential::Ambiguous => Err(Error::AmbiguousCredential),
            Credential::Key(None) | Credential::Session(None) => Err(Error::UnknownCredential),
            Credential::Key(Some(token)) => {
                let generation = self.generation.request(()).await?;
                let known = self.find_key(generation, token.hash(), address).await?;
                let actor = Actor { as_of: Some(generation), ..actor_of_key(&known, origin) };
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

    /// Authenticates a caller who may name their own team by its slug.
    pub async fn authenticate_in(
        &self,
        credential: &Credential,
        slug: Option<&str>,
        address: &str,
    ) -> Result<Actor> {
        let actor = self.authenticate(credential, None, address).await?;
        match slug {
            Some(slug) if slug != actor.team.slug.as_str() => self.refuse_other_team(&actor).await,
            _ => Ok(actor),
        }
    }

    /// Refuses to act in a team that the actor is not in, and records it in their own.
    async fn refuse_other_team(&self, actor: &Actor) -> Result<Actor> {
        self.record_denied(actor, "acting in another team".to_owned()).await;
        Err(Error::OtherTeam)
    }

    async fn find_key(&self, at: Generation, hash: TokenHash, address: &str) -> Result<Arc<KnownKey>> {
        let now = self.now();
        let is_current = |known: &Arc<KnownKey>| known.login.is_none() || !known.key.has_expired(now);
        let known = match self.cache.key(at, &hash).filter(is_current) {
            Some(known) => known,
            // Also a login that may have been renewed.
            None => self.look_up_key(at, hash, address).await?,
        };
        if known.key.has_expired(now) {
            if known.login.is_some() {
                // Nothing out of the ordinary.
                return Err(Error::ExpiredKey);
            }
            self.record_unusable_key(known.key.clone().into(), "expired", address).await;
            return Err(Error::ExpiredKey);
        }
        if is_outdated_use(known.key.last_used, now) {
            let id = known.key.id;
            self.note_use(move |tx| Box::pin(store::api_key::update_last_used(tx, id, now))).await;
            self.cache.note_use(&hash, now);
        }
        Ok(known)
    }

    async fn look_up_key(&self, at: Generation, hash: TokenHash, address: &str) -> Result<Arc<KnownKey>> {
        let (login, key, team) = match self.keys_by_token.request(hash).await? {
            None => return Err(Error::UnknownCredential),
            Some(FoundKey::Revoked(key)) => {
                self.record_unusable_key(key, "revoked", address).await;
                return Err(Error::RevokedKey);
            }
            Some(FoundKey::Key(found)) => {
                let (key, team) = *found;
                (None, key, team)
            }
            Some(FoundKey::Login(found)) => {
                let (login, key, team) = *found;
                (Some(Arc::new(login.clone())), login.limit(key), team)
            }
        };
        let permissions = permissions_of_key(&self.store, &key).await?.ok_or(Error::UnknownCredential)?;
        let known = Arc::new(KnownKey { key, team, permissions, login });
        self.cache.add_key(at, hash, &known);
        Ok(known)
    }

    /// Authenticates a session again, in one team. It does not count as a use: an open page keeps no session alive.
    pub(in crate::service) async fn admit_listener(&self, hash: &TokenHash, team: TeamId) -> Result<Actor> {
        let session = self.look_up_session(hash, self.now()).await?;
        let origin = Origin { address: session.device.address, budget: Arc::default() };
        admit_person(&self.store, session.user, session.id, team, origin).await
    }

    async fn look_up_session(&self, hash: &TokenHash, now: Time) -> Result<Session> {
        let session = store::session::find(&self.store, &hash.0, now, self.idle_since()).await?;
        session.ok_or(Error::UnknownCredential)
    }

    async fn find_session(&self, hash: &TokenHash) -> Result<Session> {
        let now = self.now();
        let session = self.look_up_session(hash, now).await?;
        // A short idle timeout needs more frequent updates.
        let soon = (now - self.idle_since()) / 4;
        if is_outdated_use(Some(session.last_used), now) || now - session.last_used > soon {
            let id = session.id;
            self.note_use(move |tx| Box::pin(store::session::update_last_used(tx, id, now))).await;
        }
        Ok(session)
    }

    /// Updates the last use of a key or session. A failure is only logged: on a full disk, reads still work.
    async fn note_use(
        &self,
        update: impl for<'a> FnOnce(&'a Transaction) -> BoxFuture<'a, store::Result<()>> + Send + 'static,
    ) {
        let noted = self.write(move |_, tx| {
            Box::pin(async move {
                update(tx).await?;
                Ok::<_, store::Error>(Done((), Recorded::note()))
            })
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "could not record the last use of a key or session");
        }
    }

    /// The listed teams among those that an actor can act in: a key's own team, or all teams of a person.
    pub async fn list_teams(&self, actor: &Actor, mut listing: Listing<TeamColumn>) -> Result<Vec<Team>> {
        let ids = match &actor.principal {
            Principal::Key(key) => vec![key.team_id],
            Principal::Person { user, .. } => store::membership::list_teams(&self.store, user.id).await?,
        };
        let part = listing.window;
        let read = |window| async move {
            listing.window = window;
            store::team::list(&self.store, &ids, &listing).await
        };
        list(actor, part, read).await
    }
}

pub(super) fn is_id(key: &ApiKey, text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id == key.id.0)
}
