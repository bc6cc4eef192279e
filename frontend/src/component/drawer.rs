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

struct Entry {
    label: &'static str,
    path: &'static str,
    icon: Icon,
    /// One of these lets people see it; none: everybody does.
    permissions: Permissions,
}

impl Entry {
    fn is_for(&self, held: Permissions) -> bool {
        self.permissions.is_empty() || !self.permissions.is_disjoint(held)
    }
}

const ENTRIES: [Entry; 6] = [
    Entry { label: "Secrets", path: "/team/secrets", icon: Icon::Lock, permissions: enum_set!() },
    Entry {
        label: "Members",
        path: "/team/members",
        icon: Icon::People,
        permissions: enum_set!(Permission::ReadMember),
    },
    Entry {
        label: "Roles",
        path: "/team/roles",
        icon: Icon::Shield,
        permissions: enum_set!(Permission::ReadMember),
    },
    Entry {
        label: "API Keys",
        path: "/team/api-keys",
        icon: Icon::Key,
        permissions: enum_set!(Permission::ReadApiKey | Permission::CreateApiKey),
    },
    Entry {
        label: "Audit Log",
        path: "/team/audit-log",
        icon: Icon::Log,
        permissions: enum_set!(Permission::ReadAuditLog),
    },
    Entry { label: "Team", path: "/team/settings", icon: Icon::Cog, permissions: enum_set!() },
];

/// The drawer's id, for the button that opens it.
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
                    .filter(|entry| entry.is_for(permissions))
                    .map(|entry| view! {
                        <li>
                            <A href=browser::link(entry.path) attr:class="drawer__entry" on:click=move |_| open.set(false)>
                                <Picture icon=entry.icon />
                                {entry.label}
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
