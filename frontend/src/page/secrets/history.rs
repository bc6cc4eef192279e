//! The dialog *Version history*: when a secret was set and by whom, and the way back to an older value. Values are not
//! here, because they are nowhere.

use std::sync::Arc;

use leptos::prelude::*;
use strongroom_shared::operation::SecretVersion;

use super::delete::shortened;
use crate::api;
use crate::browser;
use crate::component::dialog::{CloseFooter, DialogControl, DialogName, ModalDialog};
use crate::component::failure::SaveFailure;
use crate::component::fetching::Fetching;
use crate::component::icon::{Icon, Picture};
use crate::component::snackbar::Snackbar;
use crate::component::time::RelativeTime;
use crate::fetched::Fetched;
use crate::request::Request;
use crate::text::shown;

const CONFIRM: &str = "confirm-version";

#[component]
pub fn HistoryDialog(
    name: Arc<str>,
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let (title, asked) = (name.to_string(), name.to_string());
    let list = Fetched::new(move || api::secret::versions(asked.clone()));
    let request = Request::new();
    let wanted = RwSignal::new(None::<i32>);
    let control = DialogControl::new(Signal::stored(false), request.busy.into());
    Effect::new(move |_| {
        if request.error.with(Option::is_some) {
            wanted.set(None);
            list.refresh();
        }
    });
    let on_confirm = Callback::new(move |version| {
        let name = Arc::clone(&name);
        request.send(api::secret::restore_version(name.to_string(), version), move |()| {
            let name = shortened(&name);
            snackbar.say(format!("{name} has the value of version {version} again."));
            on_changed.run(());
            control.close();
        });
    });

    view! {
        <ModalDialog control title="Version history" on_closed>
            <div class="dialog__body">
                <DialogName name=title />
                <SaveFailure error=request.error />
                <Fetching
                    status=list.status()
                    loading="Loading the versions"
                    failed="The history can't be loaded"
                >
                    <ol class="records">
                        {move || {
                            list.data
                                .get()
                                .iter()
                                .flat_map(|versions| versions.iter().enumerate())
                                .map(|(place, version)| view! {
                                    <Version
                                        version=version.clone()
                                        is_current=place == 0
                                        wanted
                                        busy=request.busy
                                        on_confirm
                                    />
                                })
                                .collect_view()
                        }}
                    </ol>
                    <p class="dialog__aside">
                        {move || {
                            if list.data.with(|versions| versions.as_ref().is_some_and(|versions| versions.len() > 1)) {
                                "Older values are sealed like the current one. Nobody can look at them."
                            } else {
                                "Older values show here once this one is overwritten."
                            }
                        }}
                    </p>
                </Fetching>
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}

#[component]
fn Version(
    version: SecretVersion,
    is_current: bool,
    wanted: RwSignal<Option<i32>>,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] on_confirm: Callback<i32>,
) -> impl IntoView {
    let number = version.version;
    let opener = move || format!("make-current-{number}");
    let ask = move |_| {
        wanted.set(Some(number));
        request_animation_frame(|| browser::focus_id(CONFIRM));
    };
    let give_up = move |_| {
        wanted.set(None);
        request_animation_frame(move || browser::focus_id(&opener()));
    };
    view! {
        <li class="record" class:record--asking=move || wanted.get() == Some(number)>
            <div class="record__words">
                <span class="record__title">
                    {format!("Version {number}")} " "
                    {is_current.then(|| view! { <span class="chip">"Current"</span> })}
                </span>
                <span class="record__facts">
                    <span>
                        "Set " <RelativeTime time=version.created /> " by " <bdi>{shown(version.created_by)}</bdi>
                    </span>
                </span>
            </div>
            {(!is_current).then(|| view! {
                <Show
                    when=move || wanted.get() == Some(number)
                    fallback=move || view! {
                        <button
                            type="button"
                            class="button"
                            id=opener()
                            aria-label=format!("Make version {number} current")
                            disabled=busy
                            on:click=ask
                        >
                            <Picture icon=Icon::Undo />
                            "Make current"
                        </button>
                    }
                >
                    <div class="record__question" role="group" aria-label=format!("Make version {number} current?")>
                        <p>"Programs get this value at once, as a new version."</p>
                        <button type="button" class="button" disabled=busy on:click=give_up>
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
            })}
        </li>
    }
}
