//! The one who asks, as resolvers see them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, Response, Result};

use strongroom_shared::ErrorCode;

use super::error::{AMBIGUOUS, error, for_client, to_client};
use super::limits::{Bounds, KNOWN, STRANGER};
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
}

/// What becomes of the caller's session: for `http` to put into a cookie.
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
        }
    }

    /// The holder of the caller's share of what is limited.
    pub fn principal(&self) -> Principal {
        self.actor.as_ref().ok().map(Actor::user_id)
    }

    pub fn bounds(&self) -> &'static Bounds {
        if self.actor.is_ok() { &KNOWN } else { &STRANGER }
    }

    /// Lets one password be tried in a request, whatever its batch and aliases say: each costs us time, and gives a
    /// guesser a chance.
    pub(super) fn try_password(&self) -> Result<()> {
        if self.has_tried_password.swap(true, Ordering::Relaxed) {
            Err(error(ErrorCode::BadUserInput, "A request tries one password at most."))
        } else {
            Ok(())
        }
    }

    /// The session that a new one replaces, if the browser has one. Of several it would keep sending the planted one beside
    /// the new one, so they are refused.
    pub(super) fn replaced_session(&self) -> Result<Option<TokenHash>> {
        if matches!(self.credential, Credential::Ambiguous) {
            return Err(error(ErrorCode::BadUserInput, AMBIGUOUS));
        }
        Ok(self.credential.session_hash())
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

/// The actor: every resolver that needs someone known starts here.
pub(super) fn actor<'a>(ctx: &Context<'a>) -> Result<&'a Actor> {
    caller(ctx).actor.as_ref().map_err(to_client)
}

pub(super) fn service<'a>(ctx: &Context<'a>) -> &'a Service {
    ctx.data_unchecked::<Arc<Service>>()
}
