//! Building blocks of pages. Nothing here knows what a secret is.
//!
//! To add a component: a module that takes data as props and reports through callbacks or signals; its style goes to
//! `style/component.css` under the same name (`style/field.css` for fields, `style/shell.css` for the frame around
//! pages, `style/dialog.css` for dialogs).

mod button;
mod copy;
mod dialog;
pub mod drawer;
mod entry;
mod fetching;
mod field;
mod form_dialog;
mod heading;
mod icon;
mod menu;
mod new_password;
mod new_team;
mod notice;
mod select;
pub mod shell;
pub mod snackbar;
mod table;
mod time;

pub use self::button::*;
pub use self::copy::*;
pub use self::dialog::*;
pub use self::entry::*;
pub use self::fetching::*;
pub use self::field::*;
pub use self::form_dialog::*;
pub use self::heading::*;
pub use self::icon::*;
pub use self::menu::*;
pub use self::new_password::*;
pub use self::new_team::*;
pub use self::notice::*;
pub use self::select::*;
pub use self::snackbar::Snackbar;
pub use self::table::*;
pub use self::time::*;
