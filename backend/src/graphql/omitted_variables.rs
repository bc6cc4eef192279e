//! Removes omitted variables from a document.
//!
//! By the GraphQL specification an argument or input field with an omitted variable is omitted itself. The engine makes it
//! null, which is a valid value of a secret: `set_secret` with a mistyped variable name would overwrite the secret with null.

use std::collections::HashSet;

use async_graphql::parser::types::{Selection, SelectionSet};
use async_graphql::{Name, Variables};
use async_graphql_value::Value;

use super::document::Document;

/// Removes omitted variables, and the arguments and fields that they would fill. Those that have a default or can't be null
/// stay: the engine fills the former and reports the latter.
pub fn remove(document: &mut Document, variables: &Variables) {
    let operation = &mut document.operation.node;
    let omitted: HashSet<Name> = operation
        .variable_definitions
        .extract_if(.., |definition| {
            let definition = &definition.node;
            definition.default_value.is_none()
                && definition.var_type.node.nullable
                && !variables.contains_key(&definition.name.node)
        })
        .map(|definition| definition.node.name.node)
        .collect();
    if omitted.is_empty() {
        return;
    }
    selections(&mut operation.selection_set.node, &omitted);
    for fragment in document.fragments.values_mut() {
        selections(&mut fragment.node.selection_set.node, &omitted);
    }
}

fn selections(set: &mut SelectionSet, omitted: &HashSet<Name>) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => {
                field.node.arguments.retain_mut(|(_, argument)| keep(&mut argument.node, omitted));
                selections(&mut field.node.selection_set.node, omitted);
            }
            Selection::InlineFragment(fragment) => selections(&mut fragment.node.selection_set.node, omitted),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Whether a value is given. Omitted values inside it are removed, or null in a list, where position matters.
fn keep(value: &mut Value, omitted: &HashSet<Name>) -> bool {
    match value {
        Value::Variable(name) => !omitted.contains(name),
        Value::Object(fields) => {
            fields.retain(|_, value| keep(value, omitted));
            true
        }
        Value::List(items) => {
            for item in items {
                if !keep(item, omitted) {
                    *item = Value::Null;
                }
            }
            true
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_omitted_variables_are_removed() {
        let nested = "query($vvv: JSON) { f(aaa: {kkk: 1, bbb: $vvv}, ccc: $vvv) { g(ddd: [$vvv]) } }";
        let fragment = "query($vvv: JSON) { ...x } fragment x on Query { ... { f(aaa: $vvv, bbb: 1) } }";
        let with_default = "query($vvv: Int = 3) { f(aaa: $vvv) }";
        let required = "query($vvv: Int!) { f(aaa: $vvv) }";
        for (query, variable, kept, gone) in [
            (nested, Some("vvv"), &["vvv", "aaa", "kkk", "bbb", "ccc", "ddd"][..], &[][..]),
            (nested, None, &["aaa", "kkk", "ddd"], &["vvv", "bbb", "ccc"]),
            (fragment, None, &["bbb"], &["vvv", "aaa"]),
            (with_default, None, &["vvv", "aaa"], &[]),
            (required, None, &["vvv", "aaa"], &[]),
        ] {
            let mut document = Document::parse(query);
            let mut given = Variables::default();
            given.extend(variable.map(|name| (Name::new(name), async_graphql::Value::from(1))));
            remove(&mut document, &given);
            let left = format!("{:?} {:?}", document.operation, document.fragments);
            for (words, is_left) in [(kept, true), (gone, false)] {
                for word in words {
                    assert_eq!(left.contains(word), is_left, "{word} of {query}");
                }
            }
        }
    }
}
