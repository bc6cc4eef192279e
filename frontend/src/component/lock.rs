//! In place of what the person may not see.

use leptos::prelude::*;

use super::icon::Icon;
use super::notice::{Notice, Tone};
use crate::role;
use crate::session::Session;

#[component]
pub fn Locked(what: &'static str) -> impl IntoView {
    let role = Session::expect().account().map(|account| role::label(&account.role));
    view! {
        <Notice tone=Tone::Warning icon=Icon::Lock>
            <strong>"You can't see " {what} "."</strong>
            " Your role is "
            <strong>{role}</strong>
            "; ask an administrator if you need more."
        </Notice>
    }
}
