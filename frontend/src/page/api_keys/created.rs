//! The dialog *API key created*: the key, shown once, and the settings for programs that use it.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::settings::Place;
use crate::component::{CloseFooter, CopyField, DialogControl, ModalDialog, Notice, Snippet, Snippets, Tone};
use crate::prelude::*;

/// A new key. Only this dialog holds it.
#[derive(Clone)]
pub struct NewKey {
    pub name: String,
    pub key: Arc<Zeroizing<String>>,
    /// A secret that it may read; `None` if it can't read values.
    pub try_with: Option<String>,
}

#[component]
pub fn CreatedDialog(key: NewKey) -> impl IntoView {
    let NewKey { name, key, try_with } = key;
    let copied = RwSignal::new(false);
    let control = DialogControl::new(Signal::derive(move || !copied.get()), Signal::stored(false));
    let site = browser::site();
    let text = key.to_string();
    let mount = outcome_of(api::kv_mount());
    let settings = Signal::derive(move || {
        let mount = mount.get().and_then(Result::ok).flatten();
        let is_offered = |place: &Place| *place != Place::Vault || mount.is_some();
        let settings = |place: Place| {
            let (site, key, try_with, mount) =
                (site.clone(), Arc::clone(&key), try_with.clone(), mount.clone());
            let text =
                move || place.text(&site, &key, try_with.as_deref(), mount.as_deref().unwrap_or_default());
            Snippet { label: place.as_str(), about: place.describe(), text: Arc::new(text) }
        };
        Place::ALL.into_iter().filter(is_offered).map(settings).collect::<Vec<_>>()
    });
    let on_copied = Callback::new(move |()| copied.set(true));

    view! {
        <ModalDialog control title="API key created">
            <div class="dialog__body">
                <Notice tone=Tone::Warning>
                    <strong>"Copy the key now: it will not be shown again."</strong>
                    " Strongroom does not store it."
                </Notice>
                <p class="dialog__intro">
                    "The key " <strong dir="auto">{shown(name)}</strong>
                    " is for programs. Anyone who has it has its permissions."
                </p>
                <CopyField id="new-key" label="API key" what="the key" text=Signal::stored(text) on_copied />
                <Snippets snippets=settings label="Settings" what="the settings" on_copied />
            </div>
            <CloseFooter control question="You have not copied the key. It can't be shown again." />
        </ModalDialog>
    }
}
