//! The value of a secret, as a Prefect program would have it.
//!
//! JSON's kinds, and those that only Python has: a local secret may be a tuple, a set or bytes. Text and bytes are
//! overwritten when they are dropped, and `Debug` shows nothing. What is not here: where a value comes from
//! (`local`, the API), and how it is written back as a variable (`local::to_variable`).
//!
//! To add a kind: a variant, its name in [`Value::kind`], what JSON has for it in [`Value::to_json`], what serde is shown in
//! `deserialize`, and its text in `local::text`.

use std::fmt;

use num_bigint::BigInt;
use zeroize::Zeroizing;

/// A value as a Prefect program has it.
///
/// `==` compares kinds too, so that 1, 1.0 and true differ, and compares dicts and sets in their order.
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
    Complex {
        /// The real part.
        re: f64,
        /// The imaginary part.
        im: f64,
    },
    /// Text.
    Text(Zeroizing<String>),
    /// Bytes, which only Python has.
    Bytes(Zeroizing<Vec<u8>>),
    /// A list, JSON's array.
    List(Vec<Value>),
    /// A tuple, which only Python has.
    Tuple(Vec<Value>),
    /// A set, which only Python has, in the order in which it was written.
    Set(Vec<Value>),
    /// A dict, JSON's object, in order. Python's keys need not be text.
    Dict(Vec<(Value, Value)>),
    /// Python's `...`.
    Ellipsis,
    /// A date, a time or both of a TOML file, in ISO 8601.
    DateTime(String),
}

/// The value has something in it that JSON does not know. Says what kind, never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("JSON can't represent {kind}{}", if *key { " as a key" } else { "" })]
pub struct NotJson {
    kind: &'static str,
    key: bool,
}

impl Value {
    /// The value that Python's `json` makes of one from the API: a number without fraction or exponent is an integer
    /// of any size.
    pub fn from_json(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::None,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => number_from_json(&number.to_string()),
            serde_json::Value::String(text) => Self::from(text),
            serde_json::Value::Array(items) => Self::List(items.into_iter().map(Self::from_json).collect()),
            serde_json::Value::Object(entries) => Self::Dict(
                entries.into_iter().map(|(key, value)| (Self::from(key), Self::from_json(value))).collect(),
            ),
        }
    }

    /// The value as JSON.
    ///
    /// # Errors
    /// When it has bytes, a set, a tuple, a date or time, a complex number, an ellipsis, an infinite number or none, or a
    /// key that is not text: it would come back as something else.
    pub fn to_json(&self) -> Result<serde_json::Value, NotJson> {
        Ok(match self {
            Self::None => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Integer(value) => match value.to_string().parse() {
                Ok(number) => serde_json::Value::Number(number),
                Err(_) => return Err(self.not_json(false)),
            },
            Self::Float(value) => match serde_json::Number::from_f64(*value) {
                Some(number) => serde_json::Value::Number(number),
                None => return Err(self.not_json(false)),
            },
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect::<Result<_, _>>()?,
            Self::Dict(entries) => entries
                .iter()
                .map(|(key, value)| match key {
                    Self::Text(key) => Ok((key.as_str().to_owned(), value.to_json()?)),
                    _ => Err(key.not_json(true)),
                })
                .collect::<Result<serde_json::Map<_, _>, _>>()?
                .into(),
            Self::Complex { .. }
            | Self::Bytes(_)
            | Self::Tuple(_)
            | Self::Set(_)
            | Self::DateTime(_)
            | Self::Ellipsis => return Err(self.not_json(false)),
        })
    }

    /// What it is, in words: `a list`.
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

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a dict has under a name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Dict(entries) => {
                entries.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Whether two values are the same to the last bit: NaN is NaN, and 0.0 is not -0.0.
    pub(crate) fn is_identical(&self, other: &Self) -> bool {
        let same = |one: f64, other: f64| one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan();
        let all = |ones: &[Self], others: &[Self]| {
            ones.len() == others.len() && ones.iter().zip(others).all(|(one, other)| one.is_identical(other))
        };
        match (self, other) {
            (Self::Float(one), Self::Float(other)) => same(*one, *other),
            (Self::Complex { re, im }, Self::Complex { re: other_re, im: other_im }) => {
                same(*re, *other_re) && same(*im, *other_im)
            }
            (Self::List(ones), Self::List(others))
            | (Self::Tuple(ones), Self::Tuple(others))
            | (Self::Set(ones), Self::Set(others)) => all(ones, others),
            (Self::Dict(ones), Self::Dict(others)) => {
                ones.len() == others.len()
                    && ones.iter().zip(others).all(|((key, value), (other_key, other_value))| {
                        key.is_identical(other_key) && value.is_identical(other_value)
                    })
            }
            _ => self == other,
        }
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

    fn not_json(&self, key: bool) -> NotJson {
        NotJson { kind: self.kind(), key }
    }
}

/// A number as JSON writes it.
fn number_from_json(text: &str) -> Value {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        text.parse().map_or(Value::Float(f64::NAN), Value::Integer)
    } else {
        text.parse().map_or(Value::Float(f64::NAN), Value::Float)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

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
        assert_eq!(format!("{:?}", Value::from("hunter2")), "Value(..)");
        assert_eq!(format!("{:?}", vec![Value::from_json(json!({"hunter2": 2}))]), "[Value(..)]");
    }

    #[test]
    fn what_json_does_not_know_is_named_by_its_kind() {
        let of = |value: Value| value.to_json().unwrap_err().to_string();
        assert_eq!(of(Value::Float(f64::NAN)), "JSON can't represent NaN or infinity");
        assert_eq!(of(Value::Bytes(Zeroizing::new(vec![1]))), "JSON can't represent bytes");
        assert_eq!(
            of(Value::Dict(vec![(Value::Bool(true), Value::None)])),
            "JSON can't represent a boolean as a key"
        );
        assert_eq!(of(Value::Tuple(vec![Value::None])), "JSON can't represent a tuple");
        assert_eq!(
            of(Value::List(vec![Value::DateTime("2026-11-21".to_owned())])),
            "JSON can't represent a date or time"
        );
    }
}
