//! The route table.

use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::path;

use crate::browser::{HOME, replacing};
use crate::clock::Clock;
use crate::component::Snackbar;
use crate::component::shell::TeamShell;
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
use crate::page::secrets::SecretsPage;
use crate::page::set_up::SetUpPage;
use crate::page::team::TeamPage;
use crate::prelude::*;
use crate::theme::ChosenTheme;

#[component]
pub fn App() -> impl IntoView {
    Clock::provide();
    Snackbar::provide();
    ChosenTheme::provide();
    let session = Session::provide();
    Live::provide(session);
    spawn_local(session.refresh());

    view! {
        <Router base=browser::base_path()>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=Home />
                <Route path=path!("/log-in") view=LogInPage />
                <Route path=path!("/set-up") view=SetUpPage />
                <Route path=path!("/join") view=JoinPage />
                <ParentRoute path=path!("") view=TeamShell>
                    <Route path=path!("/team") view=Home />
                    <Route path=path!("/team/secrets") view=SecretsPage />
                    <Route path=path!("/team/members") view=MembersPage />
                    <Route path=path!("/team/roles") view=RolesPage />
                    <Route path=path!("/team/api-keys") view=ApiKeysPage />
                    <Route path=path!("/team/audit-log") view=AuditLogPage />
                    <Route path=path!("/team/settings") view=TeamPage />
                    <Route path=path!("/account") view=AccountPage />
                    <Route path=path!("/team/*any") view=TeamNotFoundPage />
                </ParentRoute>
            </Routes>
        </Router>
        <SnackbarRegion />
    }
}

#[component]
fn Home() -> impl IntoView {
    view! { <Redirect path=HOME options=replacing() /> }
}
