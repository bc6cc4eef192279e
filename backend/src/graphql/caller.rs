//! The caller, as resolvers see them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Response, Result};

use strongroom_shared::ErrorCode;

use super::error::{AMBIGUOUS, error, for_client, to_client};
use super::limits::{AUTHENTICATED, Bounds, UNAUTHENTICATED};
use crate::domain::{Actor, Device};
use crate::pool::Principal;
use crate::service::{self, Credential, LoggedIn, Service, TokenHash};

pub struct Caller {
    pub actor: service::Result<Actor>,
    pub credential: Credential,
    pub device: Device,
    pub request_id: String,
    session_change: Mutex<Option<SessionChange>>,
    has_tried_password: AtomicBool,
    has_mutated: AtomicBool,
}

/// A change of the caller's session, for which `http` sets a cookie.
pub enum SessionChange {
    Started(LoggedIn),
    Ended,
}

impl Caller {
    pub(super) fn finish(&self, response: Response) -> Response {
        for_client(response, self.actor.is_ok(), &self.request_id)
    }

    pub fn new(
        actor: service::Result<Actor>,
        credential: Credential,
        device: Device,
        request_id: String,
    ) -> Self {
        Self {
            actor,
            credential,
            device,
            request_id,
            session_change: Mutex::new(None),
            has_tried_password: AtomicBool::new(false),
            has_mutated: AtomicBool::new(false),
        }
    }

    pub fn principal(&self) -> Principal {
        self.actor.as_ref().ok().map(Actor::user_id)
    }

    pub fn bounds(&self) -> &'static Bounds {
        if self.actor.is_ok() { &AUTHENTICATED } else { &UNAUTHENTICATED }
    }

    /// Allows one password in a request, despite batches and aliases: hashing is expensive, and each is a guess.
    pub(super) fn try_password(&self) -> Result<()> {
        if self.has_tried_password.swap(true, Ordering::Relaxed) {
            return Err(error(ErrorCode::BadUserInput, "A request can try only one password."));
        }
        Ok(())
    }

    /// The browser's session, to be replaced. Several are refused: the browser would keep sending the planted one.
    pub(super) fn replaced_session(&self) -> Result<Option<TokenHash>> {
        if matches!(self.credential, Credential::Ambiguous) {
            return Err(error(ErrorCode::BadUserInput, AMBIGUOUS));
        }
        Ok(self.credential.session_hash())
    }

    pub(super) fn note_mutation(&self) {
        self.has_mutated.store(true, Ordering::Relaxed);
    }

    /// Whether the response may be compressed. If it contains text of an eavesdropper's own, its length reveals what else
    /// repeats that text (BREACH), so a secret must never be in it: values go to keys only, and new keys and links answer
    /// mutations. The lists that a person queries hold names, descriptions and addresses, which their team can read
    /// anyway.
    pub fn may_compress(&self) -> bool {
        let is_person = self.actor.as_ref().is_ok_and(|actor| actor.require_person().is_ok());
        is_person && !self.has_mutated.load(Ordering::Relaxed)
    }

    pub(super) fn change_session(&self, change: SessionChange) {
        *self.session_change.lock().unwrap_or_else(PoisonError::into_inner) = Some(change);
    }

    pub fn take_session_change(&self) -> Option<SessionChange> {
        self.session_change.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

pub(super) fn caller<'a>(ctx: &Context<'a>) -> &'a Caller {
    ctx.data_unchecked::<Arc<Caller>>()
}

/// The actor; an error if the caller is unauthenticated.
pub(super) fn actor<'a>(ctx: &Context<'a>) -> Result<&'a Actor> {
    caller(ctx).actor.as_ref().map_err(to_client)
}

pub(super) fn service<'a>(ctx: &Context<'a>) -> &'a Service {
    ctx.data_unchecked::<Arc<Service>>()
}
