//! The secrets that already have the typed name, or one that looks like it. The server knows all names, this page only
//! those that it shows.

use strongroom_shared::operation::Lookalike;

use crate::prelude::*;
use crate::query;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownName {
    pub name: String,
    /// The version of the secret with this name; `None` if there is none.
    pub version: Option<i32>,
    /// Another name that looks like it.
    pub lookalike: Option<String>,
}

impl KnownName {
    fn new(name: String, found: Vec<Lookalike>) -> Self {
        let version = found.iter().find(|secret| secret.name == name).map(|secret| secret.version);
        let lookalike = found.into_iter().map(|secret| secret.name).find(|other| *other != name);
        Self { name, version, lookalike }
    }
}

/// Asks when the user pauses, and again when the team has changed.
pub fn known(typed: RwSignal<String>) -> Fetched<KnownName> {
    let known = Fetched::new(move || Box::pin(ask(typed.get_untracked())));
    query::after_pause(typed, move || known.refresh());
    known
}

async fn ask(name: String) -> Result<KnownName, ApiError> {
    let found = if name.is_empty() { Vec::new() } else { api::lookalikes(name.clone()).await? };
    Ok(KnownName::new(name, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_name_is_no_lookalike() {
        let found = |names: &[&str]| {
            let found = names.iter().map(|name| Lookalike { name: (*name).to_owned(), version: 7 });
            KnownName::new("KEY".to_owned(), found.collect())
        };
        let twin = Some("K\u{395}Y".to_owned());
        for (names, version, lookalike) in [
            (&["KEY", "K\u{395}Y"][..], Some(7), twin.clone()),
            (&["K\u{395}Y"], None, twin),
            (&["KEY"], Some(7), None),
            (&[], None, None),
        ] {
            let known = found(names);
            assert_eq!((known.version, known.lookalike), (version, lookalike));
        }
    }
}
