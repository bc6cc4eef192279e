//! Omitted variables.
//!
//! By the GraphQL specification an argument or an input's field whose variable is omitted is omitted itself. The
//! engine makes null of it, and null is a value that a secret can have: `set_secret` with a mistyped variable's name
//! would overwrite the secret with null. So omitted variables are taken out of the document before the engine sees it.

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Variables};
use async_graphql_value::Value;

/// Takes omitted variables, and whatever they alone would fill, out of a document that has one operation. Those that
/// have a default or can't be null stay: the engine fills the one and names the other.
pub(super) fn remove(document: &mut ExecutableDocument, variables: &Variables) {
    let DocumentOperations::Single(operation) = &mut document.operations else {
        return;
    };
    let omitted: HashSet<Name> = operation
        .node
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
    selections(&mut operation.node.selection_set.node, &omitted);
    for fragment in document.fragments.values_mut() {
        selections(&mut fragment.node.selection_set.node, &omitted);
    }
}

fn selections(set: &mut SelectionSet, omitted: &HashSet<Name>) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(selected) => field(&mut selected.node, omitted),
            Selection::InlineFragment(fragment) => selections(&mut fragment.node.selection_set.node, omitted),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn field(field: &mut Field, omitted: &HashSet<Name>) {
    field.arguments.retain_mut(|(_, argument)| keep(&mut argument.node, omitted));
    selections(&mut field.selection_set.node, omitted);
}

/// Whether a value is given; what is not given inside it is taken out. In a list, which has places, it is null.
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

    fn check(query: &str, variables: &[&str], kept: &[&str], gone: &[&str]) {
        let mut document = async_graphql::parser::parse_query(query).expect("GraphQL");
        let mut given = Variables::default();
        given.extend(variables.iter().map(|name| (Name::new(name), async_graphql::Value::from(1))));
        remove(&mut document, &given);
        let left = format!("{document:?}");
        for word in kept {
            assert!(left.contains(word), "{word} is gone from {query}");
        }
        for word in gone {
            assert!(!left.contains(word), "{word} is left in {query}");
        }
    }

    #[test]
    fn field_or_argument_filled_only_by_an_omitted_variable_is_omitted() {
        let query = "query($vvv: JSON) { f(aaa: {kkk: 1, bbb: $vvv}, ccc: $vvv) { g(ddd: [$vvv]) } }";
        check(query, &["vvv"], &["vvv", "aaa", "kkk", "bbb", "ccc", "ddd"], &[]);
        check(query, &[], &["aaa", "kkk", "ddd"], &["vvv", "bbb", "ccc"]);
    }

    #[test]
    fn fragments_are_looked_through() {
        let query = "query($vvv: JSON) { ...x } fragment x on Query { ... { f(aaa: $vvv, bbb: 1) } }";
        check(query, &[], &["bbb"], &["vvv", "aaa"]);
    }

    #[test]
    fn defaults_and_required_variables_stay() {
        check("query($vvv: Int = 3) { f(aaa: $vvv) }", &[], &["vvv", "aaa"], &[]);
        check("query($vvv: Int!) { f(aaa: $vvv) }", &[], &["vvv", "aaa"], &[]);
    }
}
