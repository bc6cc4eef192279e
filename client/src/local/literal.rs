//! Python's `ast.literal_eval`, as Python 3.11 has it.
//!
//! Ruff's parser builds the tree, from which this module evaluates numbers with one sign, real ± imaginary, strings,
//! bytes, tuples, lists, dicts, sets, `set()`, `True`, `False`, `None` and `...`. Anything else is `None`: the caller
//! then takes the text unchanged.
//!
//! Untrusted text must not exhaust the stack or take long. So its tokens are checked before it is parsed: tokens that can't
//! be part of a literal, and deeper brackets than Python allows, never reach the parser.

use std::thread;

use num_bigint::BigInt;
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral, Number, Operator, UnaryOp};
use ruff_python_parser::{Mode, lexer, parse_expression};
use zeroize::Zeroizing;

use super::equality;
use crate::value::Value;
use crate::value::text::MAX_DIGITS;

/// Python's `MAXLEVEL`, the limit for nested brackets.
const MAX_BRACKETS: usize = 200;

/// The limit for nested brackets on the caller's stack, which could be small.
const MAX_BRACKETS_HERE: usize = 16;

/// Several times the need of [`MAX_BRACKETS`] in a debug build.
const STACK_SIZE: usize = 32 << 20;

/// Python's `ast.literal_eval`.
pub fn evaluate(text: &str) -> Option<Value> {
    let text = text.trim_start_matches([' ', '\t']);
    // Python refuses NUL and a byte order mark, Ruff does not.
    if text.is_empty() || text.contains('\0') || text.starts_with('\u{feff}') {
        return None;
    }
    if text.contains('\r') {
        let text = Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"));
        evaluate_lines(&text)
    } else {
        evaluate_lines(text)
    }
}

fn evaluate_lines(text: &str) -> Option<Value> {
    if ends_indented(text) {
        return None;
    }
    let brackets = brackets_of_literal(text)?;
    if brackets <= MAX_BRACKETS_HERE {
        return parse(text);
    }
    thread::scope(|scope| {
        let parse = || parse(text);
        thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, parse).ok()?.join().ok()?
    })
}

/// Whether the last line is blank and has no line break: to Python it is then an indented line.
fn ends_indented(text: &str) -> bool {
    text.rsplit_once('\n').is_some_and(|(_, last)| {
        // A form feed resets the indentation.
        let last = last.rsplit('\x0c').next().unwrap_or_default();
        !last.is_empty() && last.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
    })
}

/// The depth of the brackets, if the tokens could be a literal's. Without chains of operators, calls, subscripts and
/// attributes, the parsed tree is hardly deeper.
fn brackets_of_literal(text: &str) -> Option<usize> {
    let mut lexer = lexer::lex(text, Mode::Expression);
    let mut open = 0_usize;
    let mut deepest = 0;
    // For each open bracket, the number of signs since the last bracket, comma or colon: at most two, as in -1+2j.
    let mut signs = vec![0_u8];
    // The last three tokens, without line breaks and comments.
    let mut before = [TokenKind::Comma; 3];
    loop {
        let kind = lexer.next_token();
        if matches!(kind, TokenKind::Newline | TokenKind::NonLogicalNewline | TokenKind::Comment) {
            continue;
        }
        // The only call is `set()`.
        let is_in_call = matches!(before, [.., TokenKind::Name | TokenKind::Rpar, TokenKind::Lpar]);
        if is_in_call && kind != TokenKind::Rpar {
            return None;
        }
        match kind {
            TokenKind::EndOfFile => return Some(deepest),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                // After a complete expression, only a call may follow.
                match before {
                    [.., TokenKind::Lpar, TokenKind::Rpar] => return None,
                    [.., TokenKind::Name | TokenKind::Rpar] if kind == TokenKind::Lpar => {}
                    [.., last] if is_end(last) => return None,
                    _ => {}
                }
                open += 1;
                deepest = deepest.max(open);
                if open > MAX_BRACKETS {
                    return None;
                }
                signs.push(0);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                open = open.checked_sub(1)?;
                signs.pop();
            }
            TokenKind::Comma | TokenKind::Colon => *signs.last_mut()? = 0,
            TokenKind::Plus | TokenKind::Minus => {
                let signs = signs.last_mut()?;
                *signs += 1;
                if *signs > 2 {
                    return None;
                }
            }
            _ if is_end(kind) => {}
            _ => return None,
        }
        before = [before[1], before[2], kind];
    }
}

/// Whether the token can end an expression.
fn is_end(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::True
            | TokenKind::False
            | TokenKind::None
            | TokenKind::Ellipsis
            | TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
    )
}

fn parse(text: &str) -> Option<Value> {
    let parsed = parse_expression(text).ok()?;
    Evaluation { text }.value(parsed.expr())
}

struct Evaluation<'a> {
    text: &'a str,
}

impl Evaluation<'_> {
    /// `_convert` of `literal_eval`.
    fn value(&self, expression: &Expr) -> Option<Value> {
        Some(match expression {
            Expr::NoneLiteral(_) => Value::None,
            Expr::EllipsisLiteral(_) => Value::Ellipsis,
            Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
            Expr::StringLiteral(literal) => self.string(literal)?,
            Expr::BytesLiteral(literal) => Value::Bytes(Zeroizing::new(
                literal.value.iter().flat_map(|part| &part.value[..]).copied().collect(),
            )),
            Expr::Tuple(tuple) => Value::Tuple(self.values(&tuple.elts)?),
            Expr::List(list) => Value::List(self.values(&list.elts)?),
            Expr::Set(set) => Value::Set(equality::set(self.values(&set.elts)?)?),
            Expr::Dict(dict) => {
                let entries = dict.items.iter().map(|item| {
                    let key = item.key.as_ref()?;
                    Some((self.value(key)?, self.value(&item.value)?))
                });
                Value::Dict(equality::dict(entries.collect::<Option<_>>()?)?)
            }
            Expr::Call(call) if is_empty_set(call) => Value::Set(Vec::new()),
            Expr::BinOp(sum) => complex(&self.signed(&sum.left)?, sum.op, &self.number(&sum.right)?)?,
            other => self.signed(other)?,
        })
    }

    fn values(&self, expressions: &[Expr]) -> Option<Vec<Value>> {
        expressions.iter().map(|expression| self.value(expression)).collect()
    }

    /// `_convert_signed_num`.
    fn signed(&self, expression: &Expr) -> Option<Value> {
        match expression {
            Expr::UnaryOp(sign) => match (sign.op, self.number(&sign.operand)?) {
                (UnaryOp::UAdd, number) => Some(number),
                (UnaryOp::USub, Value::Integer(value)) => Some(Value::Integer(-value)),
                (UnaryOp::USub, Value::Float(value)) => Some(Value::Float(-value)),
                (UnaryOp::USub, Value::Complex { re, im }) => Some(Value::Complex { re: -re, im: -im }),
                _ => None,
            },
            other => self.number(other),
        }
    }

    /// `_convert_num`. Evaluates the source text, because Ruff treats integers of more than 64 bits differently.
    fn number(&self, expression: &Expr) -> Option<Value> {
        let Expr::NumberLiteral(literal) = expression else { return None };
        let range = literal.range.start().to_usize()..literal.range.end().to_usize();
        let written = self.text.get(range)?.replace('_', "");
        Some(match literal.value {
            Number::Int(_) => Value::Integer(integer(&written)?),
            Number::Float(_) => Value::Float(written.parse().ok()?),
            Number::Complex { .. } => {
                Value::Complex { re: 0.0, im: written.trim_end_matches(['j', 'J']).parse().ok()? }
            }
        })
    }

    fn string(&self, literal: &ExprStringLiteral) -> Option<Value> {
        let mut text = Zeroizing::new(String::new());
        for part in &literal.value {
            let range = part.range.start().to_usize()..part.range.end().to_usize();
            let source = self.text.get(range)?;
            // Ruff replaces half of a surrogate pair by U+FFFD. Python's strings can hold one, Rust's can't.
            if !is_raw(source) && (has_escaped_half(source) || has_name_in_wrong_case(source)) {
                return None;
            }
            text.push_str(&part.value);
        }
        Some(Value::Text(text))
    }
}

/// A real number plus or minus an imaginary one.
fn complex(left: &Value, operator: Operator, right: &Value) -> Option<Value> {
    let real = match left {
        Value::Integer(value) => to_float(value)?,
        Value::Float(value) => *value,
        _ => return None,
    };
    let Value::Complex { re, im } = right else { return None };
    match operator {
        Operator::Add => Some(Value::Complex { re: real + re, im: 0.0 + im }),
        Operator::Sub => Some(Value::Complex { re: real - re, im: 0.0 - im }),
        _ => None,
    }
}

fn is_empty_set(call: &ExprCall) -> bool {
    call.arguments.args.is_empty()
        && call.arguments.keywords.is_empty()
        && matches!(&*call.func, Expr::Name(name) if name.id == "set")
}

fn integer(written: &str) -> Option<BigInt> {
    let (digits, radix) = match written.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&written[2..], 16),
        [b'0', b'o' | b'O', ..] => (&written[2..], 8),
        [b'0', b'b' | b'B', ..] => (&written[2..], 2),
        _ => (written.trim_start_matches('0'), 10),
    };
    if radix == 10 && digits.len() > MAX_DIGITS {
        return None;
    }
    BigInt::parse_bytes(if digits.is_empty() { b"0" } else { digits.as_bytes() }, radix)
}

fn to_float(value: &BigInt) -> Option<f64> {
    value.to_string().parse().ok().filter(|float: &f64| float.is_finite())
}

/// Whether the source is a raw string, which has no escapes.
fn is_raw(source: &str) -> bool {
    source.split(['\'', '"']).next().unwrap_or_default().contains(['r', 'R'])
}

/// Whether a character is escaped by a computed name that is not in capitals. Python takes other names in any case.
fn has_name_in_wrong_case(source: &str) -> bool {
    let names = escapes(source).filter_map(|(_, escape)| escape.strip_prefix("N{")?.split_once('}'));
    names.map(|(name, _)| (name, name.to_ascii_uppercase())).any(|(name, upper)| {
        name != upper
            && (upper.starts_with("HANGUL SYLLABLE ") || upper.starts_with("CJK UNIFIED IDEOGRAPH-"))
    })
}

/// The offset of each backslash that begins an escape, and the text after it.
fn escapes(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + source[at..].find('\\')?;
        let escape = &source[start + 1..];
        at = start + 1 + escape.chars().next().map_or(0, char::len_utf8);
        Some((start, escape))
    })
}

/// The offsets of escapes for half of a surrogate pair.
pub(super) fn escaped_halves(text: &str) -> impl Iterator<Item = usize> {
    let is_half = |escape: &str| {
        let digits = match escape.as_bytes().first() {
            Some(b'u') => escape.get(1..5),
            Some(b'U') => escape.get(1..9),
            _ => None,
        };
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        code.is_some_and(|code| (0xd800..0xe000).contains(&code))
    };
    escapes(text).filter(move |(_, escape)| is_half(escape)).map(|(at, _)| at)
}

pub(super) fn has_escaped_half(text: &str) -> bool {
    escaped_halves(text).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::text;

    /// Checks Python's `repr` of a source; `no` if it is not a literal.
    fn check(source: &str, expected: &str) {
        let found = evaluate(source).map(|value| text::repr(&value).unwrap().to_string());
        assert_eq!(found.as_deref().unwrap_or("no"), expected, "{source:?}");
    }

    /// Checks cases of the form `source => repr`.
    fn check_all<const N: usize>(cases: [&str; N]) {
        for (source, expected) in cases.map(|case| case.split_once(" => ").unwrap()) {
            check(source, expected);
        }
    }

    fn check_refused<const N: usize>(sources: [&str; N]) {
        for source in sources {
            check(source, "no");
        }
    }

    #[test]
    fn numbers_are_read_as_in_python() {
        check_all([
            "42 => 42", " \t42  => 42", "-5 => -5", "- 5 => -5", "+5 => 5", "(-(5)) => -5", "0x1F => 31",
            "0X_f => 15", "0o17 => 15", "0b101 => 5", "1_000 => 1000", "00 => 0", "1e5 => 100000.0",
            "1_0.0_1e0_1 => 100.1", "123e4567 => inf", ".5 => 0.5", "5. => 5.0", "07.5 => 7.5",
            "1+2j => (1+2j)", "-1-2j => (-1-2j)", "-1j => (-0-1j)", "1-0j => (1+0j)", "07j => 7j",
        ]);
        check("123456789012345678901234567890", "123456789012345678901234567890");
        check("0xffffffffffffffffffff", "1208925819614629174706175");
        check_refused([
            "042", "1__0", "1_", "--5", "-True", "~5", "1+2", "1+-2j", "2j+1", "True+1j", "1e", "0x", "1 2",
            "1;",
        ]);
        check(&"1".repeat(4300), &"1".repeat(4300));
        check(&"1".repeat(4301), "no");
        check(&"0".repeat(5000), "0");
        check(&format!("1{}+1j", "0".repeat(400)), "no");
    }

    #[test]
    fn text_and_bytes_are_read_as_in_python() {
        check_all([
            "'a' => 'a'",
            r"'\x41\u0042\U00000043\104\n\
' => 'ABCD\n'",
            "u'a' \"b\" '''c\nd''' => 'abc\\nd'",
            r"'\400\d\8' => 'Ā\\d\\8'",
            r"'\N{BULLET}\N{bullet}\N{LF}' => '••\n'",
            r"'\N{HANGUL SYLLABLE GA}\N{CJK UNIFIED IDEOGRAPH-4E00}' => '가一'",
            r"'\N{hangul syllable ga}' => no",
            r"'\N{CJK UNIFIED IDEOGRAPH-4e00}' => no",
            r"r'\x41' => '\\x41'",
            r"b'\x00\400A' => b'\x00\x00A'",
            "Rb'a' b'b' => b'ab'",
            "'''a\rb\r\nc''' => 'a\\nb\\nc'",
        ]);
        check_refused([
            "f'a'", "'a' f'b'", "'a' b'b'", "b'é'", r"'\x4'", r"'\u12'", r"'\U00110000'", r"'\N{NOTHING}'",
            "'a\nb'", "'a", "ur'a'", r"r'\'", "'a'.b", "'a'[0]", "t'a'",
        ]);
    }

    #[test]
    fn half_of_a_surrogate_pair_is_refused() {
        check_refused([r"'\ud800'", r"'\U0000dfff'", r"['x', '\ud83d\ude00']"]);
        check_all([r"'\\ud800�' => '\\ud800�'", r"r'\ud800�' => '\\ud800�'", r"'\ufffd' => '�'"]);
    }

    #[test]
    fn containers_are_read_as_in_python() {
        check_all([
            "[1, 'b'] => [1, 'b']", "(1, 2) => (1, 2)", "1, => (1,)", "1, 2 => (1, 2)", "() => ()",
            "set() => set()", "(set)( ) => set()",
        ]);
        check("{1, True, 1.0, 2}", "{1, 2}");
        check("[(\n1, # one\n2)]", "[(1, 2)]");
        check("{'a': 1, 'b': 2, 'a': 3}", "{'a': 3, 'b': 2}");
        check("{1: 'a', True: 'b', 1.0: 'c', (1+0j): 'd'}", "{1: 'd'}");
        check("{(): 1, (1, 'a'): None}", "{(): 1, (1, 'a'): None}");
        check("[True, False, None, ...]", "[True, False, None, Ellipsis]");
        check_refused([
            "{[]: 1}", "{[]}", "{{}}", "{([],)}", "{**{}}", "[*[]]", "*[],", "set(1)", "set()()", "dict()",
            "[1", "1]", "[,]", "{1: 2, 3}", "{a: 1}", "true", "null", "[x for x in []]", "lambda: 1",
            "not 1", "1 if 1 else 2", "1 < 2", "a.b",
        ]);
    }

    #[test]
    fn line_breaks_and_comments_are_read_as_in_python() {
        check_all([
            "\n1 => 1", "1\n#x => 1", "1 # x => 1", "\\\n1 => 1", "1\\\n+2j => (1+2j)", "\x0c1 => 1",
            "1\r => 1",
        ]);
        check_refused([
            "\n 1", "1\n\n  ", "1\n2", "'a'\n'b'", "", "  ", "\n", "#1", "1\\", "\u{feff}1", "'\0'",
            "\u{a0}1", "\u{b}1",
        ]);
    }

    #[test]
    fn literals_fit_a_small_stack() {
        let work = || {
            for depth in [MAX_BRACKETS_HERE, MAX_BRACKETS] {
                for (open, close) in [("[", "]"), ("(", ",)"), ("{1:", "}"), ("(", ")")] {
                    let value = evaluate(&format!("{}1{}", open.repeat(depth), close.repeat(depth))).unwrap();
                    assert!(text::repr(&value.clone()).is_ok());
                }
            }
        };
        thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
    }

    #[test]
    fn hostile_text_exhausts_nothing() {
        let chains = [
            "-", "not ", "+", "~", "1+", "1-", "1**", "a.", "1 if 1 else ", "lambda:", "a[", "set()",
            "(set)", "f'{",
        ];
        for brackets in ["[", "(", "{", "{1:", "[[1,", "((1),"].into_iter().chain(chains) {
            assert!(evaluate(&brackets.repeat(100_000)).is_none());
            assert!(evaluate(&format!("{}1", brackets.repeat(100_000))).is_none());
        }
        for (open, close) in [("[", "]"), ("(", ")"), ("{1:", "}"), ("(", ",)")] {
            let nested = |depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(evaluate(&nested(200)).is_some(), "{open}");
            assert!(evaluate(&nested(201)).is_none(), "{open}");
            assert!(evaluate(&nested(100_000)).is_none(), "{open}");
        }
        assert!(evaluate(&"1,".repeat(100_000)).is_some());
        assert!(evaluate(&"'a' ".repeat(100_000)).is_some());
        assert!(evaluate(&format!("'{}'", "[".repeat(100_000))).is_some());
        assert!(evaluate(&"()".repeat(100_000)).is_none());
    }
}
