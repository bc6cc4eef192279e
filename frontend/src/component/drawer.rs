//! The drawer at the left: the team's settings.
//!
//! To add an entry: a line in [`ENTRIES`], and the page's route in [`crate::app`].

use enumset::enum_set;
use leptos::ev::FocusEvent;
use leptos::prelude::*;
use leptos_router::components::A;
use strongroom_shared::{Permission, Permissions};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::icon::{Icon, Picture};
use crate::browser;

/// The entries. One of its permissions lets people see an entry; without any, everybody does.
const ENTRIES: [(&str, &str, Icon, Permissions); 6] = [
    ("Secrets", "/team/secrets", Icon::Lock, enum_set!()),
    ("Members", "/team/members", Icon::People, enum_set!(Permission::ReadMember)),
    ("Roles", "/team/roles", Icon::Shield, enum_set!(Permission::ReadMember)),
    ("API Keys", "/team/api-keys", Icon::Key, enum_set!(Permission::ReadApiKey | Permission::CreateApiKey)),
    ("Audit Log", "/team/audit-log", Icon::Log, enum_set!(Permission::ReadAuditLog)),
    ("Team", "/team/settings", Icon::Cog, enum_set!()),
];

pub const DRAWER: &str = "drawer";

/// The drawer. Wide windows always show it, narrow ones while it is open.
#[component]
pub fn Drawer(open: RwSignal<bool>, permissions: Permissions) -> impl IntoView {
    view! {
        <div class="scrim" class:scrim--shown=open on:click=move |_| open.set(false)></div>
        <nav
            id=DRAWER
            class="drawer"
            class:drawer--open=open
            aria-label="Team Settings"
            on:focusout=move |event| {
                // Whoever tabs on is done here, and must not wander about behind the drawer.
                if leads_out(&event) {
                    open.set(false);
                }
            }
        >
            <div class="drawer__header">
                <Picture icon=Icon::Cog />
                "Team Settings"
            </div>
            <ul class="drawer__list">
                {ENTRIES
                    .into_iter()
                    .filter(|(.., needed)| needed.is_empty() || !needed.is_disjoint(permissions))
                    .map(|(label, path, icon, _)| view! {
                        <li>
                            <A href=browser::link(path) attr:class="drawer__entry" on:click=move |_| open.set(false)>
                                <Picture icon />
                                {label}
                            </A>
                        </li>
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}

/// Puts the focus on the first entry, for whoever opened the drawer.
pub fn take_focus() {
    browser::focus_first(&format!("#{DRAWER} a"));
}

fn leads_out(event: &FocusEvent) -> bool {
    let next = event.related_target().and_then(|next| next.dyn_into::<Element>().ok());
    next.is_some_and(|next| next.closest(&format!("#{DRAWER}")).is_ok_and(|drawer| drawer.is_none()))
}
