//! A road to the server that counts who comes, and can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Open,
    /// It is closed at once: nothing arrives.
    Closed,
    /// What is asked arrives, and the answer is lost.
    AnswerLost,
    /// It is kept, and nothing happens.
    Silent,
}

pub struct Road {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Road {
    /// A road to `address`. The first connections have these fates, and all later ones are open.
    pub async fn to(address: &str, fates: &[Fate]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let (address, fates) = (address.to_owned(), fates.to_vec());
        tokio::spawn(async move {
            while let Ok((traveller, _)) = listener.accept().await {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let fate = fates.get(number).copied().unwrap_or(Fate::Open);
                tokio::spawn(travel(traveller, address.clone(), fate));
            }
        });
        Self { url, connections }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn travel(mut traveller: TcpStream, address: String, fate: Fate) {
    match fate {
        Fate::Closed => {}
        Fate::Silent => std::future::pending().await,
        Fate::Open => {
            if let Ok(mut server) = TcpStream::connect(address).await {
                let _ = copy_bidirectional(&mut traveller, &mut server).await;
            }
        }
        Fate::AnswerLost => {
            let Ok(mut server) = TcpStream::connect(address).await else {
                return;
            };
            let (mut from, mut answer) = (vec![0; 64 * 1024], vec![0; 1024]);
            // Small requests come in one piece, or two: pass on until the server answers, and drop that.
            loop {
                tokio::select! {
                    read = traveller.read(&mut from) => match read {
                        Ok(length) if length > 0 => {
                            if server.write_all(&from[..length]).await.is_err() {
                                return;
                            }
                        }
                        _ => return,
                    },
                    _ = server.read(&mut answer) => return,
                }
            }
        }
    }
}
