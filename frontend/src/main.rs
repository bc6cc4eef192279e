//! The Strongroom page: the app in the browser.
//!
//! The server checks every rule again, and the page does no cryptography. Only its looks outlive the tab: the theme,
//! and the columns and the number of rows that are shown.
//!
//! To add a page: a directory in [`page`], a line in the route table of [`app`], and, in the team's settings, an entry
//! in the table of [`component::drawer`]. All pages but the first are loaded when they are needed, see [`lazy`].

mod api;
mod app;
mod back;
mod browser;
mod clock;
mod component;
mod effect;
mod expiry;
mod fetched;
mod keyboard;
mod link_token;
mod live;
mod page;
mod prelude;
mod query;
mod request;
mod role;
mod router;
mod session;
mod shell;
mod snippet;
mod text;
mod theme;

fn main() {
    back::watch();
    leptos::mount::mount_to_body(app::App);
}
