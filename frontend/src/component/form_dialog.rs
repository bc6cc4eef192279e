//! A dialog that asks the server for one thing: a question, or a short form.
//!
//! For a dialog that stays open after its answer, use [`super::dialog`] itself.

use std::rc::Rc;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::button::SubmitButton;
use super::dialog::{DialogControl, DialogFooter, ModalDialog};
use super::failure::SaveFailure;
use super::snackbar::Snackbar;
use crate::api::Reply;
use crate::request::Request;

/// What a [`FormDialog`] sends, and what became of it.
#[derive(Clone, Copy)]
pub struct Submission {
    control: DialogControl,
    request: Request,
    send: UnsyncCallback<()>,
}

impl Submission {
    /// Asks the server with `ask`. When that is done, the dialog closes and `done` gets the answer. While `touched`,
    /// the dialog asks before it closes.
    pub fn new<Answer: 'static>(
        touched: impl Into<Signal<bool>>,
        ask: impl Fn() -> Reply<Answer> + 'static,
        done: impl Fn(Answer) + 'static,
    ) -> Self {
        let request = Request::new();
        let control = DialogControl::new(touched.into(), request.busy.into());
        let done = Rc::new(done);
        let send = UnsyncCallback::new(move |()| {
            let done = Rc::clone(&done);
            request.send(ask(), move |answer| {
                control.close();
                done(answer);
            });
        });
        Self { control, request, send }
    }

    /// Asks the server for one thing that is a matter of yes or no; afterwards says what has been done.
    pub fn confirm(
        ask: impl Fn() -> Reply<()> + 'static,
        said: &'static str,
        on_changed: Callback<()>,
    ) -> Self {
        let snackbar = Snackbar::expect();
        Self::new(false, ask, move |()| {
            snackbar.say(said);
            on_changed.run(());
        })
    }

    /// Asks now.
    pub fn send(self) {
        self.send.run(());
    }
}

/// A dialog that asks the server for one thing.
#[component]
pub fn FormDialog(
    /// What it sends.
    submission: Submission,
    /// Its heading.
    title: &'static str,
    action: &'static str,
    /// Whether that takes something away.
    #[prop(optional)]
    danger: bool,
    #[prop(optional)] wide: bool,
    /// Whether there is nothing to send.
    #[prop(into, optional)]
    unchanged: Signal<bool>,
    /// Checks what is typed, and calls [`Submission::send`] if that is right.
    on_submit: UnsyncCallback<()>,
    /// It is closed and can be taken away.
    #[prop(into)]
    on_closed: Callback<()>,
    children: Children,
) -> impl IntoView {
    let Submission { control, request, .. } = submission;
    let Request { busy, error } = request;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() && !unchanged.get_untracked() {
            on_submit.run(());
        }
    };
    view! {
        <ModalDialog control title small=!wide on_closed>
            <form class="dialog__form" novalidate=true on:submit=submit>
                <div class="dialog__body">
                    <SaveFailure error />
                    {children()}
                </div>
                <DialogFooter control>
                    <SubmitButton label=action busy disabled=unchanged danger />
                </DialogFooter>
            </form>
        </ModalDialog>
    }
}
