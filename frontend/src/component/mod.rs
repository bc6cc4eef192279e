//! What pages are made of. Nothing here knows what a secret is.
//!
//! To add a component: a module that takes what it shows as props and tells what happened through callbacks or
//! signals it was given; its looks go to `style/component.css` under the same name
//! (`style/field.css` for fields, `style/shell.css` for the frame around pages, `style/dialog.css` for dialogs).

pub mod app_bar;
pub mod button;
pub mod checkbox;
pub mod confirm;
pub mod copy;
pub mod dialog;
pub mod drawer;
pub mod entry;
pub mod failure;
pub mod fetching;
pub mod field;
pub mod form_dialog;
pub mod heading;
pub mod icon;
pub mod lock;
pub mod menu;
pub mod new_password;
pub mod new_team;
pub mod notice;
pub mod role_field;
pub mod search;
pub mod select;
pub mod shell;
pub mod single_sign_on;
pub mod snackbar;
pub mod table;
pub mod team_menu;
pub mod theme_choice;
pub mod time;
pub mod user_menu;
