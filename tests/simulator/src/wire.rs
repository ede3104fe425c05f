//! A connection that can be told to break off after so many bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// After how many bytes a connection breaks off; below 0 never.
#[derive(Debug)]
pub struct Cut {
    left: AtomicI64,
    /// Whether the connection ends with a reset, whoever closes it.
    resets: AtomicBool,
}

impl Default for Cut {
    fn default() -> Cut {
        Cut { left: AtomicI64::new(-1), resets: AtomicBool::new(false) }
    }
}

impl Cut {
    pub fn after(&self, bytes: i64) {
        self.left.store(bytes, Ordering::SeqCst);
        self.reset_at_end();
    }

    pub fn reset_at_end(&self) {
        self.resets.store(true, Ordering::SeqCst);
    }
}

/// A TCP connection with a cut.
pub struct CuttingStream {
    stream: TcpStream,
    cut: Arc<Cut>,
}

impl CuttingStream {
    pub fn new(stream: TcpStream, cut: Arc<Cut>) -> CuttingStream {
        CuttingStream { stream, cut }
    }
}

impl Drop for CuttingStream {
    fn drop(&mut self) {
        if self.cut.resets.load(Ordering::SeqCst) {
            // With no time to linger, closing sends a reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for CuttingStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttingStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.cut.left.load(Ordering::SeqCst);
        let Ok(left) = usize::try_from(left) else { return Pin::new(&mut self.stream).poll_write(context, bytes) };
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let piece = bytes.get(..left.min(bytes.len())).unwrap_or_default();
        let written = Pin::new(&mut self.stream).poll_write(context, piece);
        if let Poll::Ready(Ok(count)) = written {
            self.cut.left.fetch_sub(count as i64, Ordering::SeqCst);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
