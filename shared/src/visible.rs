//! Invisible characters and lookalikes in names and descriptions. The server checks new names; the page and the command
//! line reveal them in every name that they show.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

/// Lookalikes of ASCII characters: each word begins with one, and its lookalikes follow. From Unicode's table of
/// confusable characters (UTS #39), for scripts with Latin lookalikes; the whole table would be a large part of the page.
const LOOKALIKES: &str = "
    -˗‐‒–⁃−➖ .ꓸ꘎ /⁄∕╱⧸ 2ƧϨꙄꝚ 3ƷȜЗӠՅⲜⳄⳌꝪꞫ 4Ꮞꮞ 5Ƽ 6ϬбᏮⳒⳓⳜꮾ 7ᲄ 8Ȣȣ 9ⳊⳋꝮꝯ :ː˸։∶ꓽ꞉ AΑАᎪꓮ BΒВᏴⲂꓐꞴ CϹСᏟⲤꓚ DᎠꓓ
    EΕЕᎬꓰ FϜꓝꞘ GԌᏀᏳꓖ HΗНᎻⲎꓧ JͿЈᎫꓙꞲ KΚКᏦⲔꓗ LᏞⳐꓡ MΜϺМᎷⲘꓟ NΝⲚꓠ OΟОՕⲞꓳ PΡРᏢⲢⳎꓑ QԚ RƦɌᎡᏒꓣ SЅՏᏕᏚꓢ TΤТᎢⲦꓔ UՍꓴ
    VѴᏙꓦ WԜᎳᏔꓪ XΧХⲬꓫꞳ YΥУҮᎩᎽⲨꓬ ZΖᏃⱫⲌꓜ _ˍߺ aɑαаꭤ bƄЬᏏ cϲсᲃᴄⲥꮯ dԁᏧꓒ eеҽꬲ fƒʄքẝꞙꬵ gƍɡցᶃ hҺһհᏂ iıɩɪιіւᎥⲓꙇꭵ
    jȷϳјյ lƖǀΙІӀӏⲒꓲꞁꞮꟾ nոռ oοσϭоօᲂᴏᴑⲟꬽ pþƿρϸрⲣⳏ qԛգզ rгᴦⲅꭇꭈꮁ sƽѕꜱꮪ uʋυսᴜꞟꭎꭒ vνѵᴠꮩ wɯшѡԝաᴡⲽꟺꮃꮤ xх
    yɣʏγуүᶌỿⲩꭚ zᴢⱬⲍꮓ";

/// Replaces the invisible characters of `text` by their codes, `DB‹U+200B›_URL`, and those that control a terminal or
/// change the writing direction. Line breaks and tabs stay.
pub fn shown(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    let is_spelt =
        |character: char, hidden: bool| hidden || character.is_control() && !matches!(character, '\n' | '\t');
    if text.bytes().all(is_plain) || !characters(text).any(|(character, hidden)| is_spelt(character, hidden))
    {
        return Cow::Borrowed(text);
    }
    Cow::Owned(spell(characters(text).map(|(character, hidden)| (character, is_spelt(character, hidden)))))
}

/// Whether the first or the last character of `text` is invisible.
pub fn has_hidden_end(text: &str) -> bool {
    let mut hidden = characters(text).map(|(_, hidden)| hidden);
    hidden.next() == Some(true) || hidden.last() == Some(true)
}

/// The invisible characters of `text`.
pub fn hidden(text: &str) -> impl Iterator<Item = char> {
    characters(text).filter_map(|(character, hidden)| hidden.then_some(character))
}

/// Replaces all non-ASCII characters of `text` by their codes, to show how two lookalikes differ.
pub fn spelt(text: &str) -> String {
    spell(text.chars().map(|character| (character, !matches!(character, ' '..='~'))))
}

/// Tests whether other texts look like this one but differ: see [`look`]. Fonts for names distinguish ASCII lookalikes,
/// such as `l` and `1`.
pub fn twins_of<'text>(
    text: &'text str,
    nfkd: impl Fn(&str) -> String + 'text,
) -> impl Fn(&str) -> bool + 'text {
    let seen = look(text, &nfkd);
    move |other: &str| other != text && !(text.is_ascii() && other.is_ascii()) && look(other, &nfkd) == seen
}

/// Reduces a text to its look: lookalikes become one character, invisible ones vanish. `nfkd` normalises to NFKD; the
/// browser has that built in, so the page need not ship the tables.
pub fn look(text: &str, nfkd: impl Fn(&str) -> String) -> String {
    let seen = if text.is_ascii() {
        text.to_owned()
    } else {
        // NFKD turns some letters into others that look different: ϲ into ς.
        let seen = text.chars().filter(|character| character.is_whitespace() || !is_invisible(*character));
        nfkd(&seen.map(lookalike).collect::<String>())
    };
    let mut look = String::with_capacity(seen.len());
    for character in seen.chars().map(lookalike) {
        // The page collapses several spaces into one.
        if !(character == ' ' && look.ends_with(' ')) {
            look.push(character);
        }
    }
    look
}

/// The displayed names of a list; no two look alike. Those with a lookalike in the list are [`spelt`]. `nfkd` is that of
/// [`look`].
pub fn drawn(names: &[&str], nfkd: impl Fn(&str) -> String) -> Vec<String> {
    let is_ascii = names.iter().all(|name| name.is_ascii());
    let looks: Vec<_> = names.iter().filter(|_| !is_ascii).map(|name| look(name, &nfkd)).collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for look in &looks {
        *count.entry(look).or_default() += 1;
    }
    let has_twin = |index: usize| looks.get(index).is_some_and(|look| count[look.as_str()] > 1);
    names.iter().enumerate().map(|(index, name)| drawn_one(name, has_twin(index))).collect()
}

/// The displayed name in a list that may have another name with the same [`look`].
pub fn drawn_one(name: &str, has_twin: bool) -> String {
    // A name may spell out a character itself.
    if has_twin || name.contains('‹') { spelt(name) } else { shown(name).into_owned() }
}

/// Writes characters, some of them as their codes.
fn spell(characters: impl Iterator<Item = (char, bool)>) -> String {
    characters.fold(String::new(), |mut text, (character, is_spelt)| {
        if is_spelt {
            let _ = write!(text, "‹U+{:04X}›", u32::from(character));
        } else {
            text.push(character);
        }
        text
    })
}

fn lookalike(character: char) -> char {
    match character {
        'I' | '1' | '|' => 'l',
        '0' => 'O',
        '\0'..='~' => character,
        _ if character.is_whitespace() => ' ',
        _ => {
            let row = LOOKALIKES.split_ascii_whitespace().find(|row| row.contains(character));
            row.and_then(|row| row.chars().next()).unwrap_or(character)
        }
    }
}

/// The characters of `text`, each with its invisibility.
fn characters(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut characters = text.chars().peekable();
    let mut before = None;
    std::iter::from_fn(move || {
        let character = characters.next()?;
        let after = characters.peek().copied();
        let hidden = is_invisible(character) && !is_part_of(before, character, after);
        before = Some(character);
        Some((character, hidden))
    })
}

/// Whether a character is invisible: Unicode's default-ignorable and format characters, blank letters, and white space
/// other than an ordinary space. The Arabic and Syriac signs that enclose numbers are format characters, but visible.
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{a0}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{1680}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{205f}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether an invisible character changes its neighbours: joiners in emoji and in the scripts that use them, and
/// variation selectors.
fn is_part_of(before: Option<char>, character: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match character {
        '\u{200c}' | '\u{200d}' => takes_joiners(before) && after.is_some_and(takes_joiners),
        '\u{fe0e}' | '\u{fe0f}' => is_symbol(before) || after == Some('\u{20e3}'),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => is_ideograph(before),
        '\u{180b}'..='\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

fn takes_joiners(character: char) -> bool {
    // Arabic and related scripts; scripts of South and Southeast Asia; emoji.
    matches!(character, '\u{620}'..='\u{8ff}' | '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}' | '\u{fe0f}')
        || is_symbol(character)
}

const fn is_symbol(character: char) -> bool {
    matches!(character, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}'..='\u{27ff}' | '\u{2900}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

const fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_shown_by_codes() {
        for (text, expected) in [
            ("DB\u{200b}_URL", "DB‹U+200B›_URL"),
            ("\u{feff}A", "‹U+FEFF›A"),
            ("so\u{ad}ft", "so‹U+00AD›ft"),
            ("safe\u{202e}gnp.exe", "safe‹U+202E›gnp.exe"),
            ("a\u{2066}b\u{2069}", "a‹U+2066›b‹U+2069›"),
            ("a\u{e0061}", "a‹U+E0061›"),
            ("a\u{fe0f}b", "a‹U+FE0F›b"),
            ("a\u{3164}b\u{2800}c", "a‹U+3164›b‹U+2800›c"),
            ("a\u{200d}b", "a‹U+200D›b"),
            ("a\u{2028}b", "a‹U+2028›b"),
            ("a\u{a0}b\u{2009}c", "a‹U+00A0›b‹U+2009›c"),
            ("\u{1b}[2J\u{9b}", "‹U+001B›[2J‹U+009B›"),
            ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}‹U+FE0F›"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
        // Visible characters, and sequences in emoji and scripts.
        for text in [
            "DB_URL", "a\nb\tc", "für Ada 🔑", "a\u{3000}b c", "👩\u{200d}💻", "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}", "می\u{200c}خواهم", "葛\u{e0100}", "٪\u{600}",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn invisible_ends_are_found() {
        for text in ["", "a", "a\u{200b}b", "❤\u{fe0f}", "👩\u{200d}💻"] {
            assert!(!has_hidden_end(text), "{text:?}");
        }
        for text in ["\u{200b}", "a\u{200b}", "\u{feff}a", "a\u{200c}", "a\u{fe0f}"] {
            assert!(has_hidden_end(text), "{text:?}");
        }
        assert_eq!(hidden("\u{feff}a\u{200b}👩\u{200d}💻").collect::<String>(), "\u{feff}\u{200b}");
    }

    #[test]
    fn non_ascii_characters_are_shown_by_codes() {
        assert_eq!(spelt("DB_URL 1"), "DB_URL 1");
        assert_eq!(spelt("D\u{412}\u{200b}\n🔑"), "D‹U+0412›‹U+200B›‹U+000A›‹U+1F511›");
    }

    #[test]
    fn lookalike_names_are_shown_by_codes() {
        let names = ["KEY", "K\u{395}Y", "ключ", "A\u{ad}B", "A‹U+00AD›B"];
        let expected = ["KEY", "K‹U+0395›Y", "ключ", "A‹U+00AD›B", "A‹U+2039›U+00AD‹U+203A›B"];
        assert_eq!(drawn(&names, str::to_owned), expected);
    }

    #[test]
    fn lookalikes_are_found() {
        let nfkd = |text: &str| {
            let text =
                text.replace('é', "e\u{301}").replace('\u{3f2}', "\u{3c2}").replace('\u{3f9}', "\u{3a3}");
            let narrow = |character| match character {
                '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
                other => other,
            };
            text.chars().map(narrow).collect::<String>()
        };
        for (one, other, expected) in [
            ("DB_PASSWORD", "DB_PASS\u{ad}WORD", true),
            ("DB_PASSWORD", "DB_PASSWORD\u{200b}", true),
            ("Caf\u{e9}_KEY", "Cafe\u{301}_KEY", true),
            ("Caf\u{e9}_KEY", "Cafe\u{34f}\u{301}_KEY", true),
            ("DB_PASSWORD", "D\u{412}_PASSWORD", true),
            ("DB_PASSWORD", "DB_P\u{391}SSW\u{39f}RD", true),
            ("TITLE", "T\u{406}TLE", true),
            ("CODE_c", "\u{3f9}ODE\u{2cd}\u{3f2}", true),
            ("DB_URL", "ＤＢ_ＵＲＬ", true),
            ("a b", "a\u{a0}b", true),
            ("a-b", "a\u{2010}b", true),
            ("❤", "❤\u{fe0f}", true),
            ("DB_URL", "DB_URL", false),
            ("DB_URL", "db_url", false),
            ("KEY_1", "KEY_l", false),
            ("ключ", "ключи", false),
            ("DB_URL", "DB_URI\u{200b}", false),
        ] {
            assert_eq!(twins_of(one, nfkd)(other), expected, "{one:?} {other:?}");
            assert_eq!(twins_of(other, nfkd)(one), expected, "{other:?} {one:?}");
        }
    }
}
