//! When two values are one key to Python: `1 == 1.0 == True`, and lists, dicts and sets are no keys.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use num_bigint::{BigInt, ToBigInt};
use zeroize::Zeroize;

use crate::value::Value;

/// A dict of these entries: of two with one key the last value counts, in the first one's place and with its key. `None`
/// when something in it can't be a key.
pub(super) fn dict(entries: Vec<(Value, Value)>) -> Option<Vec<(Value, Value)>> {
    let mut places: HashMap<Vec<u8>, usize> = HashMap::with_capacity(entries.len());
    let mut result: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match places.entry(identity(&key)?) {
            Entry::Occupied(place) => {
                result[*place.get()].1 = value;
            }
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

/// A set of these items, each once.
pub(super) fn set(items: Vec<Value>) -> Option<Vec<Value>> {
    let entries = dict(items.into_iter().map(|item| (item, Value::None)).collect())?;
    Some(entries.into_iter().map(|(item, _)| item).collect())
}

/// Bytes that are the same when Python finds two values equal; `None` for what has no hash.
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
            for item in items {
                write(item, into)?;
            }
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
