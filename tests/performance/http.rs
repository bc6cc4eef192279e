//! HTTP/1.1 over one connection that stays open, with requests that were prepared before: the generator must not be what
//! is measured.
//!
//! Not here: what HTTP has besides. A server that answers in another form than with a `Content-Length` or nothing is an
//! error.

use std::io;
use std::ops::Range;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How many headers an answer may have.
const HEADERS: usize = 32;

/// A connection that stays open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

/// A request, as it goes over the wire.
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
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and reads the whole answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some((status, body)) = parse(&self.buffer)? {
                return Ok(Answer { status, body: &self.buffer[body] });
            }
        }
    }
}

/// The status, and where the body is; `None` while the answer is not all there.
fn parse(bytes: &[u8]) -> io::Result<Option<(u16, Range<usize>)>> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(wrong(&error.to_string())),
    };
    let status = response.code.ok_or_else(|| wrong("no status"))?;
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = match length {
        Some(header) => str::from_utf8(header.value)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| wrong("a length that is no number"))?,
        None if status == 204 => 0,
        None => return Err(wrong("an answer without a length")),
    };
    let body = head..head + length;
    if bytes.len() > body.end {
        return Err(wrong("more than one answer"));
    }
    Ok((bytes.len() == body.end).then_some((status, body)))
}
