//! The socket that 3CX writes its records to, a line each: whatever was read is on record before more is read than fits in memory.
//!
//! Whoever ends their stream sees ours end only when all of it is on record. In every other case, also when the program is killed, the
//! connection is broken (RST): nobody is to take that for a receipt.

use super::intake::{Intake, Piece};
use commands::Error;
use domain::{SourceId, TenantId};
use ipnet::IpNet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

/// Lines that wait for the log; while there are so many, nobody is read from.
const WAITING: usize = 2_048;
/// Lines that are recorded together.
const TOGETHER: usize = 512;
/// Connections at the same time.
const CONNECTIONS: usize = 64;
/// A longer line is no record; its beginning is kept in quarantine, the rest is passed over.
pub const LONGEST_LINE: usize = 65_536;
/// How long to wait for a log that does not answer before it is asked again.
const AGAIN: Duration = Duration::from_millis(500);
/// How often it is asked again by a program that was told to stop.
const FAREWELL: u32 = 10;

const TOO_LONG: &str = "is longer than 65536 bytes; this is its beginning";
const CUT_OFF: &str = "the connection ended in this line";

/// A running listener.
pub struct Listener {
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    recording: JoinHandle<()>,
}

impl Listener {
    /// Begins to listen for one telephone system. Those outside `allowed` are turned away, unless it is empty.
    pub async fn start(
        intake: Intake,
        tenant: TenantId,
        source: SourceId,
        address: SocketAddr,
        allowed: Vec<IpNet>,
    ) -> std::io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let (lines, waiting) = mpsc::channel::<Waiting>(WAITING);
        Ok(Self {
            address,
            stop,
            accepting: tokio::spawn(accept(socket, allowed, lines, stopped.clone())),
            recording: tokio::spawn(record(intake, (tenant, source), waiting, stopped)),
        })
    }

    /// Takes no more, and ends once all that was read is on record.
    pub async fn stop(self) {
        // Nobody listening means that it has ended already.
        let _ = self.stop.send(true);
        for task in [self.accepting, self.recording] {
            if let Err(error) = task.await {
                tracing::error!(%error, "the listener for records ended badly");
            }
        }
    }
}

/// A piece on its way, and the connection that waits for it.
struct Waiting {
    piece: Piece,
    receipt: Receipt,
}

/// Held by every piece of a connection that is not on record yet.
#[derive(Clone)]
struct Receipt {
    _open: mpsc::Sender<()>,
    lost: Arc<AtomicBool>,
}

async fn accept(socket: TcpListener, allowed: Vec<IpNet>, lines: mpsc::Sender<Waiting>, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let (stream, peer) = tokio::select! {
            accepted = socket.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection for records could not be taken");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            _ = stopped.changed() => return,
        };
        let known = allowed.is_empty() || allowed.iter().any(|network| network.contains(&peer.ip().to_canonical()));
        let Some(place) = known.then(|| places.clone().try_acquire_owned().ok()).flatten() else {
            tracing::warn!(%peer, known, "a connection for records was turned away");
            continue;
        };
        let (lines, stopped) = (lines.clone(), stopped.clone());
        tokio::spawn(async move {
            serve(stream, lines, stopped).await;
            drop(place);
        });
    }
}

/// Reads a connection to its end, and ends it in good order once all that came is on record.
async fn serve(mut stream: TcpStream, lines: mpsc::Sender<Waiting>, mut stopped: watch::Receiver<bool>) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::warn!(%error, "a connection for records is gone already");
        return;
    }
    let (open, mut recorded) = mpsc::channel(1);
    let lost = Arc::new(AtomicBool::new(false));
    let receipt = Receipt { _open: open, lost: lost.clone() };
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = read(&mut stream, &mut buffer) => read,
            // What was not read stays with the sender, which will not be told that it arrived.
            _ = stopped.changed() => return,
        };
        let Some(read) = read else { break };
        for piece in splitter.take(&buffer[..read]) {
            if lines.send(Waiting { piece, receipt: receipt.clone() }).await.is_err() {
                return;
            }
        }
    }
    let last = splitter.end().map(|piece| Waiting { piece, receipt: receipt.clone() });
    drop(receipt);
    if let Some(last) = last
        && lines.send(last).await.is_err()
    {
        return;
    }
    // Ends when the last piece of this connection has been let go of.
    while recorded.recv().await.is_some() {}
    if !lost.load(Ordering::Acquire) {
        #[expect(deprecated, reason = "it blocks only with a time to linger, and takes back what was set above")]
        let orderly = stream.set_linger(None);
        if let Err(error) = orderly.and(stream.shutdown().await) {
            tracing::debug!(%error, "a sender of records did not wait for its receipt");
        }
    }
}

/// How many bytes came; none at the end, however it came about.
async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut [u8]) -> Option<usize> {
    stream.read(buffer).await.ok().filter(|read| *read > 0)
}

async fn record(
    intake: Intake,
    (tenant, source): (TenantId, SourceId),
    mut waiting: mpsc::Receiver<Waiting>,
    stopped: watch::Receiver<bool>,
) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while waiting.recv_many(&mut batch, TOGETHER).await > 0 {
        let (mut refused, pieces) = (0, batch.iter().map(|waiting: &Waiting| waiting.piece.clone()).collect::<Vec<_>>());
        // Nothing that was read is let go of while there is hope that the log will take it.
        while let Err(error) = intake.take(tenant, source, pieces.clone()).await {
            refused += u32::from(*stopped.borrow());
            let hopeless = !matches!(error, Error::Busy | Error::Unavailable(_));
            if hopeless || refused > FAREWELL {
                tracing::error!(%error, lines = batch.len(), "records are lost");
                batch.iter().for_each(|waiting| waiting.receipt.lost.store(true, Ordering::Release));
                break;
            }
            tracing::warn!(%error, lines = batch.len(), "records wait for the log");
            tokio::time::sleep(AGAIN).await;
        }
        batch.clear();
    }
}

/// Cuts a stream of bytes into lines.
#[derive(Default)]
pub struct Splitter {
    line: Vec<u8>,
    /// The line was too long; the rest of it is passed over.
    passing: bool,
}

impl Splitter {
    /// The pieces that these bytes complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = vec![];
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.grow(&rest[..end], &mut pieces);
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            if !std::mem::take(&mut self.passing) {
                pieces.push(Piece::Line(line));
            }
        }
        self.grow(rest, &mut pieces);
        pieces
    }

    /// How many bytes wait for the end of their line; none while it cannot be said because the line is passed over.
    pub fn waiting(&self) -> Option<usize> {
        (!self.passing).then_some(self.line.len())
    }

    /// What is left when nothing more comes.
    pub fn end(&mut self) -> Option<Piece> {
        let bytes = std::mem::take(&mut self.line).trim_ascii().to_vec();
        let passing = std::mem::take(&mut self.passing);
        (!passing && !bytes.is_empty()).then_some(Piece::Torn { bytes, why: CUT_OFF })
    }

    fn grow(&mut self, bytes: &[u8], pieces: &mut Vec<Piece>) {
        if self.passing {
            return;
        }
        let room = LONGEST_LINE - self.line.len();
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room {
            self.passing = true;
            pieces.push(Piece::Torn { bytes: std::mem::take(&mut self.line), why: TOO_LONG });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Piece {
        Piece::Line(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_are_found_however_they_are_cut_up() {
        let text = b"one\ntwo\r\n\nthree";
        for size in 1..text.len() {
            let mut splitter = Splitter::default();
            let pieces: Vec<Piece> = text.chunks(size).flat_map(|chunk| splitter.take(chunk)).collect();
            assert_eq!(pieces, [line("one"), line("two\r"), line("")], "{size}");
            assert_eq!(splitter.end(), Some(Piece::Torn { bytes: b"three".to_vec(), why: CUT_OFF }));
            assert_eq!(splitter.end(), None);
        }
    }

    #[test]
    fn a_line_that_never_ends_takes_no_more_memory_than_the_longest() {
        let mut splitter = Splitter::default();
        let mut pieces = vec![];
        for _ in 0..100 {
            pieces.extend(splitter.take(&[b'x'; 10_000]));
        }
        assert_eq!(pieces, [Piece::Torn { bytes: vec![b'x'; LONGEST_LINE], why: TOO_LONG }]);
        assert_eq!(splitter.take(b"end\nnext\n"), [line("next")]);
        assert_eq!(splitter.take(&[b'y'; LONGEST_LINE]), []);
        assert_eq!(splitter.take(b"\n"), [Piece::Line(vec![b'y'; LONGEST_LINE])]);
    }
}
