//! The dialog *Checkpoint*: how far the log goes, to keep elsewhere.

use leptos::prelude::*;

use crate::api;
use crate::component::copy::CopyField;
use crate::component::dialog::{CloseFooter, DialogControl, ModalDialog};
use crate::component::fetching::Fetching;
use crate::fetched::Fetched;

#[component]
pub fn CheckpointDialog(#[prop(into)] on_closed: Callback<()>) -> impl IntoView {
    let checkpoint = Fetched::new(api::audit::checkpoint);
    let control = DialogControl::new(Signal::stored(false), Signal::stored(false));
    let line = Signal::derive(move || {
        let line = checkpoint.data.get().map(|checkpoint| checkpoint.line.clone());
        line.unwrap_or_default()
    });
    let command =
        Signal::derive(move || format!("strongroom-server admin audit verify --checkpoint '{}'", line.get()));
    let count = move || checkpoint.data.get().map(|checkpoint| checkpoint.count);
    view! {
        <ModalDialog control title="Checkpoint" on_closed>
            <div class="dialog__body">
                <p class="dialog__intro">
                    "Keep this line where nobody who runs the server can change it: later, it shows whether entries were cut off the end of the log or rewritten."
                </p>
                <Fetching
                    status=checkpoint.status()
                    loading="Loading the checkpoint"
                    failed="The checkpoint can't be loaded"
                >
                    <CopyField id="checkpoint" label="Checkpoint" what="the checkpoint" text=line />
                    <CopyField
                        id="checkpoint-command"
                        label="To check it later, on the server"
                        what="the command"
                        text=command
                    />
                    <p class="dialog__aside">
                        {move || match count() {
                            Some(count) => format!("It covers all entries up to number {count}."),
                            None => String::new(),
                        }}
                    </p>
                </Fetching>
            </div>
            <CloseFooter control />
        </ModalDialog>
    }
}
