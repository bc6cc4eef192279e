//! The dialog *Recently deleted*: the secrets that can still be restored.

use strongroom_shared::input::RestoreSecretInput;
use strongroom_shared::operation::{DeletedSecret, Limits};

use super::delete::shortened;
use crate::clock::{exact, lasting};
use crate::component::{
    Button, CloseFooter, DialogControl, DialogHost, Empty, Fetching, Icon, ModalDialog, RelativeTime,
    SaveFailure, Snackbar,
};
use crate::prelude::*;

#[component]
pub fn DeletedDialog() -> impl IntoView {
    let snackbar = Snackbar::expect();
    let DialogHost { changed, .. } = DialogHost::expect();
    let window = StoredValue::new(lasting(expect_context::<Limits>().restore_seconds.0));
    let list = Fetched::new(api::deleted_secrets);
    let request = Request::new();
    let control = DialogControl::new(Signal::stored(false), request.busy.into());
    let on_restore = Callback::new(move |(name, id): (String, Uuid)| {
        let asked = api::change(RestoreSecretInput { name: name.clone(), expected_id: Some(id) });
        let done = move |()| {
            snackbar.say(format!("Restored {}", shortened(&name)));
            changed.run(());
            control.close();
        };
        request.send_or(asked, done, move || list.refresh());
    });
    let content = move || {
        let found = list.data.get().unwrap_or_default();
        if found.is_empty() {
            let title = format!("Nothing was deleted in the last {}.", window.get_value());
            return view! { <Empty icon=Icon::Trash title /> }.into_any();
        }
        let record = |(place, secret): (usize, &DeletedSecret)| {
            let is_last = found[..place].iter().all(|other| other.name != secret.name);
            view! { <Deleted secret=secret.clone() is_last busy=request.busy on_restore /> }
        };
        view! { <ul class="records">{found.iter().enumerate().map(record).collect_view()}</ul> }.into_any()
    };

    view! {
        <ModalDialog control title="Recently deleted">
            <div class="dialog__body">
                <p class="dialog__intro">
                    "You can restore a deleted secret for " {window.get_value()}
                    ", with its last value. Programs get access again immediately."
                </p>
                <SaveFailure error=request.error />
                <Fetching status=list.status() what="the deleted secrets">{content}</Fetching>
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}

#[component]
fn Deleted(
    secret: DeletedSecret,
    /// Whether it was deleted last of all with its name. Only that one can be restored.
    is_last: bool,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] on_restore: Callback<(String, Uuid)>,
) -> impl IntoView {
    let title = shown(&secret.name);
    let label = format!("Restore secret {title}");
    let text = title.clone();
    let (name, id) = (secret.name, secret.id);
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
                    <Button icon=Icon::Undo label disabled=busy on_press=move |()| on_restore.run((name.clone(), id))>
                        "Restore"
                    </Button>
                }.into_any()
            } else {
                view! { <span class="record__aside">"Older deletion"</span> }.into_any()
            }}
        </li>
    }
}
