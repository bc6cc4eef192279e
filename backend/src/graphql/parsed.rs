//! A cache of parsed documents, because programs send the same ones repeatedly: parsing is a fifth of the cost of a read.
//!
//! Not here: documents that could hold a secret in a literal, because a cache outlives its request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::parser::{Result, parse_query};

/// The maximum number of documents in the cache, and the maximum size of each, in bytes. A full cache is cleared.
const MOST: usize = 100;
const MOST_BYTES: usize = 2048;

#[derive(Default)]
pub struct ParsedDocuments(Mutex<HashMap<String, Arc<ExecutableDocument>>>);

impl ParsedDocuments {
    /// Parses a document. Only those of authenticated callers are cached.
    pub fn parse(&self, text: &str, is_authenticated: bool) -> Result<ExecutableDocument> {
        if !is_authenticated || !may_be_kept(text) {
            return parse_query(text);
        }
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept().get(text).cloned();
        if let Some(document) = found {
            return Ok((*document).clone());
        }
        let document = parse_query(text)?;
        let mut kept = kept();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(text.to_owned(), Arc::new(document.clone()));
        Ok(document)
    }
}

/// A literal value is a string, except in mutations.
fn may_be_kept(text: &str) -> bool {
    text.len() <= MOST_BYTES && !text.contains('"') && !text.contains("mutation")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documents_without_values_are_kept() {
        let documents = ParsedDocuments::default();
        for (text, is_authenticated, kept) in [
            ("query($name: String!) { secret_value(name: $name) }", true, 1),
            ("query($name: String!) { secret_value(name: $name) }", true, 1),
            ("{ secret { name } }", false, 1),
            ("{ secret_value(name: \"A\") }", true, 1),
            ("mutation { set_secret(input: { name: A, value: 42 }) { success } }", true, 1),
            ("{ secret { name } }", true, 2),
        ] {
            let parsed = documents.parse(text, is_authenticated).expect("a document");
            assert_eq!(format!("{parsed:?}"), format!("{:?}", parse_query(text).expect("a document")));
            assert_eq!(documents.0.lock().expect("no panic").len(), kept, "{text}");
        }
    }
}
