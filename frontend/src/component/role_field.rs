//! The choice of a role to hand out: what one may not hand out is there, and says why not.

use leptos::prelude::*;
use strongroom_shared::Permissions;
use strongroom_shared::operation::Role;

use super::select::{Choice, SelectField};
use crate::role;

#[component]
pub fn RoleField(
    roles: Signal<Vec<Role>>,
    /// What the one who hands it out may do.
    held: Permissions,
    value: RwSignal<String>,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let choices = Signal::derive(move || {
        roles
            .get()
            .iter()
            .map(|role| Choice {
                refusal: (!role::is_grantable(role, held)).then(|| "may do more than you".to_owned()),
                ..Choice::new(role.name.0.clone(), role::label(&role.name))
            })
            .collect::<Vec<_>>()
    });
    let hint = Signal::derive(move || {
        value.with(|value| {
            let roles = roles.read();
            let chosen = roles.iter().find(|role| role.name.0 == *value)?;
            role::description(chosen)
        })
    });
    view! { <SelectField id="role" label="Role" choices value hint autofocus /> }
}
