//! The Strongroom page: what people see in a browser.
//!
//! It shows and asks; every rule it checks, the server checks again, and it does no cryptography. Nothing it holds
//! outlives the tab, but for how it looks: the theme, and which columns are shown.
//!
//! To add a page: a folder in [`page`], a line in the route table of [`app`], and, in the team's settings, an entry
//! in the table of [`component::drawer`].

mod api;
mod app;
mod browser;
mod component;
mod fetched;
mod link_token;
mod page;
mod request;
mod role;
mod routes;
mod session;
mod team;
mod text;
mod theme;

fn main() {
    theme::Theme::stored().apply();
    browser::remove_splash();
    leptos::mount::mount_to_body(app::App);
}
