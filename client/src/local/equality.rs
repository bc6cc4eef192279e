//! Python's equality of keys: `1 == 1.0 == True`, and lists, dicts and sets can't be keys.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use num_bigint::{BigInt, ToBigInt};
use zeroize::Zeroize;

use crate::value::Value;

/// A dict of these entries. A later entry with the same key replaces the value of the first. `None` if a key can't be one.
pub(super) fn dict(entries: Vec<(Value, Value)>) -> Option<Vec<(Value, Value)>> {
    let mut places: HashMap<Vec<u8>, usize> = HashMap::with_capacity(entries.len());
    let mut result: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match places.entry(identity(&key)?) {
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

/// Bytes that are the same for values that are equal to Python; `None` for a value without a hash.
fn identity(value: &Value) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    write(value, &mut bytes)?;
    Some(bytes)
}

fn write(value: &Value, into: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::None => into.push(b'n'),
        Value::Ellipsis => into.push(b'e'),
        Value::Bool(value) => integer(&BigInt::from(*value), into),
        Value::Integer(value) => integer(value, into),
        Value::Float(value) => float(*value, into),
        Value::Complex { re, im } => {
            float(*re, into);
            if *im != 0.0 {
                into.push(b'j');
                float(*im, into);
            }
        }
        Value::Text(text) => counted(b't', text.as_bytes(), into),
        Value::DateTime(text) => counted(b'd', text.as_bytes(), into),
        Value::Bytes(bytes) => counted(b'b', bytes, into),
        Value::Tuple(items) => {
            into.push(b'(');
            items.iter().try_for_each(|item| write(item, into))?;
            into.push(b')');
        }
        Value::List(_) | Value::Set(_) | Value::Dict(_) => return None,
    }
    Some(())
}

fn integer(value: &BigInt, into: &mut Vec<u8>) {
    counted(b'i', &value.to_signed_bytes_le(), into);
}

fn float(value: f64, into: &mut Vec<u8>) {
    match value.to_bigint() {
        Some(whole) if value.fract() == 0.0 => integer(&whole, into),
        _ => counted(b'f', &value.to_bits().to_le_bytes(), into),
    }
}

fn counted(kind: u8, bytes: &[u8], into: &mut Vec<u8>) {
    into.push(kind);
    into.extend(bytes.len().to_le_bytes());
    into.extend(bytes);
}
