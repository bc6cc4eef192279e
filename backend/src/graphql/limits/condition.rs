//! The conditions of lists.

use std::collections::HashMap;

use async_graphql::parser::types::{Field, OperationDefinition};
use async_graphql::{Name, ServerResult, Variables};
use async_graphql_value::{ConstValue, Value};

use super::refuse;

/// The arguments of lists. The engine and the database's driver walk through them by calling themselves, before anybody
/// is asked who they are.
const LIST_ARGUMENTS: [&str; 2] = ["where", "order_by"];
/// The deepest `where`: `{_and: [{name: {_eq: "A"}}]}` has four levels.
const MAX_CONDITION_DEPTH: usize = 16;
/// The most objects in a `where`: each is a condition, or several.
const MAX_CONDITIONS: usize = 128;
/// The most values that a `where` compares with.
const MAX_CONDITION_VALUES: usize = 1_000;
/// The longest text that a `where` compares with, in bytes.
const MAX_CONDITION_TEXT: usize = 4_096;

/// Refuses a `where` that stands outside a document and says too much.
pub(in crate::graphql) fn check_where(value: &ConstValue) -> Result<(), String> {
    let mut words = Words::default();
    words.count_const(value, 1);
    words.check("where")
}

/// What a document's variables stand for.
pub(super) struct Given<'a> {
    pub(super) variables: &'a Variables,
    pub(super) defaults: HashMap<&'a Name, &'a ConstValue>,
}

impl Given<'_> {
    fn value(&self, name: &Name) -> Option<&ConstValue> {
        self.variables.get(name).or_else(|| self.defaults.get(name).copied())
    }
}

pub(super) fn defaults(operation: &OperationDefinition) -> HashMap<&Name, &ConstValue> {
    let definitions = operation.variable_definitions.iter();
    definitions
        .filter_map(|definition| {
            let default = definition.node.default_value.as_ref()?;
            Some((&definition.node.name.node, &default.node))
        })
        .collect()
}

pub(super) fn check_list(field: &Field, given: &Given<'_>) -> ServerResult<()> {
    for (name, argument) in &field.arguments {
        if !LIST_ARGUMENTS.contains(&name.node.as_str()) {
            continue;
        }
        let mut words = Words::default();
        words.count(&argument.node, given, 1);
        words.check(&name.node).or_else(|message| refuse(message, Some(name.pos)))?;
    }
    Ok(())
}

/// How much a `where` says. Counting stops where it is too much.
#[derive(Default)]
struct Words {
    conditions: usize,
    values: usize,
    too_many: bool,
}

impl Words {
    fn check(&self, argument: &str) -> Result<(), String> {
        if self.too_many {
            Err(format!(
                "`{argument}` has at most {MAX_CONDITION_DEPTH} levels, {MAX_CONDITIONS} conditions, \
                 {MAX_CONDITION_VALUES} values, and texts of {MAX_CONDITION_TEXT} bytes."
            ))
        } else {
            Ok(())
        }
    }

    fn count(&mut self, value: &Value, given: &Given<'_>, depth: usize) {
        match value {
            _ if self.too_many => {}
            Value::Variable(name) => {
                if let Some(value) = given.value(name) {
                    self.count_const(value, depth);
                }
            }
            Value::List(items) if self.enter(depth, 0) => {
                for item in items.iter().take(MAX_CONDITION_VALUES + 1) {
                    self.count(item, given, depth + 1);
                }
            }
            Value::Object(fields) if self.enter(depth, 1) => {
                for value in fields.values() {
                    self.count(value, given, depth + 1);
                }
            }
            Value::List(_) | Value::Object(_) => {}
            Value::String(text) => self.add_value(text.len()),
            _ => self.add_value(0),
        }
    }

    fn count_const(&mut self, value: &ConstValue, depth: usize) {
        match value {
            _ if self.too_many => {}
            ConstValue::List(items) if self.enter(depth, 0) => {
                for item in items.iter().take(MAX_CONDITION_VALUES + 1) {
                    self.count_const(item, depth + 1);
                }
            }
            ConstValue::Object(fields) if self.enter(depth, 1) => {
                for value in fields.values() {
                    self.count_const(value, depth + 1);
                }
            }
            ConstValue::List(_) | ConstValue::Object(_) => {}
            ConstValue::String(text) => self.add_value(text.len()),
            _ => self.add_value(0),
        }
    }

    /// Counts a list or an object, and says whether to look into it.
    fn enter(&mut self, depth: usize, conditions: usize) -> bool {
        self.conditions += conditions;
        self.too_many |= depth > MAX_CONDITION_DEPTH || self.conditions > MAX_CONDITIONS;
        !self.too_many
    }

    fn add_value(&mut self, length: usize) {
        self.values += 1;
        self.too_many |= self.values > MAX_CONDITION_VALUES || length > MAX_CONDITION_TEXT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::limits::{KNOWN, check_fields};

    fn check_where(condition: &str, expected: bool) {
        // As a variable, and, without the quotes around its keys, in the document and as a variable's default.
        let mut variables = Variables::default();
        let value: serde_json::Value = serde_json::from_str(condition).expect("JSON");
        variables.insert(Name::new("w"), strongroom_shared::json::to_graphql(value));
        let literal = condition.replace("\"_", "_").replace("\":", ":");
        for query in [
            "query($w: secret_bool_exp) { secret(where: $w) { name } }".to_owned(),
            format!("{{ secret(where: {literal}) {{ name }} }}"),
            format!("query($d: secret_bool_exp = {literal}) {{ secret(where: $d) {{ name }} }}"),
        ] {
            let document = async_graphql::parser::parse_query(&query).expect("GraphQL");
            assert_eq!(check_fields(&document, &variables, &KNOWN).is_ok(), expected, "{query:.80}");
        }
    }

    #[test]
    fn conditions_are_counted_in_documents_and_in_variables() {
        let deep = |levels: usize| r#"{"_not":"#.repeat(levels) + "{}" + &"}".repeat(levels);
        let wide = |count: usize| format!(r#"{{"_or":[{}]}}"#, vec![r#"{"_eq":1}"#; count].join(","));
        let many = |count: usize| format!(r#"{{"_in":[{}]}}"#, vec!["1"; count].join(","));
        let long = |bytes: usize| format!(r#"{{"_like":"{}"}}"#, "a".repeat(bytes));
        for (fits, is_too_much) in [
            (deep(15), deep(16)),
            (wide(127), wide(128)),
            (many(1_000), many(1_001)),
            (long(4_096), long(4_097)),
        ] {
            check_where(&fits, true);
            check_where(&is_too_much, false);
        }
    }
}
