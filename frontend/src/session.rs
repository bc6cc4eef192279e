//! The user of the page: loaded at the start and after login, forgotten at logout.
//!
//! Not a guard: the server decides about every request. The page only hides actions that would be refused.

use leptos::prelude::*;
use leptos::task::spawn_local;
use strongroom_shared::error_code::{MALFORMED_CREDENTIAL, NO_CREDENTIAL};
use strongroom_shared::operation::{self, Limits, Tenant};
use strongroom_shared::{Permission, Permissions, RoleName, Uuid};

use crate::api::{self, ApiError, Reply};
use crate::browser;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub user_id: Uuid,
    pub email: String,
    pub role: RoleName,
    pub permissions: Permissions,
    pub team: Tenant,
    pub teams: Vec<Tenant>,
    pub limits: Limits,
}

impl Account {
    /// Whether this is the same user in the same team, whatever their permissions.
    pub fn is_same(&self, other: &Self) -> bool {
        self.team.id == other.team.id && self.user_id == other.user_id
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    fn read(answer: operation::Session) -> Option<Self> {
        let info = answer.auth_info?;
        let team = answer.tenant.iter().find(|tenant| tenant.id == info.tenant_id);
        Some(Self {
            user_id: info.user_id,
            email: info.email.unwrap_or_default(),
            role: info.role,
            team: team.cloned().unwrap_or_else(|| Tenant {
                id: info.tenant_id,
                name: String::new(),
                slug: String::new(),
            }),
            teams: answer.tenant,
            limits: answer.limits,
            // This version has no button for a permission it does not know.
            permissions: info.permissions.iter().filter_map(|text| Permission::parse(text)).collect(),
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    Loading,
    LoggedOut,
    LoggedIn(Account),
    Failed(ApiError),
}

impl SessionState {
    fn of(answer: Result<operation::Session, ApiError>) -> Self {
        match answer {
            Ok(answer) => Account::read(answer).map_or(Self::LoggedOut, Self::LoggedIn),
            Err(ApiError::Unauthenticated(_)) => Self::LoggedOut,
            Err(error) => Self::Failed(error),
        }
    }
}

#[derive(Clone, Copy)]
pub struct Session {
    state: RwSignal<SessionState>,
    /// The team that this tab acts in. All tabs share one session, so each request names it.
    team: StoredValue<Option<Uuid>>,
    /// A new state that waits until the open dialog closes.
    news: StoredValue<Option<SessionState>>,
    wanted: StoredValue<Option<String>>,
    ended: StoredValue<bool>,
}

impl Session {
    pub fn provide() -> Self {
        let session = Self {
            state: RwSignal::new(SessionState::Loading),
            team: StoredValue::new(None),
            news: StoredValue::new(None),
            wanted: StoredValue::new(None),
            ended: StoredValue::new(false),
        };
        provide_context(session);
        let denied = Callback::new(move |()| spawn_local(session.recheck()));
        api::serve(api::Tab { team: session.team, denied });
        session
    }

    pub fn team(self) -> Option<Uuid> {
        self.team.get_value()
    }

    pub fn expect() -> Self {
        expect_context()
    }

    pub fn state(self) -> SessionState {
        self.state.get()
    }

    pub fn account(self) -> Option<Account> {
        match self.state.get_untracked() {
            SessionState::LoggedIn(account) => Some(account),
            _ => None,
        }
    }

    pub fn with_account<Seen>(self, look: impl FnOnce(&Account) -> Seen) -> Option<Seen> {
        match &*self.state.read() {
            SessionState::LoggedIn(account) => Some(look(account)),
            _ => None,
        }
    }

    pub async fn refresh(self) {
        let answer = self.ask().await;
        self.learn(SessionState::of(answer));
    }

    /// Logs in with `start`. Returns the reason if the server started a session but the user is not logged in.
    pub fn begin_with(self, start: Reply<()>) -> Reply<Option<String>> {
        Box::pin(async move {
            start.await?;
            self.team.set_value(None);
            let answer = self.ask().await;
            let obstacle = answer.as_ref().err().map(|error| obstacle(error, browser::can_keep_session()));
            self.learn(SessionState::of(answer));
            Ok(obstacle)
        })
    }

    /// Another tab may have changed the user, an administrator the permissions. Text typed for one team must not be sent
    /// to another, so a dialog stays open only for the same user in the same team.
    pub async fn recheck(self) {
        let known = self.account();
        let found = SessionState::of(self.ask().await);
        // Logged out or switched to another team since.
        if self.account() != known {
            return;
        }
        let is_safe = match (&known, &found) {
            (Some(known), SessionState::LoggedIn(found)) => known.is_same(found),
            // An open dialog reports it on saving, and the user may log in again in another tab.
            (Some(_), SessionState::LoggedOut) => true,
            (_, SessionState::Failed(_)) => return,
            _ => false,
        };
        if is_safe {
            self.learn_later(found);
        } else {
            self.learn(found);
        }
    }

    /// Learns the state now or, if a dialog is open, when it closes.
    fn learn_later(self, found: SessionState) {
        if browser::has_open_dialog() {
            self.news.set_value(Some(found));
        } else {
            self.learn(found);
        }
    }

    /// Learns a state that waited until the dialog closed.
    pub fn catch_up(self) {
        match self.news.try_update_value(Option::take).flatten() {
            // The user may have logged in again since.
            Some(SessionState::LoggedOut) => spawn_local(self.recheck()),
            Some(found) => self.learn(found),
            None => {}
        }
    }

    pub async fn switch(self, team: Uuid) -> Result<(), ApiError> {
        api::switch_team(team).await?;
        self.team.set_value(Some(team));
        self.refresh().await;
        Ok(())
    }

    /// An open dialog keeps the typed text: the user may log in again in another tab.
    pub fn end(self) {
        self.learn_later(SessionState::LoggedOut);
    }

    pub fn leave(self) {
        self.learn(SessionState::LoggedOut);
        self.ended.set_value(false);
    }

    /// Whether the session ended by itself. True only once.
    pub fn take_ended(self) -> bool {
        self.ended.try_update_value(std::mem::take).unwrap_or_default()
    }

    /// Remembers, in this tab only, the page to return to after login.
    pub fn want(self, path: String) {
        self.wanted.set_value(Some(path));
    }

    pub fn take_return_path(self) -> String {
        self.wanted.try_update_value(Option::take).flatten().unwrap_or_else(|| browser::HOME.to_owned())
    }

    /// Requests the user in the tab's team, or in the session's own if that one is lost.
    async fn ask(self) -> Result<operation::Session, ApiError> {
        let team = self.team();
        match api::session(team).await {
            Err(ApiError::Forbidden(_)) if team.is_some() => api::session(None).await,
            answer => answer,
        }
    }

    fn learn(self, found: SessionState) {
        self.news.set_value(None);
        match &found {
            SessionState::LoggedIn(account) => {
                self.team.set_value(Some(account.team.id));
                self.ended.set_value(false);
            }
            SessionState::LoggedOut => {
                self.team.set_value(None);
                self.ended.set_value(self.account().is_some());
            }
            SessionState::Loading | SessionState::Failed(_) => {}
        }
        if *self.state.read_untracked() != found {
            self.state.set(found);
        }
    }
}

/// Why a session that has just started does not work.
fn obstacle(error: &ApiError, can_keep_session: bool) -> String {
    match error {
        ApiError::Unauthenticated(_) if !can_keep_session => {
            "Browsers don't keep sessions for this address, because it uses plain http. Log in over HTTPS, or on the \
             server itself."
                .to_owned()
        }
        ApiError::Unauthenticated(reason) if reason == NO_CREDENTIAL => {
            "Your browser did not keep the session. Allow cookies for this site and try again.".to_owned()
        }
        ApiError::Unauthenticated(reason) if reason == MALFORMED_CREDENTIAL => format!(
            "The server got an Authorization header instead of your session ({reason}). Allow cookies for this site; if \
             that does not help, ask the operator whether a proxy adds the header."
        ),
        ApiError::Unauthenticated(reason) => format!("The server did not accept the new session. {reason}"),
        error => error.message(),
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::LongInt;
    use strongroom_shared::operation::AuthInfo;

    use super::*;

    #[test]
    fn account_is_read_for_the_current_team_and_without_unknown_permissions() {
        let info = AuthInfo {
            tenant_id: Uuid::from_u128(2),
            user_id: Uuid::from_u128(7),
            name: "ada@example.com".into(),
            email: Some("ada@example.com".into()),
            role: RoleName("user".into()),
            permissions: vec!["read:secret".into(), "fly:rocket".into()],
            secrets: None,
            expires_at: None,
        };
        let tenant =
            |id, name: &str| Tenant { id: Uuid::from_u128(id), name: name.into(), slug: name.to_lowercase() };
        let limits = Limits { value_bytes: 1, restore_seconds: LongInt(2), keep_versions: 3 };
        let tenants = vec![tenant(1, "One"), tenant(2, "Two")];
        let answer = operation::Session { auth_info: Some(info), tenant: tenants, limits };
        assert_eq!(Account::read(operation::Session { auth_info: None, ..answer.clone() }), None);
        let account = Account::read(answer).expect("an account");
        assert_eq!(account.team.name, "Two");
        assert!(account.may(Permission::ReadSecret));
        assert!(!account.may(Permission::UpdateSecret));
        assert!(account.is_same(&Account { permissions: Permissions::empty(), ..account.clone() }));
        assert!(!account.is_same(&Account { team: tenant(1, "One"), ..account.clone() }));
    }

    #[test]
    fn refusals_of_a_new_session_have_their_own_messages() {
        for (reason, can_keep_session, expected) in [
            (NO_CREDENTIAL, false, "plain http"),
            (NO_CREDENTIAL, true, "Allow cookies"),
            (MALFORMED_CREDENTIAL, true, "a proxy adds the header"),
            ("The browser sent two session cookies.", true, "two session cookies"),
        ] {
            let message = obstacle(&ApiError::Unauthenticated(reason.to_owned()), can_keep_session);
            assert!(message.contains(expected), "{message}");
        }
        assert_eq!(obstacle(&ApiError::Unreachable, false), ApiError::Unreachable.message());
    }
}
