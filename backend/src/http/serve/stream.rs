//! The stream of a connection, which updates the connection's timing and its place in the table.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::table::Connection;

/// The connection's stream, which updates its timing.
pub(super) struct Stream {
    pub(super) stream: TcpStream,
    pub(super) connection: Arc<Connection>,
}

impl Stream {
    fn sent(&self, sent: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let mut timing = self.connection.timing();
        match &sent {
            Poll::Ready(Ok(bytes)) => timing.sent(*bytes, Instant::now()),
            Poll::Ready(Err(_)) => {}
            Poll::Pending if timing.unread.is_some() => {}
            Poll::Pending => {
                timing.unread = Some(Instant::now());
                drop(timing);
                self.connection.table.open().wait(&self.connection);
            }
        }
        sent
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.connection.timing().received(Instant::now());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.sent(sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.sent(sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Removes the connection from the table when its task ends, however it ends.
impl Drop for Stream {
    fn drop(&mut self) {
        let mut open = self.connection.table.open();
        open.close(&self.connection);
        open.measure();
    }
}

/// Notifies a connection when it is dropped.
pub(super) struct OnDrop(pub(super) Arc<Connection>, pub(super) fn(&Arc<Connection>));

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.1(&self.0);
    }
}
