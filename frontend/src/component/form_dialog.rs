//! A dialog that sends one request: a question, or a short form.

use std::rc::Rc;

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Form;

use super::{
    DialogControl, DialogFooter, DialogHost, DialogName, ModalDialog, SaveFailure, Snackbar, SubmitButton,
};
use crate::prelude::*;

/// The request of a form, or the id of its first wrong field, which gets the focus.
pub type Filled<Answer> = Result<Reply<Answer>, &'static str>;

/// The request of a [`FormDialog`], and its outcome.
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

    /// The same, but `done` decides whether the dialog closes; an error is shown in it.
    pub fn staying<Answer: 'static>(
        touched: impl Into<Signal<bool>>,
        fill: impl Fn() -> Filled<Answer> + 'static,
        done: impl Fn(Answer, DialogControl) -> Result<(), ApiError> + 'static,
    ) -> Self {
        Self::sending(touched.into(), Box::new(fill), Rc::new(done))
    }

    /// Boxed, so that it is compiled once for each type of answer.
    fn sending<Answer: 'static>(
        touched: Signal<bool>,
        fill: Box<dyn Fn() -> Filled<Answer>>,
        done: Rc<dyn Fn(Answer, DialogControl) -> Result<(), ApiError>>,
    ) -> Self {
        let request = Request::new();
        let control = DialogControl::new(touched, request.busy.into());
        let send = UnsyncCallback::new(move |()| {
            request.error.set(None);
            match untrack(&fill) {
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

    /// A change, and a message once it is saved.
    pub fn saving(
        touched: impl Into<Signal<bool>>,
        fill: impl Fn() -> Filled<()> + 'static,
        message: impl Into<String>,
    ) -> Self {
        let snackbar = Snackbar::expect();
        let DialogHost { changed, .. } = DialogHost::expect();
        let message = message.into();
        Self::new(touched, fill, move |()| {
            snackbar.say(message.as_str());
            changed.run(());
        })
    }

    /// A change without a form.
    pub fn confirm(ask: impl Fn() -> Reply<()> + 'static, message: impl Into<String>) -> Self {
        Self::saving(false, move || Ok(ask()), message)
    }

    /// A removal, and a message, or another if somebody else was faster.
    pub fn removal(
        ask: impl Fn() -> Reply<()> + 'static,
        removed: &'static str,
        was_removed: &'static str,
    ) -> Self {
        let snackbar = Snackbar::expect();
        let DialogHost { changed, .. } = DialogHost::expect();
        let fill = move || Ok(api::false_if_gone(ask()));
        Self::new(false, fill, move |was_there| {
            snackbar.say(if was_there { removed } else { was_removed });
            changed.run(());
        })
    }
}

#[component]
pub fn FormDialog(
    submission: Submission,
    title: &'static str,
    #[prop(into)] action: Signal<&'static str>,
    #[prop(default = "Cancel")] leave: &'static str,
    #[prop(into, optional)] danger: Signal<bool>,
    #[prop(optional)] wide: bool,
    #[prop(optional)] intro: &'static str,
    #[prop(into, optional)] unchanged: Signal<bool>,
    #[prop(optional)] unchanged_hint: &'static str,
    /// Whether Ctrl+Enter or ⌘+Enter sends the form.
    #[prop(optional)]
    by_keys: bool,
    #[prop(into, optional)] on_closed: Option<Callback<()>>,
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
            // Fails only for a form that is not in the page.
            drop(form.request_submit());
        }
    };
    view! {
        <ModalDialog control title small=!wide on_closed>
            <form node_ref=form class="dialog__form" novalidate=true on:submit=submit on:keydown=press>
                <div class="dialog__body">
                    {(!intro.is_empty()).then(|| view! { <p class="dialog__intro">{intro}</p> })}
                    <SaveFailure error />
                    {children()}
                </div>
                <DialogFooter control leave>
                    <Show when=move || !unchanged_hint.is_empty() && unchanged.get()>
                        <span class="dialog__nothing">{unchanged_hint}</span>
                    </Show>
                    <SubmitButton label=action busy disabled=unchanged danger />
                </DialogFooter>
            </form>
        </ModalDialog>
    }
}

/// A question before something is deleted or ended.
#[component]
pub fn ConfirmDialog(
    submission: Submission,
    title: &'static str,
    action: &'static str,
    #[prop(into, optional)] subject: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <FormDialog submission title action danger=true>
            {subject.map(|name| view! { <DialogName name /> })}
            {children()}
        </FormDialog>
    }
}
