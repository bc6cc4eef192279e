//! Draws GraphQL documents from bytes: most of them fit the schema, some nearly.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};

/// A type's fields with their types and arguments, the fields of an input, or the values of an enum.
type Fields = Vec<(String, Type, Vec<(String, Type)>)>;

static TYPES: LazyLock<BTreeMap<String, Fields>> = LazyLock::new(|| {
    let schema = async_graphql::parser::parse_schema(SDL).expect("a schema");
    let types = schema.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(found) => Some((found.node.name.to_string(), fields(found.node.kind))),
        _ => None,
    });
    types.collect()
});
/// The approximate length of a repeated part of a document, in bytes.
const LONGEST: usize = 256 * 1024;

const SDL: &str = include_str!("../../shared/schema.graphql");

const MORE_WORDS: &str = "...|... on |fragment |query|subscription|@skip(if:|@include(if:|__schema|__type(name:|\":|\
    {\"query\":\"|\"variables\":{|\"operationName\":|$v|\\u|null|1e400|\"\"\"|$serde_json::private::Number|\
    $serde_json::private::RawValue|_and|_or|_not|_like";

/// The words and punctuation of the schema and of GraphQL.
pub static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut words: Vec<&str> = SDL.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    words.sort_unstable();
    words.dedup();
    words.extend(MORE_WORDS.split('|'));
    words
});

fn fields(kind: TypeKind) -> Fields {
    let argument =
        |input: Positioned<InputValueDefinition>| (input.node.name.to_string(), input.node.ty.node);
    let field = |field: Positioned<FieldDefinition>| {
        let FieldDefinition { name, ty, arguments, .. } = field.node;
        (name.to_string(), ty.node, arguments.into_iter().map(argument).collect())
    };
    match kind {
        TypeKind::Object(object) => object.fields.into_iter().map(field).collect(),
        TypeKind::InputObject(input) => {
            let fields = input.fields.into_iter().map(argument);
            fields.map(|(name, ty)| (name, ty, Vec::new())).collect()
        }
        TypeKind::Enum(choice) => {
            let named = |name: Name| {
                (name.to_string(), Type { base: BaseType::Named(name), nullable: true }, Vec::new())
            };
            choice.values.into_iter().map(|value| named(value.node.value.node)).collect()
        }
        _ => Vec::new(),
    }
}

/// A request: one or two operations with fragments and variables.
pub fn request(u: &mut Unstructured) -> Result<serde_json::Value> {
    let mut out = String::new();
    for name in ["A", "B"].into_iter().take(u.int_in_range(1..=2)?) {
        let (kind, root) = *u.choose(&[("query", "Query"), ("mutation", "Mutation")])?;
        let ty = *u.choose(&[
            "JSON", "JSON!", "String", "Int = 1", "[Nope] = [\"x\"]", "[secret_bool_exp!]", "Boolean!",
        ])?;
        let _ = write!(out, "{kind} {name}($v: {ty}) {{");
        selection(u, &mut out, root, 0)?;
        out += "}";
    }
    for index in 0..u.int_in_range(0..=2)? {
        let on = *u.choose(&TYPES.keys().map(String::as_str).collect::<Vec<_>>())?;
        let _ = write!(out, "fragment F{index} on {on} {{");
        selection(u, &mut out, on, 2)?;
        out += "}";
    }
    let variables = match u.int_in_range(0..=3)? {
        0 => serde_json::Value::Null,
        1 => serde_json::json!({"v": true}),
        2 => serde_json::json!({"v": [{}, "x", 1.10]}),
        _ => "{\"v\":{\"name\":\"DB_URL\"}}".into(),
    };
    Ok(
        serde_json::json!({"query": out, "variables": variables, "operationName": *u.choose(&["A", "B", ""])?}),
    )
}

fn selection(u: &mut Unstructured, out: &mut String, of: &str, depth: usize) -> Result<()> {
    let fields = TYPES.get(of).filter(|fields| !fields.is_empty());
    for _ in 0..u.int_in_range(1..=4)? {
        match u.int_in_range(0..=11)? {
            0 => *out += " __typename",
            1 => *out += *u.choose(&[" ...F0", " ...F1", " ...F2"])?,
            2 if depth < 12 => {
                *out += *u.choose(&[" ...", " ... on Query", " ...@include(if:$v)"])?;
                *out += "{";
                selection(u, out, of, depth + 1)?;
                *out += "}";
            }
            _ => {
                let Some((name, ty, arguments)) = fields.map(|fields| u.choose(fields)).transpose()? else {
                    continue;
                };
                let repeats = if u.ratio(1, 32)? { u.int_in_range(2..=200)? } else { 1 };
                let start = out.len();
                *out += *u.choose(&[" ", " ", " a:", " b:"])?;
                *out += name;
                given(u, out, ('(', ')'), arguments, depth)?;
                if u.ratio(1, 16)? {
                    *out += "@skip(if:$v)";
                }
                if depth < 6 && TYPES.contains_key(base(ty)) && !TYPES[base(ty)].is_empty() {
                    *out += "{";
                    selection(u, out, base(ty), depth + 1)?;
                    *out += "}";
                }
                // Repeats nest: without a bound, a few bytes would draw gigabytes.
                let repeats = repeats.min(1 + LONGEST / (out.len() - start).max(1));
                *out = format!("{}{}", &out[..start], out[start..].repeat(repeats));
            }
        }
    }
    Ok(())
}

/// Arguments, or fields of an input, with most of the required ones.
fn given(
    u: &mut Unstructured,
    out: &mut String,
    (open, close): (char, char),
    of: &[(String, Type)],
    depth: usize,
) -> Result<()> {
    if of.is_empty() && u.ratio(15, 16)? {
        return Ok(());
    }
    out.push(open);
    for (name, ty) in of {
        if !ty.nullable || u.ratio(1, 4)? {
            out.extend([name.as_str(), ":"]);
            value(u, out, ty, depth + 1)?;
            out.push(' ');
        }
    }
    if u.ratio(1, 16)? {
        for index in 0..u.int_in_range(1..=100)? {
            let _ = write!(out, "x{index}:1 ");
        }
    }
    out.push(close);
    Ok(())
}

fn value(u: &mut Unstructured, out: &mut String, ty: &Type, depth: usize) -> Result<()> {
    if u.ratio(1, 8)? || depth > 12 {
        *out += *u.choose(&["$v", "null", "[]", "{}", "1.10", "NOPE", "\"\""])?;
        return Ok(());
    }
    let name = match &ty.base {
        BaseType::List(of) => {
            out.push('[');
            for _ in 0..u.int_in_range(0..=3)? {
                value(u, out, of, depth + 1)?;
                out.push(' ');
            }
            out.push(']');
            return Ok(());
        }
        BaseType::Named(name) => name.as_str(),
    };
    match name {
        "Int" => *out += *u.choose(&["0", "1", "-1", "2147483648", "9223372036854775807", "1e400"])?,
        "Boolean" => *out += *u.choose(&["true", "false"])?,
        "UUID" => *out += "\"00000000-0000-0000-0000-000000000000\"",
        "DateTime" => *out += *u.choose(&["\"2030-01-02\"", "\"9999-12-31T23:59:60Z\"", "\"-1\""])?,
        "JSON" => {
            *out +=
                *u.choose(&["{a:[1.10,null,{b:\"\\u0000\"}]}", "1e999", "-0", "[[[[[[]]]]]]", "{_a:A}"])?;
        }
        "String" | "ID" | "role_name" => {
            let fixed = [
                "DB_URL", "DB_*", "runner", "ada@example.com", "correct horse battery staple", "read:secret",
                "%_\\",
            ];
            let text = if u.ratio(1, 4)? { u.arbitrary()? } else { *u.choose(&fixed)? };
            *out += &serde_json::Value::from(text).to_string();
        }
        of => {
            let fields = TYPES.get(of).map(Vec::as_slice).unwrap_or_default();
            let is_enum = fields.first().is_some_and(|(name, ty, _)| base(ty) == name);
            if is_enum {
                *out += &u.choose(fields)?.0;
            } else {
                let fields: Vec<_> = fields.iter().map(|(name, ty, _)| (name.clone(), ty.clone())).collect();
                given(u, out, ('{', '}'), &fields, depth)?;
            }
        }
    }
    Ok(())
}

fn base(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => base(of),
    }
}
