//! The value of a secret as a Prefect program has it: JSON's types, and Python's, because a local secret may be a tuple,
//! a set or bytes. Text and bytes are zeroed on drop, and `Debug` shows nothing.

pub(crate) mod text;

use num_bigint::BigInt;
use zeroize::Zeroizing;

/// A value as a Prefect program has it.
///
/// `==` distinguishes types, so that 1, 1.0 and true differ, and compares dicts and sets in order.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `None`, JSON's `null`.
    None,
    /// A boolean.
    Bool(bool),
    /// A number without fraction or exponent, of any size.
    Integer(BigInt),
    /// A number with fraction or exponent. Python's JSON knows infinities and NaN too.
    Float(f64),
    /// A complex number, which only Python has.
    #[expect(missing_docs, reason = "the real and the imaginary part")]
    Complex { re: f64, im: f64 },
    /// A string.
    Text(Zeroizing<String>),
    /// Bytes, which only Python has.
    Bytes(Zeroizing<Vec<u8>>),
    /// A list, JSON's array.
    List(Vec<Value>),
    /// A tuple, which only Python has.
    Tuple(Vec<Value>),
    /// A set, which only Python has, in the order in which it was written.
    Set(Vec<Value>),
    /// A dict, JSON's object, in order. Python's keys need not be strings.
    Dict(Vec<(Value, Value)>),
    /// Python's `...`.
    Ellipsis,
    /// A date, a time or both of a TOML file, in ISO 8601.
    DateTime(String),
}

/// The value contains a type that JSON can't represent. The message names the type, never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("JSON can't represent {kind}{}", if *key { " as a key" } else { "" })]
pub struct NotJson {
    kind: &'static str,
    key: bool,
}

impl Value {
    /// The value as Python's `json` parses it: a number without fraction or exponent is an integer of any size.
    pub fn from_json(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::None,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => {
                let text = number.to_string();
                text.parse().map_or_else(|_| Self::Float(text.parse().unwrap_or(f64::NAN)), Self::Integer)
            }
            serde_json::Value::String(text) => Self::from(text),
            serde_json::Value::Array(items) => Self::List(items.into_iter().map(Self::from_json).collect()),
            serde_json::Value::Object(entries) => Self::Dict(
                entries.into_iter().map(|(key, value)| (Self::from(key), Self::from_json(value))).collect(),
            ),
        }
    }

    /// The value as JSON, unless it contains a type that only Python has, NaN, infinity, or a key that is not a string.
    pub fn to_json(&self) -> Result<serde_json::Value, NotJson> {
        let not_json = |value: &Self, key| NotJson { kind: value.kind(), key };
        let number = |number: Option<serde_json::Number>| number.ok_or_else(|| not_json(self, false));
        Ok(match self {
            Self::None => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Integer(value) => number(value.to_string().parse().ok())?.into(),
            Self::Float(value) => number(serde_json::Number::from_f64(*value))?.into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect::<Result<_, _>>()?,
            Self::Dict(entries) => entries
                .iter()
                .map(|(key, value)| match key {
                    Self::Text(key) => Ok((key.as_str().to_owned(), value.to_json()?)),
                    _ => Err(not_json(key, true)),
                })
                .collect::<Result<serde_json::Map<_, _>, _>>()?
                .into(),
            _ => return Err(not_json(self, false)),
        })
    }

    /// Its type, for messages: `a list`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(value) if value.is_finite() => "a number with fraction or exponent",
            Self::Float(_) => "NaN or infinity",
            Self::Complex { .. } => "a complex number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Set(_) => "a set",
            Self::Dict(_) => "a dict",
            Self::Ellipsis => "an ellipsis",
            Self::DateTime(_) => "a date or time",
        }
    }

    /// The text, if it is a string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A dict's value under a name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Dict(entries) => {
                entries.iter().find_map(|(key, value)| (key.as_text()? == name).then_some(value))
            }
            _ => None,
        }
    }

    /// Whether Python writes both in the same way. Unlike with `==`, NaN is NaN, and 0.0 is not -0.0.
    pub(crate) fn is_identical(&self, other: &Self) -> bool {
        matches!((text::repr(self), text::repr(other)), (Ok(one), Ok(other)) if one == other)
    }

    /// Python's `bool(value)`.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Integer(value) => value.sign() != num_bigint::Sign::NoSign,
            Self::Float(value) => *value != 0.0,
            Self::Complex { re, im } => *re != 0.0 || *im != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => !items.is_empty(),
            Self::Dict(entries) => !entries.is_empty(),
            Self::Ellipsis | Self::DateTime(_) => true,
        }
    }
}

opaque_debug!(Value);

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Zeroizing::new(text))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_goes_through_unchanged() {
        let text = r#"{"b":[1,1.5,-0.25,null,true,"x"],"a":123456789012345678901234567890,"":{}}"#;
        let value = Value::from_json(serde_json::from_str(text).unwrap());
        assert_eq!(value.to_json().unwrap().to_string(), text);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Value::from("hunter2")), "Value { .. }");
        assert_eq!(format!("{:?}", vec![Value::from_json(json!({"hunter2": 2}))]), "[Value { .. }]");
    }

    #[test]
    fn types_that_json_lacks_are_named() {
        for (value, name) in [
            (Value::Float(f64::NAN), "NaN or infinity"),
            (Value::Bytes(Zeroizing::new(vec![1])), "bytes"),
            (Value::Dict(vec![(Value::Bool(true), Value::None)]), "a boolean as a key"),
            (Value::Tuple(vec![Value::None]), "a tuple"),
            (Value::List(vec![Value::DateTime("2026-11-21".to_owned())]), "a date or time"),
        ] {
            assert_eq!(value.to_json().unwrap_err().to_string(), format!("JSON can't represent {name}"));
        }
    }
}
