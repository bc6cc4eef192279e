//! A dialog that asks the server for one thing: a question, or a short form.

use std::rc::Rc;

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Form;
use leptos::prelude::*;

use super::button::SubmitButton;
use super::dialog::{DialogControl, DialogFooter, ModalDialog};
use super::failure::SaveFailure;
use super::snackbar::Snackbar;
use crate::api::{ApiError, Reply};
use crate::browser;
use crate::request::Request;

/// What a form asks the server for; or the id of the first field that has to be put right, which gets the focus.
pub type Filled<Answer> = Result<Reply<Answer>, &'static str>;

/// What a [`FormDialog`] sends, and what became of it.
#[derive(Clone, Copy)]
pub struct Submission {
    pub control: DialogControl,
    pub request: Request,
    send: UnsyncCallback<()>,
}

impl Submission {
    /// On success, closes the dialog and passes the answer to `done`. Asks before closing while `touched`.
    pub fn new<Answer: 'static>(
        touched: impl Into<Signal<bool>>,
        fill: impl Fn() -> Filled<Answer> + 'static,
        done: impl Fn(Answer) + 'static,
    ) -> Self {
        Self::staying(touched, fill, move |answer, control| {
            control.close();
            done(answer);
            Ok(())
        })
    }

    /// The same where an answer need not be the end: `done` closes the dialog, or tells why it could not be done.
    pub fn staying<Answer: 'static>(
        touched: impl Into<Signal<bool>>,
        fill: impl Fn() -> Filled<Answer> + 'static,
        done: impl Fn(Answer, DialogControl) -> Result<(), ApiError> + 'static,
    ) -> Self {
        let request = Request::new();
        let control = DialogControl::new(touched.into(), request.busy.into());
        let done = Rc::new(done);
        let send = UnsyncCallback::new(move |()| {
            request.error.set(None);
            match fill() {
                Ok(asked) => {
                    let done = Rc::clone(&done);
                    request.send(asked, move |answer| {
                        if let Err(error) = done(answer, control) {
                            request.error.set(Some(error));
                        }
                    });
                }
                Err(field) => browser::focus_id(field),
            }
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
        Self::new(
            false,
            move || Ok(ask()),
            move |()| {
                snackbar.say(said);
                on_changed.run(());
            },
        )
    }
}

#[component]
pub fn FormDialog(
    submission: Submission,
    title: &'static str,
    action: &'static str,
    /// Whether that takes something away.
    #[prop(optional)]
    danger: bool,
    #[prop(optional)] wide: bool,
    #[prop(optional)] intro: &'static str,
    /// Whether there is nothing to send.
    #[prop(into, optional)]
    unchanged: Signal<bool>,
    #[prop(optional)] unchanged_hint: &'static str,
    /// Whether Ctrl or ⌘ and Enter send it from any of its fields.
    #[prop(optional)]
    by_keys: bool,
    #[prop(into)] on_closed: Callback<()>,
    children: Children,
) -> impl IntoView {
    view! {
        <ModalDialog control=submission.control title small=!wide on_closed>
            <DialogForm submission action danger intro unchanged unchanged_hint by_keys>
                {children()}
            </DialogForm>
        </ModalDialog>
    }
}

/// The form of a [`FormDialog`], for a dialog that shows something else in its place later.
#[component]
pub fn DialogForm(
    submission: Submission,
    action: &'static str,
    #[prop(optional)] danger: bool,
    #[prop(optional)] intro: &'static str,
    #[prop(into, optional)] unchanged: Signal<bool>,
    #[prop(optional)] unchanged_hint: &'static str,
    #[prop(optional)] by_keys: bool,
    children: Children,
) -> impl IntoView {
    let Submission { control, request, send } = submission;
    let Request { busy, error } = request;
    let form = NodeRef::<Form>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() && !unchanged.get_untracked() {
            send.run(());
        }
    };
    let press = move |event: KeyboardEvent| {
        let sends = event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.is_composing();
        if by_keys
            && sends
            && let Some(form) = form.get_untracked()
        {
            event.prevent_default();
            // It fails only for a form that is not in the page.
            drop(form.request_submit());
        }
    };
    view! {
        <form node_ref=form class="dialog__form" novalidate=true on:submit=submit on:keydown=press>
            <div class="dialog__body">
                {(!intro.is_empty()).then(|| view! { <p class="dialog__intro">{intro}</p> })}
                <SaveFailure error />
                {children()}
            </div>
            <DialogFooter control>
                <Show when=move || !unchanged_hint.is_empty() && unchanged.get()>
                    <span class="dialog__nothing">{unchanged_hint}</span>
                </Show>
                <SubmitButton label=action busy disabled=unchanged danger />
            </DialogFooter>
        </form>
    }
}
