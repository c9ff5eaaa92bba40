//! The socket that 3CX writes its records to, a line each: whatever was read is on record before more is read than fits in memory.
//!
//! Whoever ends their stream sees ours end only when all of it is on record. In every other case, also when the program is killed, the
//! connection is broken (RST): nobody is to take that for a receipt.

use super::intake::{Intake, Piece};
use super::lines::Splitter;
use super::places::{Place, Places};
use commands::Error;
use domain::{SourceId, TenantId};
use ipnet::IpNet;
use socket2::{SockRef, TcpKeepalive};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Lines that wait for the log; while there are so many, nobody is read from.
const WAITING: usize = 2_048;
/// Lines that are recorded together.
const TOGETHER: usize = 512;
/// Connections at the same time.
const CONNECTIONS: usize = 64;
/// After so long a silence the other machine is asked whether it is still there, this often and at this distance.
const SILENCE: Duration = Duration::from_secs(60);
const ASKED: u32 = 3;
const APART: Duration = Duration::from_secs(10);
/// How long to wait for a log that does not answer before it is asked again.
const AGAIN: Duration = Duration::from_millis(500);
/// How often it is asked again by a program that was told to stop.
const FAREWELL: u32 = 10;

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
    place: Place,
}

async fn accept(socket: TcpListener, allowed: Vec<IpNet>, lines: mpsc::Sender<Waiting>, mut stopped: watch::Receiver<bool>) {
    let places = Places::new(CONNECTIONS);
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
        // From here on whoever lets go of it breaks it: an orderly end would be a receipt.
        if let Err(error) = prepare(&stream) {
            tracing::warn!(%peer, %error, "a connection for records is gone already");
            continue;
        }
        if !allowed.is_empty() && !allowed.iter().any(|network| network.contains(&peer.ip().to_canonical())) {
            tracing::warn!(%peer, "a connection for records was turned away");
            count("turned_away");
            continue;
        }
        let seated = places.take();
        if let Some(silent) = seated.broken {
            tracing::warn!(%peer, connections = CONNECTIONS, ?silent, "the connection for records that was silent longest made room");
            count("made_room");
        }
        let (lines, stopped) = (lines.clone(), stopped.clone());
        tokio::spawn(async move {
            tokio::select! {
                // First: what is over must not be ended in good order because its pieces were let go of at the same time.
                biased;
                () = seated.over => {}
                () = serve(stream, lines, stopped, seated.place.clone()) => {}
            }
            seated.place.leave();
        });
    }
}

/// So that a connection is broken unless it is ended on purpose, and the silence of a machine that is gone is noticed.
fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_zero_linger()?;
    let asking = TcpKeepalive::new().with_time(SILENCE).with_interval(APART).with_retries(ASKED);
    SockRef::from(stream).set_tcp_keepalive(&asking)
}

fn count(outcome: &'static str) {
    metrics::counter!("docket_cdr_connections_ended_total", "why" => outcome).increment(1);
}

/// Reads a connection to its end, and ends it in good order once all that came is on record.
async fn serve(mut stream: TcpStream, lines: mpsc::Sender<Waiting>, mut stopped: watch::Receiver<bool>, place: Place) {
    let (open, mut recorded) = mpsc::channel(1);
    let receipt = Receipt { _open: open, place: place.clone() };
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = read(&mut stream, &mut buffer) => read,
            // What was not read stays with the sender, which will not be told that it arrived.
            _ = stopped.changed() => return,
        };
        let Some(read) = read else { break };
        place.was_heard();
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
    #[expect(deprecated, reason = "it blocks only with a time to linger, and takes back what was set at the beginning")]
    let orderly = stream.set_linger(None);
    if let Err(error) = orderly.and(stream.shutdown().await) {
        tracing::debug!(%error, "a sender of records did not wait for its receipt");
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
                // At once, and not at their end, which may never come: 3CX keeps its connection open for months.
                for waiting in &batch {
                    if waiting.receipt.place.leave() {
                        count("records_lost");
                    }
                }
                break;
            }
            tracing::warn!(%error, lines = batch.len(), "records wait for the log");
            tokio::time::sleep(AGAIN).await;
        }
        batch.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::net::TcpSocket;

    #[tokio::test]
    async fn a_machine_that_is_gone_is_noticed_and_what_is_let_go_of_is_broken() {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        let (sender, accepted) = tokio::join!(socket.connect(door.local_addr().unwrap()), door.accept());
        let (mut sender, (stream, _)) = (sender.unwrap(), accepted.unwrap());
        prepare(&stream).unwrap();
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        let asking = (socket.tcp_keepalive_time().unwrap(), socket.tcp_keepalive_interval().unwrap());
        assert_eq!((asking, socket.tcp_keepalive_retries().unwrap()), ((SILENCE, APART), ASKED));
        drop(stream);
        assert!(sender.read(&mut [0; 8]).await.is_err());
    }
}
