//! JSON as Python's `json.loads` reads it: `NaN` and `Infinity` are numbers, integers have any size, and the last of
//! duplicate keys wins, in the place of the first.

use jiter::{Jiter, NumberAny, NumberInt, Peek};
use num_bigint::BigInt;
use zeroize::Zeroizing;

use super::{equality, literal};
use crate::value::Value;

/// The limit for nested brackets. Python's is its stack, at about 1,000; threads here have smaller stacks. No value from the
/// API is as deep.
const MAX_DEPTH: usize = 200;

impl Value {
    /// The last step of Prefect's `Secret.get()`: parses text and bytes that are JSON, and leaves all else unchanged.
    ///
    /// That includes values on which Python's `json.loads` raises other errors (bytes in no encoding, an integer of more
    /// than 4,300 digits, brackets too deep), and half of a surrogate pair, which it reads.
    #[must_use]
    pub fn loads(self) -> Self {
        match &self {
            Self::Text(text) => loads(text.as_bytes()).unwrap_or(self),
            Self::Bytes(bytes) => loads_bytes(bytes).unwrap_or(self),
            _ => self,
        }
    }
}

/// Python's `json.loads` of text.
pub fn loads(text: &[u8]) -> Option<Value> {
    let mut parser = Jiter::new(text).with_allow_inf_nan();
    let peek = parser.peek().ok()?;
    let value = read(&mut parser, peek, MAX_DEPTH)?;
    parser.finish().ok()?;
    Some(value)
}

/// As [`loads`], of bytes in any of JSON's encodings.
pub fn loads_bytes(bytes: &[u8]) -> Option<Value> {
    loads(decode(bytes)?.as_bytes())
}

/// Whether Python reads the text as JSON, also with halves of surrogate pairs, which Rust's strings can't hold.
pub(super) fn is_json(text: &str) -> bool {
    loads(text.as_bytes()).is_some() || loads(without_halves(text).as_bytes()).is_some()
}

fn read(parser: &mut Jiter<'_>, peek: Peek, depth: usize) -> Option<Value> {
    Some(match peek {
        Peek::Null => {
            parser.known_null().ok()?;
            Value::None
        }
        Peek::True | Peek::False => Value::Bool(parser.known_bool(peek).ok()?),
        Peek::String => Value::from(parser.known_str().ok()?),
        Peek::Array => {
            let depth = depth.checked_sub(1)?;
            let mut items = Vec::new();
            let mut next = parser.known_array().ok()?;
            while let Some(peek) = next {
                items.push(read(parser, peek, depth)?);
                next = parser.array_step().ok()?;
            }
            Value::List(items)
        }
        Peek::Object => {
            let depth = depth.checked_sub(1)?;
            let mut entries = Vec::new();
            let mut next = parser.known_object().ok()?.map(Value::from);
            while let Some(key) = next {
                let peek = parser.peek().ok()?;
                entries.push((key, read(parser, peek, depth)?));
                next = parser.next_key().ok()?.map(Value::from);
            }
            Value::Dict(equality::dict(entries)?)
        }
        _ => match parser.known_number(peek).ok()? {
            NumberAny::Int(NumberInt::Int(value)) => Value::Integer(BigInt::from(value)),
            NumberAny::Int(NumberInt::BigInt(value)) => Value::Integer(value),
            NumberAny::Float(value) => Value::Float(value),
        },
    })
}

/// Decodes as Python's `json.detect_encoding` says.
fn decode(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, []) = bytes.as_chunks() else { return None };
        char::decode_utf16(units.iter().copied().map(unit)).collect::<Result<String, _>>().ok()
    };
    let utf_32 = |bytes: &[u8], unit: fn([u8; 4]) -> u32| {
        let (units, []) = bytes.as_chunks() else { return None };
        units.iter().copied().map(|bytes| char::from_u32(unit(bytes))).collect::<Option<String>>()
    };
    let text = match bytes {
        [0, 0, 0xfe, 0xff, rest @ ..] => utf_32(rest, u32::from_be_bytes),
        [0xff, 0xfe, 0, 0, rest @ ..] => utf_32(rest, u32::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf_8(rest),
        [0, 0, _, _, ..] => utf_32(bytes, u32::from_be_bytes),
        [0, _, _, _, ..] | [0, _] => utf_16(bytes, u16::from_be_bytes),
        [_, 0, 0, 0, ..] => utf_32(bytes, u32::from_le_bytes),
        [_, 0, _, _, ..] | [_, 0] => utf_16(bytes, u16::from_le_bytes),
        _ => utf_8(bytes),
    };
    text.map(Zeroizing::new)
}

fn utf_8(bytes: &[u8]) -> Option<String> {
    str::from_utf8(bytes).ok().map(str::to_owned)
}

/// The text with U+FFFD for each escape of half of a surrogate pair.
fn without_halves(text: &str) -> Zeroizing<String> {
    let mut result = Zeroizing::new(text.to_owned());
    for at in literal::escaped_halves(text).filter(|at| text[*at..].starts_with(r"\u")) {
        result.replace_range(at..at + r"\uFFFD".len(), r"\uFFFD");
    }
    result
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn loads_reads_text_as_python_does() {
        let of = |text: &str| Value::from(text).loads();
        for (text, expected) in [
            (" 42", Value::Integer(42.into())),
            ("1.10", Value::Float(1.1)),
            ("1e400", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
            ("NaN", Value::Float(f64::NAN)),
            ("null", Value::None),
            ("\"1234\"", Value::from("1234")),
        ] {
            assert!(of(text).is_identical(&expected), "{text}");
        }
        for unchanged in ["abc", "007", "\"", "[1,2", "{'a':1}", "", "nan", "True", "1.", "\u{feff}1"] {
            assert_eq!(of(unchanged), Value::from(unchanged), "{unchanged}");
        }
        assert_eq!(of(r#"{"a":1,"b":2,"a":3}"#).to_json().unwrap().to_string(), r#"{"a":3,"b":2}"#);
        let bytes = Value::Bytes(Zeroizing::new(b"[1]".to_vec()));
        assert_eq!(bytes.loads(), Value::List(vec![Value::Integer(1.into())]));
    }

    #[test]
    fn deep_brackets_fit_a_small_stack() {
        let work = || {
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let nested = |depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
                let value = loads(nested(MAX_DEPTH).as_bytes()).unwrap();
                let json = value.to_json().unwrap();
                assert!(value.is_identical(&Value::from_json(json)));
                assert!(value.clone().deserialize::<serde_json::Value>().is_ok());
                assert!(loads(nested(MAX_DEPTH + 1).as_bytes()).is_none());
                assert!(loads(nested(100_000).as_bytes()).is_none());
                assert!(loads(open.repeat(100_000).as_bytes()).is_none());
            }
        };
        thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
    }

    #[test]
    fn encoding_of_bytes_is_detected() {
        let check = |bytes: &[u8]| assert_eq!(loads_bytes(bytes), Some(Value::from("é")), "{bytes:x?}");
        let text = "\"é\"";
        check(text.as_bytes());
        check(&[b"\xef\xbb\xbf", text.as_bytes()].concat());
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let utf_32: Vec<u8> = text.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
        for (width, mark, unmarked) in [(2, &b"\xfe\xff"[..], utf_16), (4, b"\0\0\xfe\xff", utf_32)] {
            for big_endian in [[mark, &unmarked].concat(), unmarked] {
                check(&big_endian);
                let units = big_endian.chunks(width);
                check(&units.flat_map(|unit| unit.iter().rev()).copied().collect::<Vec<u8>>());
            }
        }
        for no in [&b"\xff"[..], b"", b"\"\xed\xa0\x80\"", b"\xff\xfe1"] {
            assert_eq!(loads_bytes(no), None, "{no:x?}");
        }
    }
}
