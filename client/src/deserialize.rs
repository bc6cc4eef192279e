//! Deserializes a [`Value`] with serde. serde's own messages contain values (`invalid type: string "…"`), and so may those
//! of the target type. Ours contain only types and the target's own names.

use std::fmt;
use std::iter::Enumerate;
use std::slice;
use std::str::FromStr;

use num_bigint::BigInt;
use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use zeroize::Zeroizing;

use crate::value::Value;

/// The value does not fit the requested type. The message says where and why, and repeats nothing of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Innermost first.
    path: Vec<Step>,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// The name of a field or variant of the type.
    Field(&'static str),
    Item(usize),
    /// The position in a dict: its keys are part of the value.
    Entry(usize),
}

const TEXT: &str = "text";
const DICT: &str = "a dict";

impl Value {
    /// The value as another type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, Mismatch> {
        T::deserialize(Reader::of(self))
    }
}

impl Mismatch {
    fn new(reason: String) -> Self {
        Self { path: Vec::new(), reason }
    }

    fn at(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }

    fn found(kind: &str, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {kind}"))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path.iter().rev().enumerate() {
            f.write_str(match (index, step) {
                (0, _) => "at ",
                (_, Step::Item(_)) => "",
                _ => ".",
            })?;
            match step {
                Step::Field(name) => write!(f, "{name}")?,
                Step::Item(place) => write!(f, "[{place}]")?,
                Step::Entry(place) => write!(f, "entry {}", place + 1)?,
            }
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(_: T) -> Self {
        // A type's own message may repeat the value.
        Self::new("the requested type refuses it".to_owned())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {}", kind(&unexpected)))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {length} elements"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {}", expected.join(", ")))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown_variant("", expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("{field} is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("{field} occurs twice"))
    }
}

/// As [`Value::kind`].
fn kind(unexpected: &Unexpected<'_>) -> &'static str {
    match unexpected {
        Unexpected::Bool(_) => Value::Bool(true).kind(),
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => Value::Integer(BigInt::ZERO).kind(),
        Unexpected::Float(_) => Value::Float(0.0).kind(),
        Unexpected::Bytes(_) => Value::Bytes(Zeroizing::default()).kind(),
        Unexpected::Unit | Unexpected::Option => Value::None.kind(),
        Unexpected::Seq => Value::List(Vec::new()).kind(),
        Unexpected::Map => DICT,
        _ => TEXT,
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    value: &'a Value,
    /// A key: JSON has strings for numbers and booleans there.
    is_key: bool,
}

impl<'a> Reader<'a> {
    const fn of(value: &'a Value) -> Self {
        Self { value, is_key: false }
    }

    /// The number or boolean that a key spells.
    fn parsed<T: FromStr>(self) -> Option<T> {
        match self.value {
            Value::Text(text) if self.is_key => text.parse().ok(),
            _ => None,
        }
    }
}

macro_rules! parse_key {
    ($($method:ident => $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.parsed() {
                Some(value) => visitor.$visit(value),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Reader<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.value {
            Value::None => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(value) => visit_integer(value, visitor),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_str(text),
            Value::DateTime(text) => visitor.visit_str(text),
            Value::Bytes(bytes) => visitor.visit_bytes(bytes),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
                let mut rest = Items(items.iter().enumerate());
                let value = visitor.visit_seq(&mut rest)?;
                match rest.0.next() {
                    None => Ok(value),
                    Some(_) => Err(Mismatch::invalid_length(items.len(), &"fewer elements")),
                }
            }
            Value::Dict(entries) => visitor.visit_map(Entries::new(&[], entries)),
            Value::Complex { .. } | Value::Ellipsis => Err(Mismatch::found(self.value.kind(), &visitor)),
        }
    }

    parse_key! {
        deserialize_bool => visit_bool, deserialize_i8 => visit_i8, deserialize_i16 => visit_i16,
        deserialize_i32 => visit_i32, deserialize_i64 => visit_i64, deserialize_i128 => visit_i128,
        deserialize_u8 => visit_u8, deserialize_u16 => visit_u16, deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64, deserialize_u128 => visit_u128, deserialize_f32 => visit_f32,
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match (self.value, self.parsed()) {
            // serde's own conversions stop at 64 bits.
            (Value::Integer(value), _) => {
                visitor.visit_f64(value.to_string().parse().unwrap_or(f64::INFINITY))
            }
            (_, Some(value)) => visitor.visit_f64(value),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.value {
            Value::None => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.value {
            Value::Dict(entries) => visitor.visit_map(Entries::new(fields, entries)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let (variant, content) = match self.value {
            Value::Text(text) => (text, None),
            Value::Dict(entries) => match &entries[..] {
                [(Value::Text(variant), content)] => (variant, Some(content)),
                _ => return Err(Mismatch::found(DICT, &"one entry")),
            },
            _ => return Err(Mismatch::found(self.value.kind(), &visitor)),
        };
        let known = variants.iter().copied().find(|known| *known == variant.as_str());
        visitor.visit_enum(Variant { name: variant, content }).map_err(|error| match (content, known) {
            (Some(_), Some(known)) => error.at(Step::Field(known)),
            _ => error,
        })
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn visit_integer<'de, V: Visitor<'de>>(value: &BigInt, visitor: V) -> Result<V::Value, Mismatch> {
    if let Ok(value) = u64::try_from(value) {
        visitor.visit_u64(value)
    } else if let Ok(value) = i64::try_from(value) {
        visitor.visit_i64(value)
    } else if let Ok(value) = u128::try_from(value) {
        visitor.visit_u128(value)
    } else if let Ok(value) = i128::try_from(value) {
        visitor.visit_i128(value)
    } else {
        let expected = &visitor as &dyn Expected;
        Err(Mismatch::new(format!("expected {expected}, found an integer of more than 128 bits")))
    }
}

struct Items<'a>(Enumerate<slice::Iter<'a, Value>>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        let Some((place, item)) = self.0.next() else { return Ok(None) };
        seed.deserialize(Reader::of(item)).map(Some).map_err(|error| error.at(Step::Item(place)))
    }
}

/// `serde_json::Value` misreads a dict whose first key has this prefix.
const SERDE_JSON: &str = "$serde_json::private::";

struct Entries<'a> {
    rest: Enumerate<slice::Iter<'a, (Value, Value)>>,
    fields: &'static [&'static str],
    value: Option<(Step, &'a Value)>,
}

impl<'a> Entries<'a> {
    fn new(fields: &'static [&'static str], entries: &'a [(Value, Value)]) -> Self {
        Self { rest: entries.iter().enumerate(), fields, value: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let Some((place, (key, value))) = self.rest.next() else { return Ok(None) };
        if place == 0 && key.as_text().is_some_and(|key| key.starts_with(SERDE_JSON)) {
            return Err(Mismatch::new("the key is reserved by serde_json".to_owned()));
        }
        let field = self.fields.iter().copied().find(|field| key.as_text() == Some(*field));
        self.value = Some((field.map_or(Step::Entry(place), Step::Field), value));
        let key = seed.deserialize(Reader { value: key, is_key: true }).map(Some);
        if self.fields.is_empty() { key.map_err(|error| error.at(Step::Entry(place))) } else { key }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mismatch> {
        let Some((step, value)) = self.value.take() else {
            return Err(Mismatch::custom("a value comes after its key"));
        };
        seed.deserialize(Reader::of(value)).map_err(|error| error.at(step))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Variant<'a> {
    name: &'a str,
    content: Option<&'a Value>,
}

impl<'a> Variant<'a> {
    fn reader(&self, expected: &dyn Expected) -> Result<Reader<'a>, Mismatch> {
        self.content.map(Reader::of).ok_or_else(|| Mismatch::found(TEXT, expected))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Mismatch> {
        let name: StrDeserializer<'_, Mismatch> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        match self.content {
            None | Some(Value::None) => Ok(()),
            Some(value) => Err(Mismatch::found(value.kind(), &"a name alone")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mismatch> {
        seed.deserialize(self.reader(&DICT)?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        de::Deserializer::deserialize_any(self.reader(&visitor)?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        de::Deserializer::deserialize_struct(self.reader(&visitor)?, "", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Credentials {
        user: String,
        port: Option<u16>,
        #[serde(default)]
        tags: Vec<String>,
    }

    #[test]
    fn values_become_other_types() {
        let value = Value::from_json(json!({"user": "u", "port": 5432, "tags": ["a"], "more": {"x": [1]}}));
        assert_eq!(
            value.deserialize::<Credentials>().unwrap(),
            Credentials { user: "u".into(), port: Some(5432), tags: vec!["a".into()] }
        );
        assert_eq!(value.deserialize::<serde_json::Value>().unwrap(), value.to_json().unwrap());
        assert_eq!(Value::Integer(7.into()).deserialize::<f64>().unwrap().to_bits(), 7f64.to_bits());
        assert_eq!(Value::None.deserialize::<Option<u8>>().unwrap(), None);
        let reserved = Value::from_json(json!({"$serde_json::private::Number": "12"}));
        assert!(reserved.deserialize::<serde_json::Value>().is_err());
        assert_eq!(reserved.to_json().unwrap(), json!({"$serde_json::private::Number": "12"}));
        let keys = Value::from_json(json!({"1": true})).deserialize::<BTreeMap<u8, bool>>();
        assert!(keys.unwrap()[&1]);
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only its errors are tested")]
    enum Choice {
        One,
        Two { a: u8 },
    }

    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct Strict;

    impl TryFrom<String> for Strict {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            Err(format!("{text} is too strict"))
        }
    }

    fn check<T: DeserializeOwned + fmt::Debug>(value: serde_json::Value, expected: &str) {
        let error = Value::from_json(value).deserialize::<T>().unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn mismatches_name_the_place_and_no_value() {
        for (value, expected) in [
            (json!("hunter2"), "expected struct Credentials, found text"),
            (json!({"port": 1}), "user is missing"),
            (json!({"user": ["hunter2"]}), "at user: expected a string, found a list"),
            (json!({"user": "", "port": 70000}), "at port: expected u16, found an integer"),
            (json!({"user": "", "tags": ["", 12345]}), "at tags[1]: expected a string, found an integer"),
        ] {
            check::<Credentials>(value, expected);
        }
        for (value, expected) in [
            (json!("hunter2"), "expected one of one, two"),
            (json!({"two": {"hunter2": 1}}), "at two: expected one of a"),
            (json!({"hunter2": 1}), "expected one of one, two"),
            (json!({"one": 12345, "hunter2": 1}), "expected one entry, found a dict"),
        ] {
            check::<Choice>(value, expected);
        }
        let map = json!({"a": 1, "hunter2": "x"});
        check::<BTreeMap<String, u8>>(map, "at entry 2: expected u8, found text");
        check::<Strict>(json!("hunter2"), "the requested type refuses it");
        let error = Value::from("hunter2").deserialize::<std::net::IpAddr>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
