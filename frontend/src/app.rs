//! The route table.
//!
//! To add a page: a variant of [`Page`], its path in [`Page::at`], and its view, lazily in [`team_page`].

use crate::browser::HOME;
use crate::clock::Clock;
use crate::component::Snackbar;
use crate::component::lazy::{self, lazy};
use crate::component::snackbar::SnackbarRegion;
use crate::live::Live;
use crate::page::account::AccountPage;
use crate::page::api_keys::ApiKeysPage;
use crate::page::audit_log::AuditLogPage;
use crate::page::join::JoinPage;
use crate::page::log_in::LogInPage;
use crate::page::members::MembersPage;
use crate::page::not_found::{NotFoundPage, TeamNotFoundPage};
use crate::page::roles::RolesPage;
use crate::page::secrets::{SecretsPage, load_rest};
use crate::page::set_up::SetUpPage;
use crate::page::team::TeamPage;
use crate::page::trusted_workloads::TrustedWorkloadsPage;
use crate::prelude::*;
use crate::router::Router;
use crate::session::SessionState;
use crate::shell::TeamShell;
use crate::theme::ChosenTheme;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Home,
    LogIn,
    SetUp,
    Join,
    Secrets,
    Members,
    Roles,
    ApiKeys,
    TrustedWorkloads,
    AuditLog,
    Team,
    Account,
    TeamNotFound,
    NotFound,
}

impl Page {
    fn at(path: &str) -> Self {
        match path {
            "" | "/team" => Self::Home,
            "/log-in" => Self::LogIn,
            "/set-up" => Self::SetUp,
            "/join" => Self::Join,
            "/team/secrets" => Self::Secrets,
            "/team/members" => Self::Members,
            "/team/roles" => Self::Roles,
            "/team/api-keys" => Self::ApiKeys,
            "/team/trusted-workloads" => Self::TrustedWorkloads,
            "/team/audit-log" => Self::AuditLog,
            "/team/settings" => Self::Team,
            "/account" => Self::Account,
            _ if path.starts_with("/team/") => Self::TeamNotFound,
            _ => Self::NotFound,
        }
    }

    /// Whether it is behind the login, with the bar and the drawer around it.
    const fn is_in_shell(self) -> bool {
        !matches!(self, Self::Home | Self::LogIn | Self::SetUp | Self::Join | Self::NotFound)
    }

    fn view(self) -> AnyView {
        match self {
            Self::Home => {
                Router::expect().replace(HOME);
                ().into_any()
            }
            Self::LogIn => view! { <LogInPage /> }.into_any(),
            Self::Secrets => view! { <SecretsPage /> }.into_any(),
            Self::SetUp | Self::Join | Self::NotFound => lazy::page(entry_page(self)),
            _ => lazy::page(team_page(self)),
        }
    }
}

lazy!(entry:
    pub fn entry_page(page: Page) {
        match page {
            Page::SetUp => view! { <SetUpPage /> }.into_any(),
            Page::Join => view! { <JoinPage /> }.into_any(),
            _ => view! { <NotFoundPage /> }.into_any(),
        }
    }
);

lazy!(rest:
    pub fn team_page(page: Page) {
        match page {
            Page::Members => view! { <MembersPage /> }.into_any(),
            Page::Roles => view! { <RolesPage /> }.into_any(),
            Page::ApiKeys => view! { <ApiKeysPage /> }.into_any(),
            Page::TrustedWorkloads => view! { <TrustedWorkloadsPage /> }.into_any(),
            Page::AuditLog => view! { <AuditLogPage /> }.into_any(),
            Page::Team => view! { <TeamPage /> }.into_any(),
            Page::Account => view! { <AccountPage /> }.into_any(),
            _ => view! { <TeamNotFoundPage /> }.into_any(),
        }
    }
);

#[component]
pub fn App() -> impl IntoView {
    Clock::provide();
    Snackbar::provide();
    ChosenTheme::provide();
    let router = Router::provide();
    let session = Session::provide();
    Live::provide(session);
    spawn_local(session.refresh());
    lazy::load_early(|| {
        spawn_local(async {
            // One that failed is loaded again when it is needed.
            let _ = load_rest().await;
        });
    });

    let page = Memo::new(move |_| router.with_path(Page::at));
    // Not from `page`: a view that depends on a memo and on another of it misses changes of the first.
    let outside = Memo::new(move |_| Some(router.with_path(Page::at)).filter(|page| !page.is_in_shell()));
    effect(move || {
        let is_drawn = match outside.get() {
            // The others do it once they are loaded.
            Some(page) => page == Page::LogIn,
            None => session.state() != SessionState::Loading,
        };
        if is_drawn {
            browser::remove_splash();
        }
    });
    view! {
        {move || if let Some(page) = outside.get() {
            page.view()
        } else {
            // The address of a page outside is never drawn inside.
            let inside = move || page.get().is_in_shell().then(|| page.get().view());
            view! { <TeamShell>{inside}</TeamShell> }.into_any()
        }}
        <SnackbarRegion />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_paths_are_not_found() {
        assert_eq!(Page::at("/team/secrets"), Page::Secrets);
        assert_eq!(Page::at("/team/nope"), Page::TeamNotFound);
        assert_eq!(Page::at("/nope"), Page::NotFound);
    }
}
