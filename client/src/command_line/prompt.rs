//! A prompt that does not echo.
//!
//! It reads a paste to its end: line breaks don't end the answer, and no rest of it reaches the shell, which would run it
//! and write it to its history. The prompt turns on bracketed paste; in other terminals, it recognises a paste by input
//! that follows a line break at once. The terminal is in raw mode, because canonical mode truncates long lines.

use std::env;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::mem;

use nix::sys::signal::{SigSet, Signal, raise};
use nix::sys::termios::{
    InputFlags, LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

/// The limit for any input, in bytes. Escapes, whitespace and comments can make a text much longer than its content.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Enter, unless more input follows at once.
    Enter,
    EndOfFile,
}

/// The pause after Enter that ends an answer, in tenths of a second.
const QUIET: u8 = 3;
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Prompts, and returns everything typed or pasted, with LF line breaks. Fails without a terminal, or if the first
/// key is Ctrl-D.
///
/// Ctrl-C ends the program after the terminal has been restored.
pub fn hidden(question: &str, end: End) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut interrupt = SigSet::empty();
    interrupt.add(Signal::SIGINT);
    let is_held = interrupt.thread_block().is_ok();
    // Turn off the echo before the question appears: the user may answer at once.
    let answer = Hidden::new().and_then(|mut terminal| terminal.ask(question, end));
    if is_held {
        // A pending Ctrl-C ends the program here.
        let _ = interrupt.thread_unblock();
    }
    answer
}

pub fn discard() -> bool {
    Hidden::new().and_then(|mut terminal| terminal.discard()).unwrap_or(false)
}

struct Hidden {
    terminal: File,
    before: Termios,
    silent: Termios,
    buffer: Zeroizing<[u8; 4096]>,
}

impl Hidden {
    fn new() -> io::Result<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_flags.remove(
            LocalFlags::ECHO
                | LocalFlags::ECHONL
                | LocalFlags::ICANON
                | LocalFlags::ISIG
                | LocalFlags::IEXTEN,
        );
        silent.input_flags.remove(
            InputFlags::ICRNL | InputFlags::INLCR | InputFlags::IGNCR | InputFlags::ISTRIP | InputFlags::IXON,
        );
        tcsetattr(&terminal, SetArg::TCSANOW, &silent)?;
        Ok(Self { terminal, before, silent, buffer: Zeroizing::new([0; 4096]) })
    }

    fn ask(&mut self, question: &str, end: End) -> io::Result<Zeroizing<Vec<u8>>> {
        self.mark_pastes(true)?;
        self.terminal.write_all(question.as_bytes())?;
        let answer = self.answer(end);
        self.mark_pastes(false)?;
        // The cursor is still after the question.
        self.terminal.write_all(b"\n")?;
        answer
    }

    fn answer(&mut self, end: End) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut answer = Answer::default();
        let mut is_entered = false;
        loop {
            let count = self.read(is_entered.then_some(QUIET))?;
            if count == 0 {
                return if is_entered { Ok(answer.text) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
            let last = self.buffer[..count].iter().find_map(|byte| {
                let key = answer.push(*byte);
                if matches!(key, Key::Text | Key::Enter) {
                    is_entered = key == Key::Enter && end == End::Enter;
                }
                let is_last = match key {
                    Key::EndOfFile => end == End::EndOfFile || answer.text.is_empty(),
                    other => other == Key::Interrupt,
                };
                is_last.then_some(key)
            });
            let is_too_large = answer.text.len() as u64 > MOST_BYTES;
            if last.is_some() || is_too_large {
                // The rest of a paste may still be arriving.
                self.discard()?;
            }
            if is_too_large {
                return Err(io::Error::other(format!("it is larger than {} MiB", MOST_BYTES / 1024 / 1024)));
            }
            match last {
                Some(Key::Interrupt) => {
                    raise(Signal::SIGINT)?;
                    return Err(io::ErrorKind::Interrupted.into());
                }
                Some(_) if end == End::EndOfFile => return Ok(answer.text),
                Some(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => {}
            }
        }
    }

    /// Turns bracketed paste on or off. A terminal without escape sequences would print them.
    fn mark_pastes(&mut self, are_marked: bool) -> io::Result<()> {
        if env::var_os("TERM").is_none_or(|kind| kind == "dumb") {
            return Ok(());
        }
        self.terminal.write_all(if are_marked { b"\x1b[?2004h" } else { b"\x1b[?2004l" })
    }

    fn discard(&mut self) -> io::Result<bool> {
        let mut is_any = false;
        while self.read(Some(QUIET))? > 0 {
            is_any = true;
        }
        Ok(is_any)
    }

    /// Reads into the buffer, for at most `tenths` of a second; 0 if nothing arrives.
    fn read(&mut self, tenths: Option<u8>) -> io::Result<usize> {
        let characters = &mut self.silent.control_chars;
        characters[SpecialCharacterIndices::VMIN as usize] = u8::from(tenths.is_none());
        characters[SpecialCharacterIndices::VTIME as usize] = tenths.unwrap_or(0);
        tcsetattr(&self.terminal, SetArg::TCSANOW, &self.silent)?;
        loop {
            match self.terminal.read(self.buffer.as_mut_slice()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // The terminal may have disappeared.
        let _ = tcsetattr(&self.terminal, SetArg::TCSAFLUSH, &self.before);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Text,
    Nothing,
    Enter,
    EndOfFile,
    Interrupt,
}

#[derive(Default)]
struct Answer {
    text: Zeroizing<Vec<u8>>,
    escape: Zeroizing<Vec<u8>>,
    is_in_paste: bool,
    is_after_return: bool,
}

impl Answer {
    fn push(&mut self, byte: u8) -> Key {
        let is_after_return = mem::replace(&mut self.is_after_return, byte == b'\r');
        match byte {
            // Also within a paste, whose end marker may be lost.
            0x03 => Key::Interrupt,
            0x1b => {
                // An incomplete sequence is the key Esc, or part of a paste.
                let before = mem::take(&mut self.escape);
                if self.is_in_paste {
                    self.keep(&before);
                }
                self.escape.push(byte);
                Key::Nothing
            }
            _ if !self.escape.is_empty() => self.push_escape(byte),
            b'\n' if is_after_return => Key::Nothing,
            b'\r' | b'\n' => {
                self.keep(b"\n");
                if self.is_in_paste { Key::Text } else { Key::Enter }
            }
            _ if self.is_in_paste => self.push_text(byte),
            0x04 => Key::EndOfFile,
            0x08 | 0x7f => {
                while self.text.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                Key::Text
            }
            0x15 => {
                self.text.clear();
                Key::Text
            }
            0x17 => {
                while self.text.last() == Some(&b' ') {
                    self.text.pop();
                }
                while self.text.last().is_some_and(|last| *last != b' ') {
                    self.text.pop();
                }
                Key::Text
            }
            b'\t' | 0x20.. => self.push_text(byte),
            _ => Key::Nothing,
        }
    }

    fn push_text(&mut self, byte: u8) -> Key {
        self.keep(&[byte]);
        Key::Text
    }

    /// Appends to the text. A growing vector would leave copies of it in memory.
    fn keep(&mut self, bytes: &[u8]) {
        let needed = self.text.len() + bytes.len();
        if needed > self.text.capacity() {
            let mut larger = Zeroizing::new(Vec::<u8>::with_capacity(2 * needed));
            larger.extend_from_slice(&self.text);
            self.text = larger;
        }
        self.text.extend_from_slice(bytes);
    }

    /// Takes the next byte of an escape sequence. Outside of a paste, sequences are ignored.
    fn push_escape(&mut self, byte: u8) -> Key {
        self.escape.push(byte);
        let is_complete = match self.escape.len() {
            2 => byte != b'[' && byte != b'O',
            _ => (0x40..=0x7e).contains(&byte),
        };
        if !is_complete {
            return Key::Nothing;
        }
        let escape = mem::take(&mut self.escape);
        match escape.as_slice() {
            PASTE_BEGINS => self.is_in_paste = true,
            PASTE_ENDS => self.is_in_paste = false,
            other if self.is_in_paste => self.keep(other),
            _ => {}
        }
        Key::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_edit_and_pastes_are_literal() {
        let cases: &[(&str, &str, Key)] = &[
            ("abc\r", "abc\n", Key::Enter),
            ("abc\n", "abc\n", Key::Enter),
            ("abc\r\n", "abc\n", Key::Nothing),
            ("a\rb\r\rc", "a\nb\n\nc", Key::Text),
            ("a\tb\u{7f}\u{7f}é\u{8}c", "ac", Key::Text),
            ("a b\u{17}c", "a c", Key::Text),
            ("abc\u{15}d", "d", Key::Text),
            ("a\x1b[Db\x1bOHc\x1bxd", "abcd", Key::Text),
            ("\x1b[200~a\r\nb\n\x04\x15\x1b[Ac\x1b[201~\r", "a\nb\n\x04\x15\x1b[Ac\n", Key::Enter),
            ("\x1b[200~a\r", "a\n", Key::Text),
            ("\x1b\x1b[200~a\r\x1b[201~\r", "a\n\n", Key::Enter),
            ("\x1b[200~a\x1b[1\x1b[201~b", "a\x1b[1b", Key::Text),
            ("a\x04", "a", Key::EndOfFile),
            ("\x1b[200~a\x03", "a", Key::Interrupt),
        ];
        for (typed, expected, last) in cases {
            let mut answer = Answer::default();
            let mut key = Key::Nothing;
            for byte in typed.bytes() {
                key = answer.push(byte);
            }
            assert_eq!((str::from_utf8(&answer.text), &key), (Ok(*expected), last), "{typed:?}");
        }
    }
}
