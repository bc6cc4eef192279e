//! The route table, and what every page shares: the session and the snackbar.

use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::path;

use crate::browser::replacing;
use crate::component::shell::TeamShell;
use crate::component::snackbar::{Snackbar, SnackbarRegion};
use crate::page::log_in::LogInPage;
use crate::page::not_found::NotFoundPage;
use crate::page::secrets::SecretsPage;
use crate::page::set_up::SetUpPage;
use crate::session::Session;

/// Where the way in leads when no other page was wanted.
pub const HOME: &str = "/team/secrets";

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let session = Session::provide();
    Snackbar::provide();
    session.load();

    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=Home />
                <Route path=path!("/log-in") view=LogInPage />
                <Route path=path!("/set-up") view=SetUpPage />
                <ParentRoute path=path!("/team") view=TeamShell>
                    <Route path=path!("") view=Home />
                    <Route path=path!("secrets") view=SecretsPage />
                </ParentRoute>
            </Routes>
        </Router>
        <SnackbarRegion />
    }
}

/// Leads home.
#[component]
fn Home() -> impl IntoView {
    view! { <Redirect path=HOME options=replacing() /> }
}
