//! The size of list conditions, through which the engine and the database driver recurse.

use std::convert::Infallible;

use async_graphql::parser::types::Field;
use async_graphql::{ServerResult, Variables};
use async_graphql_value::{ConstValue, Value};

use super::refuse;
use crate::domain::Rule;
use crate::graphql::document::Document;

const ARGUMENTS: [&str; 2] = ["where", "order_by"];
/// The deepest `where`: `{_and: [{name: {_eq: "A"}}]}` has four levels.
const MAX_DEPTH: usize = 16;
/// The maximum number of objects in a `where`: each is a condition, or several.
const MAX_CONDITIONS: usize = 128;
const MAX_VALUES: usize = 1_000;
/// The longest string in a `where`, in bytes.
const MAX_TEXT: usize = 4_096;

/// Refuses a `where` outside a document that is too large.
pub fn check_where(value: &ConstValue) -> Result<(), Rule> {
    ConditionSize::default().check("where", value)
}

pub fn check_conditions(field: &Field, document: &Document, variables: &Variables) -> ServerResult<()> {
    for (name, argument) in field.arguments.iter().filter(|(name, _)| ARGUMENTS.contains(&&*name.node)) {
        let value = with_placeholders(argument.node.clone());
        let size = ConditionSize { given: Some((document, variables)), ..ConditionSize::default() };
        size.check(&name.node, &value).or_else(|rule| refuse(rule.as_str(), Some(name.pos)))?;
    }
    Ok(())
}

/// Replaces variables by their names, as binary values, which no document has; many places may share a large value.
fn with_placeholders(argument: Value) -> ConstValue {
    let Ok(value) = argument
        .into_const_with(|name| Ok::<_, Infallible>(ConstValue::Binary(name.as_bytes().to_vec().into())));
    value
}

/// The size of a `where`. Counting stops at a limit.
#[derive(Default)]
struct ConditionSize<'a> {
    /// The values of variables.
    given: Option<(&'a Document, &'a Variables)>,
    conditions: usize,
    values: usize,
    is_too_large: bool,
}

impl ConditionSize<'_> {
    fn check(mut self, argument: &str, value: &ConstValue) -> Result<(), Rule> {
        self.count(value, 1);
        if self.is_too_large {
            return Err(Rule::new(format!(
                "`{argument}` can have at most {MAX_DEPTH} levels, {MAX_CONDITIONS} conditions, {MAX_VALUES} values, \
                 and strings of {MAX_TEXT} bytes."
            )));
        }
        Ok(())
    }

    fn count(&mut self, value: &ConstValue, depth: usize) {
        match value {
            _ if self.is_too_large => {}
            ConstValue::Binary(name) => {
                if let (Some((document, variables)), Ok(name)) = (self.given, str::from_utf8(name))
                    && let Some(value) = variables.get(name).or_else(|| document.default_value(name))
                {
                    self.count(value, depth);
                }
            }
            ConstValue::List(items) => {
                self.is_too_large = depth > MAX_DEPTH;
                items.iter().take(MAX_VALUES + 1).for_each(|item| self.count(item, depth + 1));
            }
            ConstValue::Object(fields) => {
                self.conditions += 1;
                self.is_too_large = depth > MAX_DEPTH || self.conditions > MAX_CONDITIONS;
                fields.values().for_each(|value| self.count(value, depth + 1));
            }
            leaf => {
                let length = if let ConstValue::String(text) = leaf { text.len() } else { 0 };
                self.values += 1;
                self.is_too_large = self.values > MAX_VALUES || length > MAX_TEXT;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Name;
    use strongroom_shared::json::{NodeLimit, read};

    use super::*;
    use crate::graphql::limits::{AUTHENTICATED, check_fields};

    #[test]
    fn conditions_are_counted_in_documents_and_in_variables() {
        let deep = |levels: usize| r#"{"_not":"#.repeat(levels) + "{}" + &"}".repeat(levels);
        let wide = |count: usize| format!(r#"{{"_or":[{}]}}"#, vec![r#"{"_eq":1}"#; count].join(","));
        let many = |count: usize| format!(r#"{{"_in":[{}]}}"#, vec!["1"; count].join(","));
        let long = |bytes: usize| format!(r#"{{"_like":"{}"}}"#, "a".repeat(bytes));
        for (condition, fits) in [
            (deep(15), true),
            (deep(16), false),
            (wide(127), true),
            (wide(128), false),
            (many(1_000), true),
            (many(1_001), false),
            (long(4_096), true),
            (long(4_097), false),
        ] {
            // As a variable, in the document, and as a variable's default.
            let value = read(condition.as_bytes(), &mut NodeLimit::new(10_000)).expect("JSON");
            assert_eq!(check_where(&value).is_ok(), fits, "{condition:.80}");
            let mut variables = Variables::default();
            variables.insert(Name::new("w"), value);
            let literal = condition.replace("\"_", "_").replace("\":", ":");
            for query in [
                "query($w: secret_bool_exp) { secret(where: $w) { name } }".to_owned(),
                format!("{{ secret(where: {literal}) {{ name }} }}"),
                format!("query($d: secret_bool_exp = {literal}) {{ secret(where: $d) {{ name }} }}"),
            ] {
                let document = Document::parse(&query);
                assert_eq!(check_fields(&document, &variables, &AUTHENTICATED).is_ok(), fits, "{query:.80}");
            }
        }
    }
}
