//! A relay between a server and its Vault, with faults that OpenBao can't be made to have.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncWriteExt as _, copy, copy_bidirectional, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::place::Vault;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It sends its own response, and closes the connection.
    Answers(&'static str),
    /// It accepts requests and does not answer.
    Silent,
    /// It forwards requests, and loses the responses.
    Deaf,
}

impl Fault {
    pub const BROKEN: Self = Self::Answers(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: 30\r\n\r\n{\"errors\":[\"1 error occurred\"]}",
    );
    pub const STRANGER: Self = Self::Answers(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 20\r\n\r\n\
         <html>Welcome</html>",
    );
    /// The response ends in the middle of a value.
    pub const CUT_OFF: Self = Self::Answers(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 900\r\n\r\n\
         {\"data\":{\"data\":{\"sealed\":\"AAAA",
    );
}

pub struct Relay {
    fault: watch::Sender<Option<Fault>>,
    connections: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Relay {
    pub async fn before(vault: &mut Vault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        vault.url = format!("http://{address}");
        let (fault, of_all) = watch::channel(None);
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, upstream) = (Arc::clone(&connections), vault.bao.address().to_owned());
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (mut fault, upstream) = (of_all.clone(), upstream.clone());
                tokio::spawn(async move {
                    let present = *fault.borrow_and_update();
                    // A change of the fault ends open connections.
                    tokio::select! {
                        _ = relay(client, &upstream, present) => {}
                        _ = fault.changed() => {}
                    }
                });
            }
        });
        Self { fault, connections, _task: task }
    }

    pub fn fail(&self, fault: Option<Fault>) {
        self.fault.send_replace(fault);
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn relay(mut client: TcpStream, upstream: &str, fault: Option<Fault>) -> io::Result<()> {
    match fault {
        None => {
            let mut vault = TcpStream::connect(upstream).await?;
            copy_bidirectional(&mut client, &mut vault).await?;
        }
        Some(Fault::Answers(text)) => {
            client.readable().await?;
            client.write_all(text.as_bytes()).await?;
            client.shutdown().await?;
            // Closing a socket with unread data would reset it, and the answer with it.
            copy(&mut client, &mut sink()).await?;
        }
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Deaf) => {
            let mut vault = TcpStream::connect(upstream).await?;
            let (mut answers, mut requests) = vault.split();
            let mut nowhere = sink();
            tokio::try_join!(copy(&mut client, &mut requests), copy(&mut answers, &mut nowhere))?;
        }
    }
    Ok(())
}
