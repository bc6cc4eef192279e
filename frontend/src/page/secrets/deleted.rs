//! The dialog *Recently deleted*: what was deleted and can still be brought back.

use leptos::prelude::*;
use strongroom_shared::operation::DeletedSecret;

use super::delete::shortened;
use crate::api;
use crate::component::dialog::{CloseFooter, DialogControl, ModalDialog};
use crate::component::failure::SaveFailure;
use crate::component::fetching::Fetching;
use crate::component::icon::{Icon, Picture};
use crate::component::snackbar::Snackbar;
use crate::component::table::Empty;
use crate::component::time::{RelativeTime, exact};
use crate::fetched::Fetched;
use crate::request::Request;
use crate::text::shown;

#[component]
pub fn DeletedDialog(
    #[prop(into)] on_changed: Callback<()>,
    #[prop(into)] on_closed: Callback<()>,
) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let list = Fetched::new(api::secret::deleted);
    let request = Request::new();
    let control = DialogControl::new(Signal::stored(false), request.busy.into());
    Effect::new(move |_| {
        if request.error.with(Option::is_some) {
            list.refresh();
        }
    });
    let on_restore = Callback::new(move |name: String| {
        request.send(api::secret::restore(name.clone()), move |()| {
            snackbar.say(format!("Restored {}", shortened(&name)));
            on_changed.run(());
            control.close();
        });
    });

    view! {
        <ModalDialog control title="Recently deleted" on_closed>
            <div class="dialog__body">
                <p class="dialog__intro">
                    "A deleted secret can be brought back for 7 days, with its last value. Programs get it again at once."
                </p>
                <SaveFailure error=request.error />
                <Fetching
                    status=list.status()
                    loading="Loading what was deleted"
                    failed="What was deleted can't be loaded"
                >
                    {move || {
                        let found = list.data.get().unwrap_or_default();
                        if found.is_empty() {
                            return view! { <Empty icon=Icon::Trash title="Nothing was deleted in the last 7 days." /> }
                                .into_any();
                        }
                        view! {
                            <ul class="records">
                                {found
                                    .iter()
                                    .enumerate()
                                    .map(|(place, secret)| {
                                        let is_last = found[..place].iter().all(|other| other.name != secret.name);
                                        view! {
                                            <Deleted secret=secret.clone() is_last busy=request.busy on_restore />
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                        }.into_any()
                    }}
                </Fetching>
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}

#[component]
fn Deleted(
    secret: DeletedSecret,
    /// Whether it is the last one of its name, which is the one that a name brings back.
    is_last: bool,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] on_restore: Callback<String>,
) -> impl IntoView {
    let title = shown(&secret.name);
    let label = format!("Restore secret {title}");
    let text = title.clone();
    let name = secret.name;
    view! {
        <li class="record">
            <div class="record__words">
                <span class="record__title" dir="auto" title=title>{text}</span>
                <span class="record__facts">
                    <span>
                        "Deleted " {secret.deleted.map(|time| view! { <RelativeTime time /> })} " by "
                        <bdi>{shown(secret.deleted_by)}</bdi>
                    </span>
                    <span>"Can be restored until " {exact(&secret.restorable_until)}</span>
                </span>
            </div>
            {if is_last {
                view! {
                    <button
                        type="button"
                        class="button"
                        aria-label=label
                        disabled=busy
                        on:click=move |_| on_restore.run(name.clone())
                    >
                        <Picture icon=Icon::Undo />
                        "Restore"
                    </button>
                }.into_any()
            } else {
                view! { <span class="record__aside">"An older one"</span> }.into_any()
            }}
        </li>
    }
}
