//! A relay between a client and its server, with faults that the server can't be made to have.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, copy_bidirectional, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It sends its own response, and closes the connection.
    Answers(&'static str),
    /// It closes the connection at once: no request arrives.
    Closed,
    /// It accepts requests and does not answer.
    Silent,
    /// It forwards requests, and loses the responses.
    Deaf,
    /// It forwards requests, and closes the connection in place of a response.
    AnswerLost,
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
    pub url: String,
    fault: watch::Sender<Option<Fault>>,
    connections: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Relay {
    /// A relay to `HOST:PORT`. The first connections have these faults.
    pub async fn to(server: &str, first: &[Fault]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let (fault, of_all) = watch::channel(None);
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let (server, first) = (server.to_owned(), first.to_vec());
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let first = first.get(counted.fetch_add(1, Ordering::SeqCst)).copied();
                let (mut fault, server) = (of_all.clone(), server.clone());
                tokio::spawn(async move {
                    let present = first.or(*fault.borrow_and_update());
                    // A change of the fault ends open connections.
                    tokio::select! {
                        _ = relay(client, &server, present) => {}
                        _ = fault.changed() => {}
                    }
                });
            }
        });
        Self { url, fault, connections, _task: task }
    }

    /// Gives all new connections this fault, and ends the open ones.
    pub fn fail(&self, fault: Option<Fault>) {
        self.fault.send_replace(fault);
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn relay(mut client: TcpStream, server: &str, fault: Option<Fault>) -> io::Result<()> {
    match fault {
        None => {
            let mut server = TcpStream::connect(server).await?;
            copy_bidirectional(&mut client, &mut server).await?;
        }
        Some(Fault::Answers(text)) => {
            client.readable().await?;
            client.write_all(text.as_bytes()).await?;
            client.shutdown().await?;
            // Closing a socket with unread data would reset it, and the answer with it.
            copy(&mut client, &mut sink()).await?;
        }
        Some(Fault::Closed) => {}
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Deaf) => {
            let mut server = TcpStream::connect(server).await?;
            let (mut answers, mut requests) = server.split();
            let mut nowhere = sink();
            tokio::try_join!(copy(&mut client, &mut requests), copy(&mut answers, &mut nowhere))?;
        }
        Some(Fault::AnswerLost) => {
            let mut server = TcpStream::connect(server).await?;
            let (mut answers, mut requests) = server.split();
            tokio::select! {
                _ = copy(&mut client, &mut requests) => {}
                _ = answers.read_u8() => {}
            }
        }
    }
    Ok(())
}
