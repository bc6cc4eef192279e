//! The drawer on the left, with the team's pages.
//!
//! To add an entry: a line in [`ENTRIES`], and the page's route in [`crate::app`].

use enumset::enum_set;
use leptos::ev::FocusEvent;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{Icon, Picture};
use crate::prelude::*;
use crate::router::Link;

const KEYS: Permissions = enum_set!(Permission::ReadApiKey | Permission::CreateApiKey);

/// An entry is visible with any one of its permissions, or to everybody if it has none.
const ENTRIES: [(&str, &str, Icon, Permissions); 7] = [
    ("Secrets", "/team/secrets", Icon::Lock, enum_set!()),
    ("Members", "/team/members", Icon::People, enum_set!(Permission::ReadMember)),
    ("Roles", "/team/roles", Icon::Shield, enum_set!(Permission::ReadMember)),
    ("API keys", "/team/api-keys", Icon::Key, KEYS),
    ("Trusted workloads", "/team/trusted-workloads", Icon::Code, KEYS),
    ("Audit log", "/team/audit-log", Icon::Log, enum_set!(Permission::ReadAuditLog)),
    ("Team", "/team/settings", Icon::Cog, enum_set!()),
];

pub const DRAWER: &str = "drawer";

pub fn entries(
    permissions: Permissions,
) -> impl Iterator<Item = (&'static str, &'static str, Icon, Permissions)> {
    ENTRIES.into_iter().filter(move |(.., needed)| needed.is_empty() || !needed.is_disjoint(permissions))
}

/// Wide windows always show it, narrow ones while it is open.
#[component]
pub fn Drawer(open: RwSignal<bool>, permissions: Permissions) -> impl IntoView {
    view! {
        <div class="scrim" class:scrim--shown=open on:click=move |_| open.set(false)></div>
        <nav
            id=DRAWER
            class="drawer"
            class:drawer--open=open
            aria-label="Team settings"
            on:focusout=move |event| {
                // Tabbing out closes the drawer, which would hide the focus.
                if leads_out(&event) {
                    open.set(false);
                }
            }
        >
            <div class="drawer__header"><Picture icon=Icon::Cog /> "Team settings"</div>
            <ul class="drawer__list">
                {entries(permissions)
                    .map(|(label, path, icon, _)| view! {
                        <li on:click=move |_| open.set(false)>
                            <Link path class="drawer__entry">
                                <Picture icon />
                                {label}
                            </Link>
                        </li>
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}

/// Moves the focus to the first entry.
pub fn take_focus() {
    browser::focus_first(&format!("#{DRAWER} a"));
}

fn leads_out(event: &FocusEvent) -> bool {
    let next = event.related_target().and_then(|next| next.dyn_into::<Element>().ok());
    next.is_some_and(|next| next.closest(&format!("#{DRAWER}")).is_ok_and(|drawer| drawer.is_none()))
}
