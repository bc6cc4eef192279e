//! From JSON text to a tree.
//!
//! With `arbitrary_precision`, `serde_json` presents a number as an object with one private key. A visitor that asks for
//! a key as a *newtype* can tell them apart: a key in the text is a newtype, the private one is not. So no text can pass
//! for a number.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Deserialize, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// The private key under which `serde_json` presents a number.
const NUMBER: &str = "$serde_json::private::Number";

/// A kind of tree that JSON is read into. Its default is null.
pub(super) trait Tree: Default + From<bool> + From<String> + From<Vec<Self>> {
    /// An object while it is read.
    type Fields: Default;

    fn number(value: Number) -> Self;
    /// Adds a field. The last of two with the same name counts.
    fn insert(fields: &mut Self::Fields, name: String, value: Self);
    fn object(fields: Self::Fields) -> Self;
}

impl Tree for Value {
    type Fields = serde_json::Map<String, Self>;

    fn number(value: Number) -> Self {
        Self::Number(value)
    }

    fn insert(fields: &mut Self::Fields, name: String, value: Self) {
        fields.insert(name, value);
    }

    fn object(fields: Self::Fields) -> Self {
        Self::Object(fields)
    }
}

/// Reads a value of any size.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let mut left = usize::MAX;
    Node::new(&mut left).deserialize(deserializer)
}

/// A value, and the number of nodes that its text may still have.
struct Node<'a, T> {
    left: &'a mut usize,
    tree: PhantomData<T>,
}

impl<'a, T: Tree> Node<'a, T> {
    const fn new(left: &'a mut usize) -> Self {
        Self { left, tree: PhantomData }
    }

    /// Another value of the same text.
    const fn child(&mut self) -> Node<'_, T> {
        Node::new(self.left)
    }

    fn count<E: Error>(&mut self) -> Result<(), E> {
        let left = self.left.checked_sub(1);
        *self.left = left.ok_or_else(|| E::custom("the JSON has too many values and keys"))?;
        Ok(())
    }
}

impl<'de, T: Tree> DeserializeSeed<'de> for Node<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<T, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Tree> Visitor<'de> for Node<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        Ok(T::number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        Ok(T::number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        let number = Number::from_f64(value).map(T::number);
        number.ok_or_else(|| E::custom("JSON can't represent NaN or infinity"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        Ok(value.to_owned().into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<T, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<T, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = elements.next_element_seed(self.child())? {
            items.push(item);
        }
        // A vector of one item has room for four.
        items.shrink_to_fit();
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<T, A::Error> {
        let mut fields = T::Fields::default();
        while let Some(key) = entries.next_key_seed(KeySeed)? {
            match key {
                Key::Number => {
                    let digits: String = entries.next_value()?;
                    return digits.parse().map(T::number).map_err(A::Error::custom);
                }
                Key::Name(name) => {
                    self.count()?;
                    let value = entries.next_value_seed(self.child())?;
                    T::insert(&mut fields, name, value);
                }
            }
        }
        Ok(T::object(fields))
    }
}

enum Key {
    Name(String),
    /// Not an object: the value that follows is a number's digits.
    Number,
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_newtype_struct("Key", self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        String::deserialize(deserializer).map(Key::Name)
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
        Ok(if key == NUMBER { Key::Number } else { Key::Name(key.to_owned()) })
    }
}

#[cfg(feature = "server")]
pub use server::{NodeLimit, read, read_json};

#[cfg(feature = "server")]
mod server {
    use async_graphql::indexmap::IndexMap;
    use async_graphql::{Name, Value as Graphql};
    use serde::de::DeserializeSeed as _;
    use serde_json::Number;

    use super::{Node, Tree};
    use crate::json::Json;

    impl Tree for Graphql {
        type Fields = IndexMap<Name, Self>;

        fn number(value: Number) -> Self {
            Self::Number(value)
        }

        fn insert(fields: &mut Self::Fields, name: String, value: Self) {
            fields.insert(Name::new(name), value);
        }

        fn object(mut fields: Self::Fields) -> Self {
            fields.shrink_to_fit();
            Self::Object(fields)
        }
    }

    /// The number of nodes that a request may still have: each value and each key is one.
    #[derive(Clone, Copy, Debug)]
    pub struct NodeLimit {
        left: usize,
        is_exceeded: bool,
    }

    impl NodeLimit {
        /// A limit.
        pub const fn new(nodes: usize) -> Self {
            Self { left: nodes, is_exceeded: false }
        }

        /// Whether a text was refused because it has too many nodes.
        pub const fn is_exceeded(&self) -> bool {
            self.is_exceeded
        }
    }

    /// Reads JSON as a GraphQL value; `None` if it is not JSON, nests more than 127 deep, or exceeds the limit.
    pub fn read(text: &[u8], limit: &mut NodeLimit) -> Option<Graphql> {
        read_tree(text, limit)
    }

    /// The same as JSON.
    pub fn read_json(text: &[u8], limit: &mut NodeLimit) -> Option<Json> {
        read_tree(text, limit).map(Json::new)
    }

    fn read_tree<T: Tree>(text: &[u8], limit: &mut NodeLimit) -> Option<T> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let read = Node::new(&mut limit.left).deserialize(&mut deserializer);
        limit.is_exceeded |= read.is_err() && limit.left == 0;
        deserializer.end().ok()?;
        read.ok()
    }
}
