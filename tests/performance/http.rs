//! HTTP/1.1 over one persistent connection, with prepared requests and no pool, so that the generator is not the
//! bottleneck.

use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

pub type Prepared = Request<Full<Bytes>>;

pub struct Connection(SendRequest<Full<Bytes>>);

pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: String) -> Prepared {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in [("Host", "127.0.0.1"), ("Accept", "application/json")].iter().chain(headers) {
        request = request.header(*name, *value);
    }
    if !body.is_empty() {
        request = request.header("Content-Type", "application/json");
    }
    request.body(Full::from(body)).expect("a request can be prepared")
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub async fn ask(&mut self, request: &Prepared) -> io::Result<Answer> {
        let answer = async {
            self.0.ready().await?;
            let answer = self.0.send_request(request.clone()).await?;
            let status = answer.status().as_u16();
            Ok::<_, hyper::Error>(Answer { status, body: answer.into_body().collect().await?.to_bytes() })
        };
        answer.await.map_err(io::Error::other)
    }
}
