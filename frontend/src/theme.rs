//! Light, dark, or as the system has it: the one thing the page keeps in the browser's storage.
//!
//! `style/base.css` reads the attribute set here; `asset/theme.js` sets the same before the first paint.

use leptos::prelude::*;

const KEY: &str = "strongroom.theme";
const ATTRIBUTE: &str = "data-theme";

/// How the page is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
    /// As the system says, also when it changes its mind.
    System,
}

impl Theme {
    /// Every theme, in the order people are offered them.
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Dark => "Dark",
            Self::System => "System",
        }
    }

    /// What storage and the attribute hold; `None` stands for the system's.
    const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
            Self::System => None,
        }
    }

    fn parse(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.as_str() == Some(text))
            .unwrap_or(Self::System)
    }

    /// The theme chosen earlier in this browser.
    pub fn stored() -> Self {
        storage()
            .and_then(|storage| storage.get_item(KEY).ok()?)
            .map_or(Self::System, |text| Self::parse(&text))
    }

    /// Colours the page.
    pub fn apply(self) {
        if let Some(root) = document().document_element() {
            drop(match self.as_str() {
                Some(text) => root.set_attribute(ATTRIBUTE, text),
                None => root.remove_attribute(ATTRIBUTE),
            });
        }
    }

    /// Remembers the theme for the next visit. A browser that keeps nothing is no reason to fail.
    pub fn store(self) {
        if let Some(storage) = storage() {
            drop(match self.as_str() {
                Some(text) => storage.set_item(KEY, text),
                None => storage.remove_item(KEY),
            });
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back_and_anything_else_is_the_system() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.as_str().unwrap_or_default()), theme);
        }
        assert_eq!(Theme::parse("<script>"), Theme::System);
    }
}
