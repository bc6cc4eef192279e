//! The dialog *Version history*: the versions of a secret, without values. An older one can be made current again.

use std::sync::Arc;

use strongroom_shared::input::RestoreSecretVersionInput;
use strongroom_shared::operation::{Limits, SecretVersion};

use super::delete::shortened;
use crate::component::{
    Button, CloseFooter, DialogControl, DialogHost, DialogName, Fetching, Icon, ModalDialog, RelativeTime,
    SaveFailure, Snackbar,
};
use crate::prelude::*;

const CONFIRM: &str = "confirm-version";

#[component]
pub fn HistoryDialog(name: Arc<str>) -> impl IntoView {
    let snackbar = Snackbar::expect();
    let DialogHost { changed, .. } = DialogHost::expect();
    let (title, asked) = (name.to_string(), name.to_string());
    let list = Fetched::new(move || api::secret_versions(asked.clone()));
    let request = Request::new();
    let wanted = RwSignal::new(None::<i32>);
    let control = DialogControl::new(Signal::stored(false), request.busy.into());
    let on_confirm = Callback::new(move |version| {
        let name = Arc::clone(&name);
        let input = RestoreSecretVersionInput { name: name.to_string(), version };
        let done = move |()| {
            let name = shortened(&name);
            snackbar.say(format!("{name} has the value of version {version} again."));
            changed.run(());
            control.close();
        };
        let failed = move || {
            wanted.set(None);
            list.refresh();
        };
        request.send_or(api::change(input), done, failed);
    });
    let versions = move || {
        let versions = list.known().into_iter().enumerate();
        let record = |(place, version): (usize, SecretVersion)| {
            view! { <Version version is_current=place == 0 wanted busy=request.busy on_confirm /> }
        };
        versions.map(record).collect_view()
    };
    let note = match expect_context::<Limits>().keep_versions {
        0 => "This server keeps no older values.".to_owned(),
        1 => "The last older value is kept. It can't be shown.".to_owned(),
        kept => format!("The last {kept} older values are kept. They can't be shown."),
    };

    view! {
        <ModalDialog control title="Version history">
            <div class="dialog__body">
                <DialogName name=title />
                <SaveFailure error=request.error />
                <Fetching status=list.status() what="the version history">
                    <ol class="records">{versions}</ol>
                    <p class="dialog__aside">{note.clone()}</p>
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
    let ask = move |()| {
        wanted.set(Some(number));
        request_animation_frame(|| browser::focus_id(CONFIRM));
    };
    let confirm = move |()| on_confirm.run(number);
    let cancel = move |()| {
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
                    <span>"Set " <RelativeTime time=version.created /> " by " <bdi>{shown(version.created_by)}</bdi></span>
                    {version.restored_from.map(|from| view! { <span>{format!("Restored from version {from}")}</span> })}
                </span>
            </div>
            {(!is_current).then(|| view! {
                <Show
                    when=move || wanted.get() == Some(number)
                    fallback=move || view! {
                        <Button
                            icon=Icon::Undo
                            id=opener()
                            label=format!("Make current: version {number}")
                            disabled=busy
                            on_press=ask
                        >
                            "Make current"
                        </Button>
                    }
                >
                    <div class="record__question" role="group" aria-label=format!("Make version {number} current?")>
                        <p>"Programs get this value immediately, as a new version."</p>
                        <Button disabled=busy on_press=cancel>"Keep the current one"</Button>
                        <Button class="button--primary" id=CONFIRM disabled=busy on_press=confirm>
                            "Make current"
                        </Button>
                    </div>
                </Show>
            })}
        </li>
    }
}
