//! JSON as Python's `json.loads` reads it: `NaN` and `Infinity` are numbers, integers have any size, order is kept, and
//! of two entries with one key the last counts, in the first one's place.

use jiter::{Jiter, NumberAny, NumberInt, Peek};
use num_bigint::BigInt;
use zeroize::Zeroizing;

use super::equality;
use crate::value::Value;

/// How deep brackets may be. Python stops where its stack does, at about 1,000 less what the program itself has on it;
/// threads here have smaller stacks. No value of the API's is as deep.
const MAX_DEPTH: usize = 200;

impl Value {
    /// What Prefect's `Secret.get()` does last: text or bytes that are JSON become what they say; all else stays.
    ///
    /// Where Python's `json.loads` fails with more than "not JSON" (bytes in no encoding, an integer of more than 4,300
    /// digits, brackets too deep), or reads half a surrogate pair, the value stays too.
    #[must_use]
    pub fn loads(self) -> Self {
        match &self {
            Self::Text(text) => loads(text.as_bytes()).unwrap_or(self),
            Self::Bytes(bytes) => loads_bytes(bytes).unwrap_or(self),
            _ => self,
        }
    }
}

/// What the text says, if it is JSON.
pub(crate) fn loads(text: &[u8]) -> Option<Value> {
    let mut parser = Jiter::new(text).with_allow_inf_nan();
    let peek = parser.peek().ok()?;
    let value = read(&mut parser, peek, MAX_DEPTH)?;
    parser.finish().ok()?;
    Some(value)
}

/// The same of bytes, whose encoding JSON tells by the first four.
pub(crate) fn loads_bytes(bytes: &[u8]) -> Option<Value> {
    loads(decode(bytes)?.as_bytes())
}

/// Whether Python reads the text as JSON, half surrogate pairs included, which no text of ours can hold.
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

/// Python's `json.detect_encoding`, and the decoding.
fn decode(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        if !bytes.len().is_multiple_of(2) {
            return None;
        }
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let utf_32 = |bytes: &[u8], unit: fn([u8; 4]) -> u32| {
        if !bytes.len().is_multiple_of(4) {
            return None;
        }
        bytes.chunks_exact(4).map(|four| char::from_u32(unit([four[0], four[1], four[2], four[3]]))).collect()
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

/// The text with U+FFFD for each half of a surrogate pair that is written as an escape.
fn without_halves(text: &str) -> Zeroizing<String> {
    let mut result = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        result.push_str(before);
        let bytes = escape.as_bytes();
        let half = bytes.len() >= 6
            && bytes[1] == b'u'
            && matches!(bytes[2], b'd' | b'D')
            && matches!(bytes[3], b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F')
            && bytes[4].is_ascii_hexdigit()
            && bytes[5].is_ascii_hexdigit();
        if half {
            result.push_str("\\uFFFD");
            rest = &escape[6..];
        } else {
            let length = 1 + escape[1..].chars().next().map_or(0, char::len_utf8);
            result.push_str(&escape[..length]);
            rest = &escape[length..];
        }
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn loads_reads_text_as_python_does() {
        let of = |text: &str| Value::from(text).loads();
        assert_eq!(of("42"), Value::Integer(42.into()));
        assert_eq!(of(" 42"), Value::Integer(42.into()));
        assert_eq!(of("1.10"), Value::Float(1.1));
        assert_eq!(of("1e400"), Value::Float(f64::INFINITY));
        assert_eq!(of("-Infinity"), Value::Float(f64::NEG_INFINITY));
        assert!(of("NaN").is_identical(&Value::Float(f64::NAN)));
        assert_eq!(of("null"), Value::None);
        assert_eq!(of("\"1234\""), Value::from("1234"));
        for unchanged in ["abc", "007", "\"", "[1,2", "{'a':1}", "", "nan", "True", "1.", "\u{feff}1"] {
            assert_eq!(of(unchanged), Value::from(unchanged), "{unchanged}");
        }
        assert_eq!(of(r#"{"a":1,"b":2,"a":3}"#).to_json().unwrap().to_string(), r#"{"a":3,"b":2}"#);
        assert_eq!(
            Value::Bytes(Zeroizing::new(b"[1]".to_vec())).loads(),
            Value::List(vec![Value::Integer(1.into())])
        );
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
    fn bytes_tell_their_encoding() {
        let check = |bytes: &[u8]| assert_eq!(loads_bytes(bytes), Some(Value::from("é")), "{bytes:x?}");
        let with = |wide: fn(u16) -> Vec<u8>| "\"é\"".encode_utf16().flat_map(wide).collect::<Vec<u8>>();
        let marked = |mark: &[u8], text: Vec<u8>| [mark, &text].concat();
        check("\"é\"".as_bytes());
        check(&marked(b"\xef\xbb\xbf", "\"é\"".as_bytes().to_vec()));
        for big in
            [with(|unit| unit.to_be_bytes().to_vec()), with(|unit| u32::from(unit).to_be_bytes().to_vec())]
        {
            check(&big);
            let little: Vec<u8> = if big.len() == 6 {
                big.chunks(2).flat_map(|unit| unit.iter().rev().copied()).collect()
            } else {
                big.chunks(4).flat_map(|unit| unit.iter().rev().copied()).collect()
            };
            check(&little);
            let mark: &[u8] = if big.len() == 6 { b"\xfe\xff" } else { b"\0\0\xfe\xff" };
            check(&marked(mark, big));
            check(&marked(&mark.iter().rev().copied().collect::<Vec<_>>(), little));
        }
        for no in [&b"\xff"[..], b"", b"\"\xed\xa0\x80\"", b"\xff\xfe1"] {
            assert_eq!(loads_bytes(no), None, "{no:x?}");
        }
    }
}
