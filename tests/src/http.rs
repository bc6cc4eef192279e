//! HTTP clients that only keep cookies, and a server other than Strongroom.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

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

pub struct Stranger {
    pub address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Stranger {
    pub async fn answering(status: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has an address").to_string();
        let length = body.len();
        let reply =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let (record, reply) = (Arc::clone(&record), reply.clone());
                tokio::spawn(async move {
                    let mut buffer = vec![0; 16 * 1024];
                    let length = connection.read(&mut buffer).await.unwrap_or_default();
                    let asked = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    record.lock().expect("nobody panics while holding it").push(asked);
                    let _ = connection.write_all(reply.as_bytes()).await;
                    // Unread data would reset the connection before the response is read.
                    while connection.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
                });
            }
        });
        Self { address, heard }
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("nobody panics while holding it").clone()
    }
}
