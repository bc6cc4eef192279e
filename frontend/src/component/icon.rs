//! The page's icons: 24 units wide, stroked in the colour of the surrounding text.
//!
//! To add one: a line in the table. The button around an icon always has a label.

use crate::prelude::*;

/// An icon, by its path. A constant, so that each module of the page has only those that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icon(&'static str);

macro_rules! icons {
    ($($name:ident: $path:literal,)*) => {
        #[expect(non_upper_case_globals, reason = "used like the variants of an enum")]
        impl Icon {
            $(pub const $name: Self = Self($path);)*
        }
    };
}

icons! {
    ArrowDown: "M12 5v14M6 13l6 6 6-6",
    ArrowUp: "M12 19V5M6 11l6-6 6 6",
    Check: "M5 12.5l4.5 4.5L19 7.5",
    ChevronDown: "M6 9l6 6 6-6",
    Clock: "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0M12 7v5l3.5 2",
    Close: "M6 6l12 12M18 6L6 18",
    Code: "M8.5 7l-5 5 5 5M15.5 7l5 5-5 5M13.5 5l-3 14",
    Cog: "M10.2 5.3L10.6 2.8L13.4 2.8L13.8 5.3L15.4 6L17.5 4.5L19.5 6.5L18 8.6L18.7 10.2L21.2 10.6L21.2 13.4L18.7 13.8L18 15.4L19.5 17.5L17.5 19.5L15.4 18\
        L13.8 18.7L13.4 21.2L10.6 21.2L10.2 18.7L8.6 18L6.5 19.5L4.5 17.5L6 15.4L5.3 13.8L2.8 13.4L2.8 10.6L5.3 10.2L6 8.6L4.5 6.5L6.5 4.5L8.6 6zM9 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
    Columns: "M3.5 4.5h17v15h-17zM9.5 4.5v15M15 4.5v15",
    Copy: "M9 9h11v11H9zM15 9V4H4v11h5",
    Download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
    External: "M13 5h6v6M19 5l-8 8M17 14v5H5V7h5",
    Eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z\
        M9 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
    EyeOff: "M9.9 5.7c.7-.1 1.4-.2 2.1-.2 6 0 9.5 6.5 9.5 6.5s-1 1.9-2.9 3.6\
        M6.2 7.3C3.8 9.1 2.5 12 2.5 12S6 18.5 12 18.5c1.7 0 3.2-.5 4.5-1.2\
        M9.9 9.9a3 3 0 0 0 4.2 4.2M3.5 3.5l17 17",
    Filter: "M4 6h16M7 12h10M10 18h4",
    First: "M18 6l-6 6 6 6M7 6v12",
    Key: "M2.5 12a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0M11.5 12h10v4M17 12v3.5",
    Last: "M6 6l6 6-6 6M17 6v12",
    Lock: "M5 11h14v10H5zM8 11V7.5a4 4 0 0 1 8 0V11M12 15v2",
    Log: "M6 3.5h12v17H6zM9.5 8h5M9.5 12h5M9.5 16h3",
    LogOut: "M10 20H5V4h5M10 12h11M17 8l4 4-4 4",
    Mail: "M3.5 5.5h17v13h-17zM3.5 7l8.5 6.5L20.5 7",
    Mark: "M7.5 3.5h10a3 3 0 0 1 3 3v11a3 3 0 0 1-3 3h-10a3 3 0 0 1-3-3v-11a3 3 0 0 1 3-3zM4.5 7.5h-2M4.5 16.5h-2\
        M9.3 12a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0M12.5 8.8V7M15.3 13.6l1.5.9M9.7 13.6l-1.5.9",
    Menu: "M4 7h16M4 12h16M4 17h16",
    Next: "M9 6l6 6-6 6",
    Pencil: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5",
    People: "M6 8a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M2.5 20c0-3.6 3-6 7-6s7 2.4 7 6\
        M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 14.6c2.2.9 3.5 2.8 3.5 5.4",
    Person: "M8 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 20.5c0-4 3.5-6.5 8-6.5s8 2.5 8 6.5",
    Plus: "M12 5v14M5 12h14",
    Previous: "M15 6l-6 6 6 6",
    Refresh: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4L19.5 9M19.5 4v5h-5",
    Search: "M4 10.5a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M20 20l-4.9-4.9",
    Shield: "M12 3l7.5 3v5.5c0 4.5-3 7.8-7.5 9.5-4.5-1.7-7.5-5-7.5-9.5V6zM8.8 12l2.3 2.3 4.2-4.3",
    Trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5.5M14 11v5.5",
    Undo: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
    Warning: "M12 4L2.5 20h19zM12 10v4.5M12 17.3v.1",
}

/// Screen readers skip it.
#[component]
pub fn Picture(icon: Icon) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=icon.0></path></svg> }
}
