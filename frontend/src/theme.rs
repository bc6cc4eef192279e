//! The theme, kept in the browser's storage.
//!
//! `style/base.css` reads the attribute that is set here and, before the first paint, by `asset/start.js`.

use leptos::prelude::*;

use crate::browser;

const KEY: &str = "strongroom.theme";
const ATTRIBUTE: &str = "data-theme";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
    /// Follows the system.
    System,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Dark => "Dark",
            Self::System => "System",
        }
    }

    /// The value in storage and in the attribute; the system's theme has none.
    const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
            Self::System => None,
        }
    }

    fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == Some(text)).unwrap_or(Self::System)
    }

    fn stored() -> Self {
        browser::stored(KEY).map_or(Self::System, |text| Self::parse(&text))
    }

    fn apply(self) {
        if let Some(root) = document().document_element() {
            drop(match self.as_str() {
                Some(text) => root.set_attribute(ATTRIBUTE, text),
                None => root.remove_attribute(ATTRIBUTE),
            });
        }
    }
}

#[derive(Clone, Copy)]
pub struct ChosenTheme(RwSignal<Theme>);

impl ChosenTheme {
    pub fn provide() {
        provide_context(Self(RwSignal::new(Theme::stored())));
    }

    pub fn expect() -> Self {
        expect_context()
    }

    pub fn get(self) -> Theme {
        self.0.get()
    }

    pub fn set(self, theme: Theme) {
        self.0.set(theme);
        theme.apply();
        browser::store(KEY, theme.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_themes_are_read_back_and_others_are_the_system() {
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.as_str().unwrap_or_default()), theme);
        }
        assert_eq!(Theme::parse("<script>"), Theme::System);
    }
}
