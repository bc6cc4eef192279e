//! What pages are made of. Nothing here knows what a secret is.
//!
//! To add a component: a module that takes what it shows as props and tells what happened through callbacks or
//! signals it was given; its looks go to `style/component.css` under the same name
//! (`style/field.css` for fields, `style/shell.css` for the frame around pages, `style/dialog.css` for dialogs).

pub mod app_bar;
pub mod button;
pub mod dialog;
pub mod drawer;
pub mod entry;
pub mod field;
pub mod icon;
pub mod notice;
pub mod shell;
pub mod snackbar;
