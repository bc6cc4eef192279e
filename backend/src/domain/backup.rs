//! The content of backups: tables, columns of a few kinds, and rows, of any database and any version of the schema.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use strongroom_shared::Uuid;

use super::clock::{Time, format_time};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Uuid,
    Text,
    Integer,
    Time,
    Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column(pub String, pub Kind);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    /// In the order of a row's fields.
    pub columns: Vec<Column>,
}

/// A field of a row. `Debug` shows none: some are password hashes and ciphertexts.
#[derive(Clone, PartialEq, Eq)]
pub enum Datum {
    Null,
    Uuid(Uuid),
    Text(String),
    Integer(i64),
    Time(Time),
    Bytes(Vec<u8>),
    /// A field of a different kind than its column, which only tampering produces. It is backed up unchanged.
    Odd(Kind, Box<Self>),
}

/// A row: as many fields as its table has columns.
pub type Row = Vec<Datum>;

impl Datum {
    /// Reads the output of `Serialize`; `None` if it is of another kind.
    pub fn from_json(kind: Kind, json: serde_json::Value) -> Option<Self> {
        use serde_json::Value;
        Some(match (kind, json) {
            (_, Value::Null) => Self::Null,
            (Kind::Uuid, Value::String(text)) => Self::Uuid(Uuid::parse_str(&text).ok()?),
            (Kind::Text, Value::String(text)) => Self::Text(text),
            (Kind::Integer, Value::Number(number)) => Self::Integer(number.as_i64()?),
            // Of any year: a store may have times that clients could not send today.
            (Kind::Time, Value::String(text)) => Self::Time(text.parse().ok()?),
            (Kind::Bytes, Value::String(text)) => Self::Bytes(STANDARD_NO_PAD.decode(text).ok()?),
            (_, Value::Object(odd)) => {
                let (kind, json) = odd.into_iter().next()?;
                let kind = serde_json::from_value(kind.into()).ok()?;
                Self::Odd(kind, Box::new(Self::from_json(kind, json)?))
            }
            _ => return None,
        })
    }
}

hide_in_debug!(Datum);

impl Serialize for Datum {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Uuid(id) => to.collect_str(id),
            Self::Text(text) => to.serialize_str(text),
            Self::Integer(number) => to.serialize_i64(*number),
            Self::Time(time) => to.serialize_str(&format_time(*time)),
            Self::Bytes(bytes) => to.serialize_str(&STANDARD_NO_PAD.encode(bytes)),
            Self::Odd(kind, datum) => to.collect_map([(kind, datum)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_back() {
        for (kind, datum) in [
            (Kind::Uuid, Datum::Uuid(Uuid::from_u128(7))),
            (Kind::Text, Datum::Text("\u{1f600} \"quoted\"\n".into())),
            (Kind::Integer, Datum::Integer(i64::MIN)),
            (Kind::Time, Datum::Time(Time::UNIX_EPOCH)),
            (Kind::Time, Datum::Time(Time::MIN_UTC)),
            (Kind::Time, Datum::Time(Time::from_timestamp(327_403_382_400, 0).expect("the year 12345"))),
            (Kind::Bytes, Datum::Bytes(vec![0, 255, 10])),
            (Kind::Bytes, Datum::Bytes(Vec::new())),
            (Kind::Text, Datum::Text(String::new())),
            (Kind::Text, Datum::Null),
            (Kind::Time, Datum::Odd(Kind::Text, Box::new(Datum::Text("yesterday".into())))),
        ] {
            let text = serde_json::to_string(&datum).expect("written");
            let json = serde_json::from_str(&text).expect("JSON");
            assert_eq!(Datum::from_json(kind, json), Some(datum), "{text}");
        }
        assert_eq!(Datum::from_json(Kind::Integer, "7".into()), None);
        assert_eq!(Datum::from_json(Kind::Uuid, "no id".into()), None);
    }
}
