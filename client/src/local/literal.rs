//! Python's `ast.literal_eval`, as Python 3.11 has it.
//!
//! Ruff's parser makes the tree, and what stands here makes a value of it: numbers with one sign, real ± imaginary,
//! text, bytes, tuples, lists, dicts, sets, `set()`, `True`, `False`, `None` and `...`. Anything else is no literal, for
//! whatever reason: whoever asks takes the text as it is then, so no reason is given.
//!
//! Text from outside must neither exhaust the stack nor take long. So its tokens are looked at before it is parsed: what
//! can't be part of a literal, or nests deeper than Python allows, does not get to the parser.

use std::thread;

use num_bigint::BigInt;
use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, ExprCall, ExprNumberLiteral, ExprStringLiteral, Number, Operator, UnaryOp};
use ruff_python_parser::{Mode, lexer, parse_expression};
use zeroize::Zeroizing;

use super::equality;
use super::text::MAX_DIGITS;
use crate::value::Value;

/// Python's `MAXLEVEL`: how many brackets may be open.
const MAX_BRACKETS: usize = 200;

/// How many brackets may be open before a stack of known size is used. The caller's could be small.
const MAX_BRACKETS_HERE: usize = 16;

/// Enough for [`MAX_BRACKETS`] without optimisation, several times over.
const STACK_SIZE: usize = 32 << 20;

pub(crate) fn evaluate(text: &str) -> Option<Value> {
    let text = text.trim_start_matches([' ', '\t']);
    // Python refuses NUL, and a byte order mark in what is text already; Ruff passes them.
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

/// Whether the last line has nothing but blanks, and no end: to Python that is an indented line.
fn ends_indented(text: &str) -> bool {
    text.rsplit_once('\n').is_some_and(|(_, last)| {
        // A form feed starts the line anew.
        let last = last.rsplit('\x0c').next().unwrap_or_default();
        !last.is_empty() && last.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
    })
}

/// How many brackets are open at most, if the tokens could be a literal's.
///
/// With what is refused here, the parsed tree is as deep as the brackets are, and a little more: no chains of operators,
/// calls, subscripts or attributes.
fn brackets_of_literal(text: &str) -> Option<usize> {
    let mut lexer = lexer::lex(text, Mode::Expression);
    let mut open = 0_usize;
    let mut deepest = 0;
    // For each open bracket, the signs since it or the last comma or colon: a literal has two, as in -1+2j.
    let mut signs = vec![0_u8];
    // The last three tokens, without line ends and comments.
    let mut before = [TokenKind::Comma; 3];
    loop {
        let kind = lexer.next_token();
        if matches!(kind, TokenKind::Newline | TokenKind::NonLogicalNewline | TokenKind::Comment) {
            continue;
        }
        // The only call is that of `set`, with nothing in its brackets.
        if matches!(before, [.., TokenKind::Name | TokenKind::Rpar, TokenKind::Lpar])
            && kind != TokenKind::Rpar
        {
            return None;
        }
        match kind {
            TokenKind::EndOfFile => return Some(deepest),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                // After something that is whole, no bracket but that of a call.
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

/// Whether the token is a part of a literal, or ends one.
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

    /// `_convert_num`.
    fn number(&self, expression: &Expr) -> Option<Value> {
        let Expr::NumberLiteral(literal) = expression else {
            return None;
        };
        let written = self.written(literal);
        Some(match literal.value {
            Number::Int(_) => Value::Integer(integer(&written)?),
            Number::Float(_) => Value::Float(written.parse().ok()?),
            Number::Complex { .. } => {
                Value::Complex { re: 0.0, im: written.trim_end_matches(['j', 'J']).parse().ok()? }
            }
        })
    }

    /// A number's own text: Ruff keeps 64 bits of an integer apart from the others.
    fn written(&self, literal: &ExprNumberLiteral) -> String {
        let range = literal.range.start().to_usize()..literal.range.end().to_usize();
        self.text.get(range).unwrap_or_default().replace('_', "")
    }

    fn string(&self, literal: &ExprStringLiteral) -> Option<Value> {
        let mut text = Zeroizing::new(String::new());
        for part in &literal.value {
            let range = part.range.start().to_usize()..part.range.end().to_usize();
            let source = self.text.get(range)?;
            if source.contains('\\') && !is_raw(source) {
                // Ruff puts U+FFFD for half of a surrogate pair. Python's text can hold one, ours can't.
                if has_escaped_half(source) || has_name_in_wrong_case(source) {
                    return None;
                }
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
    let Value::Complex { re, im } = right else {
        return None;
    };
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

/// Whether the source of a string says that its backslashes are no escapes.
fn is_raw(source: &str) -> bool {
    source.split(['\'', '"']).next().unwrap_or_default().contains(['r', 'R'])
}

/// Whether a character is called by a computed name that is not all capitals. Python takes other names in any case.
fn has_name_in_wrong_case(source: &str) -> bool {
    escapes(source).any(|escape| {
        let name =
            escape.strip_prefix("N{").and_then(|rest| rest.split_once('}')).map_or("", |(name, _)| name);
        let upper = name.to_ascii_uppercase();
        name != upper
            && (upper.starts_with("HANGUL SYLLABLE ") || upper.starts_with("CJK UNIFIED IDEOGRAPH-"))
    })
}

/// What comes after each backslash that begins an escape.
fn escapes(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = source;
    std::iter::from_fn(move || {
        let escape = &rest[rest.find('\\')? + 1..];
        rest = &escape[escape.chars().next().map_or(0, char::len_utf8)..];
        Some(escape)
    })
}

/// Whether there is an escape for half of a surrogate pair in the text.
pub(super) fn has_escaped_half(text: &str) -> bool {
    escapes(text).any(|escape| {
        let digits = match escape.as_bytes().first() {
            Some(b'u') => escape.get(1..5),
            Some(b'U') => escape.get(1..9),
            _ => None,
        };
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        code.is_some_and(|code| (0xd800..0xe000).contains(&code))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::text;

    /// What Python's `repr` says of it, or that it is no literal.
    fn check(source: &str, expected: &str) {
        let found = evaluate(source).map(|value| text::repr(&value).unwrap().to_string());
        assert_eq!(found.as_deref().unwrap_or("no"), expected, "{source:?}");
    }

    #[test]
    fn numbers() {
        check("42", "42");
        check(" \t42 ", "42");
        check("-5", "-5");
        check("- 5", "-5");
        check("+5", "5");
        check("(-(5))", "-5");
        check("0x1F", "31");
        check("0X_f", "15");
        check("0o17", "15");
        check("0b101", "5");
        check("1_000", "1000");
        check("00", "0");
        check("1e5", "100000.0");
        check("1_0.0_1e0_1", "100.1");
        check("123e4567", "inf");
        check(".5", "0.5");
        check("5.", "5.0");
        check("07.5", "7.5");
        check("1+2j", "(1+2j)");
        check("-1-2j", "(-1-2j)");
        check("-1j", "(-0-1j)");
        check("1-0j", "(1+0j)");
        check("07j", "7j");
        check("123456789012345678901234567890", "123456789012345678901234567890");
        check("0xffffffffffffffffffff", "1208925819614629174706175");
        for no in [
            "042", "1__0", "1_", "--5", "-True", "~5", "1+2", "1+-2j", "2j+1", "True+1j", "1e", "0x", "1 2",
            "1;",
        ] {
            check(no, "no");
        }
        check(&"1".repeat(4300), &"1".repeat(4300));
        check(&"1".repeat(4301), "no");
        check(&"0".repeat(5000), "0");
        check(&format!("1{}+1j", "0".repeat(400)), "no");
    }

    #[test]
    fn text_and_bytes() {
        check("'a'", "'a'");
        check("u'a' \"b\" '''c\nd'''", r"'abc\nd'");
        check(
            r"'\x41\u0042\U00000043\104\n\
'",
            r"'ABCD\n'",
        );
        check(r"'\400\d\8'", r"'Ā\\d\\8'");
        check(r"'\N{BULLET}\N{bullet}\N{LF}'", r"'••\n'");
        check(r"'\N{HANGUL SYLLABLE GA}\N{CJK UNIFIED IDEOGRAPH-4E00}'", "'가一'");
        check(r"'\N{hangul syllable ga}'", "no");
        check(r"'\N{CJK UNIFIED IDEOGRAPH-4e00}'", "no");
        check(r"r'\x41'", r"'\\x41'");
        check(r"b'\x00\400A'", r"b'\x00\x00A'");
        check("Rb'a' b'b'", "b'ab'");
        check("'''a\rb\r\nc'''", r"'a\nb\nc'");
        for no in [
            "f'a'", "'a' f'b'", "'a' b'b'", "b'é'", r"'\x4'", r"'\u12'", r"'\U00110000'", r"'\N{NOTHING}'",
            "'a\nb'", "'a", "ur'a'", r"r'\'", "'a'.b", "'a'[0]", "t'a'",
        ] {
            check(no, "no");
        }
    }

    #[test]
    fn half_of_a_surrogate_pair_makes_it_no_literal() {
        check(r"'\ud800'", "no");
        check(r"'\U0000dfff'", "no");
        check(r"['x', '\ud83d\ude00']", "no");
        check(r"'\\ud800�'", r"'\\ud800�'");
        check(r"r'\ud800�'", r"'\\ud800�'");
        check(r"'\ufffd'", "'�'");
    }

    #[test]
    fn containers() {
        check("[1, 'b']", "[1, 'b']");
        check("(1, 2)", "(1, 2)");
        check("1,", "(1,)");
        check("1, 2", "(1, 2)");
        check("()", "()");
        check("{1, True, 1.0, 2}", "{1, 2}");
        check("set()", "set()");
        check("(set)( )", "set()");
        check("{'a': 1, 'b': 2, 'a': 3}", "{'a': 3, 'b': 2}");
        check("{1: 'a', True: 'b', 1.0: 'c', (1+0j): 'd'}", "{1: 'd'}");
        check("{(): 1, (1, 'a'): None}", "{(): 1, (1, 'a'): None}");
        check("[(\n1, # one\n2)]", "[(1, 2)]");
        check("[True, False, None, ...]", "[True, False, None, Ellipsis]");
        for no in [
            "{[]: 1}", "{[]}", "{{}}", "{([],)}", "{**{}}", "[*[]]", "*[],", "set(1)", "set()()", "dict()",
            "[1", "1]", "[,]", "{1: 2, 3}", "{a: 1}", "true", "null", "[x for x in []]", "lambda: 1",
            "not 1", "1 if 1 else 2", "1 < 2", "a.b",
        ] {
            check(no, "no");
        }
    }

    #[test]
    fn lines() {
        check("\n1", "1");
        check("1\n#x", "1");
        check("1 # x", "1");
        check("\\\n1", "1");
        check("1\\\n+2j", "(1+2j)");
        check("\x0c1", "1");
        check("1\r", "1");
        for no in [
            "\n 1", "1\n\n  ", "1\n2", "'a'\n'b'", "", "  ", "\n", "#1", "1\\", "\u{feff}1", "'\0'",
            "\u{a0}1", "\u{b}1",
        ] {
            check(no, "no");
        }
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
