//! HTTP clients that only keep cookies, and a server other than Strongroom.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub fn client() -> reqwest::Client {
    choose_cryptography();
    reqwest::Client::builder()
        .cookie_store(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        // Reading the system's certificates takes time, and these clients use plain HTTP.
        .tls_certs_only([])
        .build()
        .expect("an HTTP client can be made")
}

/// The workspace's build unites features, so the HTTP client needs a TLS provider even for plain HTTP.
pub fn choose_cryptography() {
    // It fails if a provider is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Sends a request to `HOST:PORT`, as it is, and reads the answer until the server closes the connection.
pub async fn exchange(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(request).await.expect("the request can be sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("the answer can be read");
    answer
}

/// A request that a [`Stranger`] has received.
#[derive(Clone, Debug)]
pub struct Request {
    pub line: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// A server that keeps all requests and gives prepared answers. Dropping it closes its port.
pub struct Stranger {
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    _task: JoinSet<()>,
}

impl Stranger {
    pub async fn answering(status: &str, body: &str) -> Self {
        Self::start("127.0.0.1:0", &[], status, body).await
    }

    /// A server whose first answers have these status lines and headers, and no body.
    pub async fn start(address: &str, first: &[&str], status: &str, body: &str) -> Self {
        let listener = TcpListener::bind(address).await.expect("the port is free");
        let address = listener.local_addr().expect("it has an address").to_string();
        let usual = answer(status, body);
        let mut answers = first.iter().map(|status| answer(status, "")).collect::<Vec<_>>().into_iter();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&requests);
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (known, answer) = (Arc::clone(&known), answers.next().unwrap_or_else(|| usual.clone()));
                tokio::spawn(async move {
                    let mut connection = BufReader::new(connection);
                    let Some(request) = receive(&mut connection).await else { return };
                    known.lock().expect("nobody panics while holding it").push(request);
                    let _ = connection.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address, requests, _task: task }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("nobody panics while holding it").clone()
    }

    /// The lines of the requests.
    pub fn heard(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.line).collect()
    }
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

async fn receive(connection: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.ok()?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let fields = head.iter().filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<_, _> =
        fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").map_or(Some(0), |length| length.parse().ok())?;
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    Some(Request { line: head.into_iter().next()?, headers, body: String::from_utf8(body).ok()? })
}
