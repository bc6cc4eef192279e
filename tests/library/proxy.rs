//! A proxy in front of the server that counts connections and can break them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, copy, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Copy)]
pub enum Fault {
    None,
    /// It is closed at once: no request arrives.
    Closed,
    /// Requests arrive, and the answer is lost.
    AnswerLost,
    /// It stays open, and no request arrives.
    Silent,
}

pub struct Proxy {
    pub url: String,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy to `address`. The first connections have these faults, and all later ones none.
    pub async fn to(address: &str, faults: &[Fault]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let (address, faults) = (address.to_owned(), faults.to_vec());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let fault = faults.get(number).copied().unwrap_or(Fault::None);
                tokio::spawn(pass(client, address.clone(), fault));
            }
        });
        Self { url, connections }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn pass(mut client: TcpStream, address: String, fault: Fault) {
    let mut server = TcpStream::connect(address).await.expect("the server listens");
    match fault {
        Fault::Closed => {}
        Fault::Silent => std::future::pending().await,
        Fault::None => drop(copy_bidirectional(&mut client, &mut server).await),
        Fault::AnswerLost => {
            let (mut answer, mut request) = server.split();
            tokio::select! {
                _ = copy(&mut client, &mut request) => {}
                _ = answer.read_u8() => {}
            }
        }
    }
}
