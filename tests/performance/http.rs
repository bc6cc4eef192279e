//! HTTP/1.1 over one persistent connection, with prepared requests, so that the generator is not the bottleneck.
//!
//! An answer has a `Content-Length`, is chunked, or has no body; anything else is an error.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const HEADERS: usize = 32;

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    body: Vec<u8>,
}

pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let length = body.len().to_string();
    let about_body = [("Content-Type", "application/json"), ("Content-Length", length.as_str())];
    let about_body: &[_] = if body.is_empty() { &[] } else { &about_body };
    let headers: Vec<String> = [("Host", "127.0.0.1"), ("Accept", "application/json")]
        .iter()
        .chain(headers)
        .chain(about_body)
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("{method} {path} HTTP/1.1\r\n{}\r\n{body}", headers.concat()).into_bytes()
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let room = || Vec::with_capacity(16 * 1024);
        Ok(Self { stream, buffer: room(), body: room() })
    }

    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(status) = parse(&self.buffer, &mut self.body)? {
                return Ok(Answer { status, body: &self.body });
            }
        }
    }
}

/// The status, with the body in `body`; `None` while the answer is incomplete.
fn parse(bytes: &[u8], body: &mut Vec<u8>) -> io::Result<Option<u16>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(wrong(&error.to_string())),
    };
    let status = response.code.ok_or_else(|| wrong("no status"))?;
    let header = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| str::from_utf8(header.value).unwrap_or_default())
    };
    body.clear();
    let end = match (header("content-length"), header("transfer-encoding")) {
        (Some(length), _) => {
            let length: usize = length.parse().map_err(|_| wrong("a length that is no number"))?;
            body.extend(bytes[head..].iter().take(length));
            Some(head + length)
        }
        (None, Some("chunked")) => chunks(bytes, head, body)?,
        (None, None) if status == 204 => Some(head),
        _ => return Err(wrong("an answer without a length")),
    };
    match end {
        Some(end) if bytes.len() > end => Err(wrong("more than one answer")),
        Some(end) if bytes.len() == end => Ok(Some(status)),
        _ => Ok(None),
    }
}

/// Appends the chunks that begin at `at` to `body`, and returns their end if they are complete.
fn chunks(bytes: &[u8], mut at: usize, body: &mut Vec<u8>) -> io::Result<Option<usize>> {
    const LINE_END: usize = 2;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let size = httparse::parse_chunk_size(rest).map_err(|_| wrong("a chunk without a size"))?;
        let httparse::Status::Complete((line, size)) = size else {
            return Ok(None);
        };
        let start = at + line;
        let end = start + usize::try_from(size).map_err(|_| wrong("a chunk too large"))?;
        let Some(chunk) = bytes.get(start..end) else {
            return Ok(None);
        };
        body.extend(chunk);
        at = end + LINE_END;
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
