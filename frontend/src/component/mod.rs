//! Building blocks of pages. Nothing here knows what a secret is.
//!
//! To add a component: a module that takes data as props and reports through callbacks or signals; its style goes to
//! `style/component.css` under the same name (`style/field.css` for fields, `style/shell.css` for the frame around
//! pages). What neither the login page nor the Secrets page shows at once goes to a style sheet that is loaded later:
//! `style/parts.css`, `style/control.css` for controls, `style/dialog.css` for dialogs.

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
pub mod lazy;
mod menu;
mod new_password;
mod new_team;
mod notice;
mod overwrite;
mod select;
pub mod snackbar;
mod table;
mod time;

pub use self::button::{Button, IconButton, MaskButton, SUBMIT, Segments, SubmitButton};
pub use self::copy::{CopyButton, CopyField, Snippet, Snippets};
pub use self::dialog::{
    CloseFooter, DialogControl, DialogFooter, DialogHost, DialogName, ModalDialog, ShellDialog,
};
pub use self::entry::{EntryForm, EntryPage, EntryText, InsecureNotice, SingleSignOnLink};
pub use self::fetching::{Fetching, LoadError, Skeleton};
pub use self::field::{Checkbox, Field, FieldMessage, SearchField, TextArea, TextField};
pub use self::form_dialog::{ConfirmDialog, FormDialog, Submission};
pub use self::heading::{FactRow, PageHeading};
pub use self::icon::{Icon, Picture};
pub use self::menu::{Menu, TeamMenu, ThemeChoice, UserMenu};
pub use self::new_password::{NewPassword, NewPasswordFields};
pub use self::new_team::{NewTeamDialog, TeamNameFields, TeamNames, team_name_problem};
pub use self::notice::{ErrorNotice, Locked, Notice, SaveFailure, Tone};
pub use self::overwrite::Overwrite;
pub use self::select::{Choice, RoleField, SelectField, role_choices};
pub use self::snackbar::Snackbar;
pub use self::table::{ActionsCell, ActionsHead, Cell, Chips, Empty, LeadCell, StackedTable};
pub use self::time::{ExpiryBadge, LastTime, RelativeTime};
