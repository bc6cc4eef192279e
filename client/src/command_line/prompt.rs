//! A prompt that shows nothing of what is typed or pasted.
//!
//! A paste is taken whole: its line breaks do not end the answer, and no part of it is left behind for the shell, which would
//! run it and write it into its history. A terminal that marks pastes is asked to; of any other, a paste is known by how
//! quickly it goes on after a line break. The terminal hands over single keys meanwhile, because it cuts long lines.
//!
//! Not here: what an answer means, which is [`input`](super::input)'s business.

#[cfg(unix)]
pub use self::unix::{discard, hidden};

/// Nothing is asked where there are no terminals of this kind.
#[cfg(not(unix))]
pub fn hidden(_: &str, _: End) -> std::io::Result<zeroize::Zeroizing<Vec<u8>>> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Discards nothing.
#[cfg(not(unix))]
pub const fn discard() -> bool {
    false
}

/// Which key ends an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Enter, unless more follows at once.
    Enter,
    /// Ctrl-D.
    EndOfFile,
}

#[cfg(unix)]
mod unix {
    use std::env;
    use std::fs::File;
    use std::io::{self, Read as _, Write as _};
    use std::mem;

    use nix::sys::signal::{SigSet, Signal, raise};
    use nix::sys::termios::{
        InputFlags, LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr,
    };
    use strongroom_shared::limit::SECRET_VALUE_BYTES;
    use zeroize::Zeroizing;

    use super::End;
    use crate::command_line::input::MOST_BYTES;

    /// How long a terminal has to be quiet after Enter for the answer to be complete, in tenths of a second.
    const QUIET: u8 = 3;
    const PASTE_BEGINS: &[u8] = b"\x1b[200~";
    const PASTE_ENDS: &[u8] = b"\x1b[201~";

    /// Asks, and returns all that is typed or pasted, line breaks as LF.
    ///
    /// Ctrl-C ends the program, but only after the terminal has been put back.
    ///
    /// # Errors
    /// There is no terminal, or it goes away, or Ctrl-D is all there is.
    pub fn hidden(question: &str, end: End) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut interrupt = SigSet::empty();
        interrupt.add(Signal::SIGINT);
        let is_held = interrupt.thread_block().is_ok();
        // Hidden from before the question is: whoever sees it may answer.
        let answer = Hidden::new().and_then(|mut terminal| terminal.ask(question, end));
        if is_held {
            // A Ctrl-C that waited until now ends the program here.
            let _ = interrupt.thread_unblock();
        }
        answer
    }

    /// Discards what was typed or pasted beyond an answer, and returns whether there was anything.
    pub fn discard() -> bool {
        Hidden::new().and_then(|mut terminal| terminal.discard()).unwrap_or(false)
    }

    /// The terminal while it shows nothing. When dropped, it is put back, and what still waits is discarded.
    struct Hidden {
        terminal: File,
        before: Termios,
        hidden: Termios,
        buffer: Zeroizing<[u8; 4096]>,
    }

    impl Hidden {
        fn new() -> io::Result<Self> {
            let terminal = File::options().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut hidden = before.clone();
            hidden.local_flags.remove(
                LocalFlags::ECHO
                    | LocalFlags::ECHONL
                    | LocalFlags::ICANON
                    | LocalFlags::ISIG
                    | LocalFlags::IEXTEN,
            );
            hidden.input_flags.remove(
                InputFlags::ICRNL
                    | InputFlags::INLCR
                    | InputFlags::IGNCR
                    | InputFlags::ISTRIP
                    | InputFlags::IXON,
            );
            tcsetattr(&terminal, SetArg::TCSANOW, &hidden)?;
            Ok(Self { terminal, before, hidden, buffer: Zeroizing::new([0; 4096]) })
        }

        fn ask(&mut self, question: &str, end: End) -> io::Result<Zeroizing<Vec<u8>>> {
            self.mark_pastes(true)?;
            self.terminal.write_all(question.as_bytes())?;
            let answer = self.answer(end);
            self.mark_pastes(false)?;
            // The question is still on this line.
            self.terminal.write_all(b"\n")?;
            answer
        }

        fn answer(&mut self, end: End) -> io::Result<Zeroizing<Vec<u8>>> {
            let mut answer = Answer::default();
            let mut is_entered = false;
            loop {
                let count = self.read(is_entered.then_some(QUIET))?;
                if count == 0 && is_entered {
                    return Ok(answer.text);
                }
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let last = self.buffer.iter().take(count).find_map(|byte| match answer.push(*byte) {
                    Key::Text => {
                        is_entered = false;
                        None
                    }
                    Key::Enter => {
                        is_entered = end == End::Enter;
                        None
                    }
                    Key::EndOfFile if end == End::EndOfFile || answer.text.is_empty() => Some(Key::EndOfFile),
                    Key::Interrupt => Some(Key::Interrupt),
                    Key::EndOfFile | Key::Nothing => None,
                });
                if last.is_some() {
                    // The rest of a paste may still be under way.
                    self.discard()?;
                }
                if answer.text.len() as u64 > MOST_BYTES {
                    self.discard()?;
                    let most = MOST_BYTES / 1024 / 1024;
                    return Err(io::Error::other(format!("it is larger than {most} MiB")));
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

        /// Tells the terminal whether to mark pastes. One without escape sequences would show them.
        fn mark_pastes(&mut self, are_marked: bool) -> io::Result<()> {
            if env::var_os("TERM").is_none_or(|kind| kind == "dumb") {
                return Ok(());
            }
            self.terminal.write_all(if are_marked { b"\x1b[?2004h" } else { b"\x1b[?2004l" })
        }

        /// Discards all that comes until the terminal is quiet.
        fn discard(&mut self) -> io::Result<bool> {
            let mut is_any = false;
            while self.read(Some(QUIET))? > 0 {
                is_any = true;
            }
            Ok(is_any)
        }

        /// Reads into the buffer, at most so long; 0 when nothing comes.
        fn read(&mut self, tenths: Option<u8>) -> io::Result<usize> {
            let characters = &mut self.hidden.control_chars;
            characters[SpecialCharacterIndices::VMIN as usize] = u8::from(tenths.is_none());
            characters[SpecialCharacterIndices::VTIME as usize] = tenths.unwrap_or(0);
            tcsetattr(&self.terminal, SetArg::TCSANOW, &self.hidden)?;
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
            // Nothing can be done about a terminal that has gone away.
            let _ = tcsetattr(&self.terminal, SetArg::TCSAFLUSH, &self.before);
        }
    }

    /// What a key did.
    #[derive(Debug, PartialEq, Eq)]
    enum Key {
        Text,
        Nothing,
        Enter,
        EndOfFile,
        Interrupt,
    }

    /// What has been typed and pasted so far.
    struct Answer {
        text: Zeroizing<Vec<u8>>,
        /// An escape sequence that is not complete yet.
        escape: Zeroizing<Vec<u8>>,
        is_in_paste: bool,
        is_after_return: bool,
    }

    impl Default for Answer {
        fn default() -> Self {
            // Enough for most values.
            let text = Zeroizing::new(Vec::with_capacity(SECRET_VALUE_BYTES));
            Self { text, escape: Zeroizing::default(), is_in_paste: false, is_after_return: false }
        }
    }

    impl Answer {
        fn push(&mut self, byte: u8) -> Key {
            let is_after_return = mem::replace(&mut self.is_after_return, byte == b'\r');
            match byte {
                // Also within a paste, whose end may have got lost.
                0x03 => Key::Interrupt,
                0x1b => {
                    // Whatever began before it was the key Esc, or is part of a paste.
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
                    self.remove_character();
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

        /// Adds to the text. A vector that grows by itself would leave parts of it in memory.
        fn keep(&mut self, bytes: &[u8]) {
            let needed = self.text.len() + bytes.len();
            if needed > self.text.capacity() {
                let mut larger = Zeroizing::new(Vec::<u8>::with_capacity(2 * needed));
                larger.extend_from_slice(&self.text);
                self.text = larger;
            }
            self.text.extend_from_slice(bytes);
        }

        /// Takes the next byte of an escape sequence. Outside of a paste, one is a key that means nothing here.
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

        /// Removes the last character, which may have several bytes.
        fn remove_character(&mut self) {
            while self.text.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn keys_edit_and_pastes_are_kept() {
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
}
