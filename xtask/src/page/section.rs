//! The sections of a WebAssembly module, as far as the build changes them.

use anyhow::{Context as _, Result, ensure};

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub id: u8,
    pub content: Vec<u8>,
}

impl Section {
    /// The name of a custom section.
    pub fn custom_name(&self) -> Option<&str> {
        if self.id == CUSTOM { text(&self.content).map(|(name, _)| name) } else { None }
    }
}

pub fn read(module: &[u8]) -> Result<Vec<Section>> {
    let mut rest = module.strip_prefix(HEADER).context("it is not a WebAssembly module")?;
    let mut sections = Vec::new();
    while let Some((&id, after)) = rest.split_first() {
        let (length, content) = number(after).context("a section has no length")?;
        ensure!(length <= content.len(), "a section is cut off");
        let (content, next) = content.split_at(length);
        rest = next;
        sections.push(Section { id, content: content.to_vec() });
    }
    Ok(sections)
}

pub fn write(sections: &[Section]) -> Vec<u8> {
    let mut module = HEADER.to_vec();
    for Section { id, content } in sections {
        module.push(*id);
        push_number(&mut module, content.len());
        module.extend_from_slice(content);
    }
    module
}

/// The number that the bytes begin with, in LEB128, and the bytes after it.
pub fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let length = bytes.iter().position(|byte| byte & 0x80 == 0)? + 1;
    let (digits, rest) = bytes.split_at(length);
    let number = digits.iter().rev().fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f));
    Some((number, rest))
}

pub fn push_number(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let digit = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            return bytes.push(digit);
        }
        bytes.push(digit | 0x80);
    }
}

/// The text that the bytes begin with, after its length, and the bytes after it.
pub fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, bytes) = number(bytes)?;
    let (text, rest) = bytes.split_at_checked(length)?;
    Some((str::from_utf8(text).ok()?, rest))
}

pub fn push_text(bytes: &mut Vec<u8>, text: &str) {
    push_number(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_read_and_written_and_broken_ones_refused() {
        let long = [&[4][..], b"long", &[7; 300]].concat();
        let sections = [Section { id: 1, content: vec![0] }, Section { id: CUSTOM, content: long }];
        let module = write(&sections);
        assert_eq!(read(&module).unwrap(), sections);
        assert_eq!(sections.each_ref().map(Section::custom_name), [None, Some("long")]);
        assert!(read(&module[..module.len() - 1]).is_err());
        assert!(read(b"<html>").is_err());
    }
}
