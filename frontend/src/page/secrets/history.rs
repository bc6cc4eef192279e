//! The dialog *Version history*: when a secret was set and by whom, and the way back to an older value. Values are not
//! here, because they are nowhere.

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::operation::SecretVersion;

use super::delete::shortened;
use crate::api::{self, ApiError};
use crate::browser;
use crate::component::dialog::{DialogControl, DialogFooter, ModalDialog};
use crate::component::failure::SaveFailure;
use crate::component::icon::{Icon, Picture};
use crate::component::notice::LoadError;
use crate::component::snackbar::Snackbar;
use crate::component::table::Skeleton;
use crate::component::time::RelativeTime;
use crate::fetched::Fetched;

const CONFIRM: &str = "confirm-version";

/// When a secret was set and by whom, and the way back to an older value.
#[component]
pub fn HistoryDialog(
    /// Which secret.
    name: Arc<str>,
    /// The list of secrets is not what it was.
    #[prop(into)]
    on_changed: Callback<()>,
    /// The dialog is closed.
    #[prop(into)]
    on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let title = name.to_string();
    let asked = name.to_string();
    let list = Fetched::new(move || api::secret::versions(asked.clone()));
    let error = RwSignal::new(None::<ApiError>);
    let wanted = RwSignal::new(None::<i32>);

    let to_restore = Arc::clone(&name);
    let restore = Action::new_local(move |version: &i32| {
        let (name, version) = (to_restore.to_string(), *version);
        async move {
            api::secret::restore_version(name, version)
                .await
                .map(|()| version)
        }
    });
    let restoring = Signal::from(restore.pending());
    let control = DialogControl::new(Signal::stored(false), restoring);
    Effect::new(move |_| match restore.value().get() {
        None => {}
        Some(Ok(version)) => {
            snackbar.say(format!(
                "{} has the value of version {version} again.",
                shortened(&name)
            ));
            on_changed.run(());
            control.close();
        }
        Some(Err(failure)) => {
            wanted.set(None);
            error.set(Some(failure));
            list.refresh();
        }
    });
    let on_confirm = move |version| {
        error.set(None);
        restore.dispatch_local(version);
    };

    view! {
        <ModalDialog control title="Version history" on_closed>
            <div class="dialog__body">
                <p>
                    <strong class="dialog__name" dir="auto">
                        {title}
                    </strong>
                </p>
                <SaveFailure error />
                {move || match (list.data.get(), list.error()) {
                    (Some(versions), _) => {
                        view! {
                            <ol class="records">
                                {versions
                                    .iter()
                                    .enumerate()
                                    .map(|(place, version)| {
                                        view! {
                                            <Version
                                                version=version.clone()
                                                is_current=place == 0
                                                wanted
                                                busy=restoring
                                                on_confirm
                                            />
                                        }
                                    })
                                    .collect_view()}
                            </ol>
                            <p class="dialog__aside">
                                {if versions.len() > 1 {
                                    "The last 10 older values are kept, sealed like the current one. Nobody can look at them."
                                } else {
                                    "Older values show here once this one is overwritten."
                                }}
                            </p>
                        }
                            .into_any()
                    }
                    (None, Some(error)) => {
                        view! {
                            <LoadError
                                what="The history can't be loaded"
                                why=error.message()
                                busy=list.loading
                                on_retry=move |()| list.refresh()
                            />
                        }
                            .into_any()
                    }
                    (None, None) => view! { <Skeleton label="Loading the versions" /> }.into_any(),
                }}
            </div>
            <DialogFooter control leave="Close">""</DialogFooter>
        </ModalDialog>
    }
}

#[component]
fn Version(
    version: SecretVersion,
    is_current: bool,
    /// The version that is about to become the current one.
    wanted: RwSignal<Option<i32>>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] on_confirm: Callback<i32>,
) -> impl IntoView {
    let number = version.version;
    let opener = format!("make-current-{number}");
    let opener_id = opener.clone();
    let ask = move |_| {
        wanted.set(Some(number));
        request_animation_frame(|| browser::focus_id(CONFIRM));
    };
    let give_up = move |_| {
        wanted.set(None);
        let opener = opener.clone();
        request_animation_frame(move || browser::focus_id(&opener));
    };
    let give_up = StoredValue::new(give_up);
    view! {
        <li class="record" class:record--asking=move || wanted.get() == Some(number)>
            <div class="record__words">
                <span class="record__title">
                    {format!("Version {number}")} " "
                    {is_current.then(|| view! { <span class="chip">"Current"</span> })}
                </span>
                <span class="record__facts">
                    <span>
                        "Set " <RelativeTime time=version.created /> " by " <bdi>{version.created_by}</bdi>
                    </span>
                </span>
            </div>
            {(!is_current)
                .then(|| {
                    view! {
                        <Show
                            when=move || wanted.get() == Some(number)
                            fallback=move || {
                                view! {
                                    <button
                                        type="button"
                                        class="button"
                                        id=opener_id.clone()
                                        aria-label=format!("Make version {number} current")
                                        disabled=busy
                                        on:click=ask
                                    >
                                        <Picture icon=Icon::Undo />
                                        "Make current"
                                    </button>
                                }
                            }
                        >
                            <div class="record__question" role="group" aria-label=format!("Make version {number} current?")>
                                <p>"Programs get this value at once, as a new version."</p>
                                <button
                                    type="button"
                                    class="button"
                                    disabled=busy
                                    on:click=move |event| give_up.with_value(|give_up| give_up(event))
                                >
                                    "Keep the current one"
                                </button>
                                <button
                                    type="button"
                                    class="button button--primary"
                                    id=CONFIRM
                                    disabled=busy
                                    on:click=move |_| on_confirm.run(number)
                                >
                                    "Make current"
                                </button>
                            </div>
                        </Show>
                    }
                })}
        </li>
    }
}
