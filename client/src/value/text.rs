//! Python's `str` and `repr` of a value, for references within longer texts.

use std::fmt::Write;

use zeroize::Zeroizing;

use super::Value;

/// Python's limit on the digits of a decimal integer.
pub(crate) const MAX_DIGITS: usize = 4300;

/// Python can't write an integer of more than 4,300 digits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyDigits;

/// Python's `str(value)`.
pub(crate) fn str(value: &Value) -> Result<Zeroizing<String>, TooManyDigits> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        Value::DateTime(text) => Ok(Zeroizing::new(date_time(text))),
        _ => repr(value),
    }
}

/// Python's `repr(value)`.
pub(crate) fn repr(value: &Value) -> Result<Zeroizing<String>, TooManyDigits> {
    let mut text = Zeroizing::new(String::new());
    write_value(value, &mut text)?;
    Ok(text)
}

/// Python's `repr` of text.
pub(crate) fn quote(text: &str) -> Zeroizing<String> {
    let mut into = Zeroizing::new(String::with_capacity(text.len() + 2));
    quote_into(text, &mut into);
    into
}

fn write_value(value: &Value, into: &mut String) -> Result<(), TooManyDigits> {
    match value {
        Value::None => into.push_str("None"),
        Value::Bool(true) => into.push_str("True"),
        Value::Bool(false) => into.push_str("False"),
        Value::Ellipsis => into.push_str("Ellipsis"),
        Value::Integer(value) => {
            let digits = value.to_string();
            if digits.trim_start_matches('-').len() > MAX_DIGITS {
                return Err(TooManyDigits);
            }
            into.push_str(&digits);
        }
        Value::Float(value) => into.push_str(&float(*value, ".0")),
        Value::Complex { re, im } => complex(*re, *im, into),
        Value::Text(text) => quote_into(text, into),
        Value::DateTime(text) => into.push_str(&date_time(text)),
        Value::Bytes(bytes) => quote_bytes_into(bytes, into),
        Value::List(items) => write_all('[', items, "]", into)?,
        Value::Tuple(items) => write_all('(', items, if items.len() == 1 { ",)" } else { ")" }, into)?,
        Value::Set(items) if items.is_empty() => into.push_str("set()"),
        Value::Set(items) => write_all('{', items, "}", into)?,
        Value::Dict(entries) => {
            into.push('{');
            for (place, (key, value)) in entries.iter().enumerate() {
                if place > 0 {
                    into.push_str(", ");
                }
                write_value(key, into)?;
                into.push_str(": ");
                write_value(value, into)?;
            }
            into.push('}');
        }
    }
    Ok(())
}

fn write_all(open: char, items: &[Value], close: &str, into: &mut String) -> Result<(), TooManyDigits> {
    into.push(open);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            into.push_str(", ");
        }
        write_value(item, into)?;
    }
    into.push_str(close);
    Ok(())
}

/// The shortest digits that read as the same number, with the suffix `whole` if it has no fraction.
fn float(value: f64, whole: &str) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        if plain.contains('.') { plain } else { plain + whole }
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
    }
}

fn complex(re: f64, im: f64, into: &mut String) {
    let (real, imaginary) = (float(re, ""), float(im, ""));
    let plus = if imaginary.starts_with('-') { "" } else { "+" };
    // Writing to a string can't fail.
    let _ = if re == 0.0 && re.is_sign_positive() {
        write!(into, "{imaginary}j")
    } else {
        write!(into, "({real}{plus}{imaginary}j)")
    };
}

/// ISO 8601 as Python's `str` has it: a space between date and time, and no `Z`.
fn date_time(text: &str) -> String {
    text.replacen('T', " ", 1).replacen('Z', "+00:00", 1)
}

fn quote_into(text: &str, into: &mut String) {
    let mark = mark(text.contains('\''), text.contains('"'));
    into.push(mark);
    for character in text.chars() {
        quote_character(character, mark, is_printable(character), into);
    }
    into.push(mark);
}

fn quote_bytes_into(bytes: &[u8], into: &mut String) {
    let mark = mark(bytes.contains(&b'\''), bytes.contains(&b'"'));
    into.extend(['b', mark]);
    for &byte in bytes {
        quote_character(char::from(byte), mark, matches!(byte, b' '..=b'~'), into);
    }
    into.push(mark);
}

/// Whether Python shows the character unchanged. Rust escapes the same characters, apart from those that a newer Unicode
/// version added.
fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // Behind a letter, because Rust escapes a combining character at the start of a text.
    String::from_iter(['a', character]).escape_debug().count() == 2
}

/// The quotation mark around text that contains such marks.
const fn mark(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

fn quote_character(character: char, mark: char, is_printable: bool, into: &mut String) {
    match character {
        '\n' => into.push_str("\\n"),
        '\r' => into.push_str("\\r"),
        '\t' => into.push_str("\\t"),
        _ if character == mark || character == '\\' => into.extend(['\\', character]),
        _ if is_printable => into.push(character),
        _ => escape(u32::from(character), into),
    }
}

fn escape(code: u32, into: &mut String) {
    let _ = match code {
        0..=0xff => write!(into, "\\x{code:02x}"),
        0x100..=0xffff => write!(into, "\\u{code:04x}"),
        _ => write!(into, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_python() {
        for text in [
            "0.1", "1.0", "-0.0", "1000000000000000.0", "1e+16", "1.5e+300", "0.0001", "1e-05", "1.25e-07",
            "inf", "nan", "123456789.125", "5e-324",
        ] {
            assert_eq!(float(text.parse().unwrap(), ".0"), text);
        }
    }

    #[test]
    fn text_is_quoted_as_in_python() {
        for (text, expected) in [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("\"it's\"", "'\"it\\'s\"'"),
            ("\\\n\t\r\0\x7f", "'\\\\\\n\\t\\r\\x00\\x7f'"),
            ("é\u{a0}\u{200b}\u{1f600}\u{e000}\u{10ffff}", "'é\\xa0\\u200b😀\\ue000\\U0010ffff'"),
        ] {
            assert_eq!(quote(text).as_str(), expected);
        }
    }
}
