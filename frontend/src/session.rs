//! Who is using the page: loaded once at the start and after log-in, forgotten at log-out.
//!
//! Not a guard: the server decides about every request. The page only hides what would be refused anyway.

use leptos::prelude::*;
use leptos::task::spawn_local;
use strongroom_shared::operation;
use strongroom_shared::{Permission, Role, Uuid};

use crate::api::{self, ApiError};
use crate::app::HOME;

/// A person in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Their address.
    pub email: String,
    /// What they are in the team.
    pub role: Role,
    /// The team's name.
    pub team: String,
    tenant_id: Uuid,
    permissions: Vec<Permission>,
}

impl Account {
    /// Whether this is the same person in the same team, whatever they may do there by now.
    pub fn is_same(&self, other: &Self) -> bool {
        self.tenant_id == other.tenant_id && self.email == other.email
    }

    /// Whether the page should offer it.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    fn read(answer: operation::Session) -> Option<Self> {
        let info = answer.auth_info?;
        let team = answer
            .tenant
            .into_iter()
            .find(|tenant| tenant.id == info.tenant_id);
        Some(Self {
            email: info.email.unwrap_or_default(),
            role: info.role,
            tenant_id: info.tenant_id,
            team: team.map(|team| team.name).unwrap_or_default(),
            // A permission this version does not know is one it has no button for.
            permissions: info
                .permissions
                .iter()
                .filter_map(|text| Permission::parse(text))
                .collect(),
        })
    }
}

/// What is known about the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// The server has not answered yet.
    Loading,
    /// There is none.
    LoggedOut,
    /// There is one.
    LoggedIn(Account),
    /// The server could not be asked.
    Failed(ApiError),
}

/// The session, for whoever wants to know.
#[derive(Clone, Copy)]
pub struct Session {
    state: RwSignal<SessionState>,
    wanted: StoredValue<Option<String>>,
}

impl Session {
    /// Puts the session where [`Session::expect`] finds it.
    pub fn provide() -> Self {
        let session = Self {
            state: RwSignal::new(SessionState::Loading),
            wanted: StoredValue::new(None),
        };
        provide_context(session);
        session
    }

    /// The page's session.
    pub fn expect() -> Self {
        expect_context()
    }

    /// What is known, as a signal.
    pub fn state(self) -> SessionState {
        self.state.get()
    }

    /// What is known right now.
    pub fn state_untracked(self) -> SessionState {
        self.state.get_untracked()
    }

    /// The one who is logged in right now.
    pub fn account(self) -> Option<Account> {
        match self.state.get_untracked() {
            SessionState::LoggedIn(account) => Some(account),
            _ => None,
        }
    }

    /// Asks the server in the background.
    pub fn load(self) {
        spawn_local(async move { self.refresh().await });
    }

    /// Asks the server.
    pub async fn refresh(self) {
        self.state.set(match api::session().await {
            Ok(answer) => Account::read(answer).map_or(SessionState::LoggedOut, SessionState::LoggedIn),
            Err(ApiError::Unauthenticated) => SessionState::LoggedOut,
            Err(error) => SessionState::Failed(error),
        });
    }

    /// Notices who is logged in by now. All tabs share one session, and another tab may have changed it: what is typed
    /// for one team must not be sent to another. While `in_use`, the same person is left alone.
    pub async fn recheck(self, in_use: bool) {
        let Some(found) = api::session().await.ok().and_then(Account::read) else {
            return;
        };
        let known = self.account();
        let is_same = known.as_ref().is_some_and(|known| known.is_same(&found));
        if known.as_ref() != Some(&found) && !(is_same && in_use) {
            self.state.set(SessionState::LoggedIn(found));
        }
    }

    /// There is no session any more: the server said so, or the person did.
    pub fn end(self) {
        self.state.set(SessionState::LoggedOut);
    }

    /// Remembers, in this tab only, which page to come back to after log-in.
    pub fn want(self, path: String) {
        self.wanted.set_value(Some(path));
    }

    /// Where to go now that somebody is logged in.
    pub fn take_wanted(self) -> String {
        self.wanted
            .try_update_value(Option::take)
            .flatten()
            .unwrap_or_else(|| HOME.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;
    use strongroom_shared::operation::{AuthInfo, Tenant};

    use super::*;

    #[test]
    fn an_account_is_of_the_team_it_acts_in_and_ignores_what_it_does_not_know() {
        let info = AuthInfo {
            tenant_id: Uuid::from_u128(2),
            email: Some("ada@example.com".into()),
            role: Role::User,
            permissions: vec!["read:secret".into(), "fly:rocket".into()],
        };
        let tenant = |id, name: &str| Tenant {
            id: Uuid::from_u128(id),
            name: name.into(),
        };
        let answer = operation::Session {
            auth_info: Some(info),
            tenant: vec![tenant(1, "One"), tenant(2, "Two")],
        };
        let account = Account::read(answer).expect("somebody");
        assert_eq!(account.team, "Two");
        assert!(account.may(Permission::ReadSecret));
        assert!(!account.may(Permission::UpdateSecret));
        assert!(account.is_same(&Account {
            permissions: vec![],
            ..account.clone()
        }));
        assert!(!account.is_same(&Account {
            tenant_id: Uuid::from_u128(1),
            ..account.clone()
        }));
    }

    #[test]
    fn nobody_is_no_account() {
        assert_eq!(
            Account::read(operation::Session {
                auth_info: None,
                tenant: vec![]
            }),
            None
        );
    }
}
