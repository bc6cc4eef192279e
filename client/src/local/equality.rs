//! Python's equality of keys: `1 == 1.0 == True`, and lists, dicts and sets can't be keys.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem;

use num_bigint::{BigInt, ToBigInt as _};
use zeroize::Zeroize as _;

use crate::value::{Value, text};

/// A dict of these entries. A later entry with the same key replaces the value of the first. `None` if a key can't be one,
/// or is an integer that Python can't write.
pub(super) fn dict(entries: Vec<(Value, Value)>) -> Option<Vec<(Value, Value)>> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    let mut result: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let mut identity = text::repr(&normal(&key)?).ok()?;
        match places.entry(mem::take(&mut *identity)) {
            Entry::Occupied(place) => result[*place.get()].1 = value,
            Entry::Vacant(place) => {
                place.insert(result.len());
                result.push((key, value));
            }
        }
    }
    for mut identity in places.into_keys() {
        identity.zeroize();
    }
    Some(result)
}

/// A set of these items, without duplicates.
pub(super) fn set(items: Vec<Value>) -> Option<Vec<Value>> {
    let entries = dict(items.into_iter().map(|item| (item, Value::None)).collect())?;
    Some(entries.into_iter().map(|(item, _)| item).collect())
}

/// The same value for all values that are equal to Python; `None` for a value without a hash.
fn normal(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Bool(value) => Value::Integer(BigInt::from(*value)),
        Value::Float(value) if value.fract() == 0.0 => {
            value.to_bigint().map_or(Value::Float(*value), Value::Integer)
        }
        Value::Complex { re, im } if *im == 0.0 => normal(&Value::Float(*re))?,
        // -0.0 becomes 0.0.
        Value::Complex { re, im } => Value::Complex { re: re + 0.0, im: *im },
        Value::Tuple(items) => Value::Tuple(items.iter().map(normal).collect::<Option<_>>()?),
        Value::List(_) | Value::Set(_) | Value::Dict(_) => return None,
        other => other.clone(),
    })
}
