//! Stands between Docket and PostgreSQL and does to their connections what bad networks do.

mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use wire::Wire;

/// What becomes of bytes in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    #[default]
    Pass,
    /// Each piece waits so long and up to so much longer.
    Delay(Duration, Duration),
    /// One byte at a time.
    Slices,
    /// Nothing passes for as long as this lasts, as if a router had gone silent.
    Swallow,
    /// Both ends see an orderly end of the connection.
    Cut,
    /// Both ends see the connection reset.
    Reset,
}

/// The state of the network. Changes take effect at once, on open connections too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// From Docket to PostgreSQL.
    pub up: Way,
    /// From PostgreSQL to Docket.
    pub down: Way,
    /// Nobody listens: new connections are refused.
    pub refuse: bool,
    /// Every commit reaches PostgreSQL, and its answer is lost with the connection.
    pub unanswered: bool,
    /// Notifications are lost.
    pub mute: bool,
}

/// How often it did the two things that depend on what is said.
#[derive(Default)]
struct Tally {
    severed: AtomicU64,
    muted: AtomicU64,
}

/// A running proxy. It ends, with all connections, when it is dropped.
pub struct Proxy {
    /// Where Docket finds it.
    pub address: SocketAddr,
    network: watch::Sender<Network>,
    tally: Arc<Tally>,
    serving: JoinHandle<io::Result<()>>,
}

impl Proxy {
    /// Listens on a free port for connections to this server.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (network, seen) = watch::channel(Network::default());
        let tally = Arc::<Tally>::default();
        let serving = tokio::spawn(serve(listener, server, seen, tally.clone()));
        Ok(Self { address, network, tally, serving })
    }

    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }

    /// Everything passes again.
    pub fn clear(&self) {
        self.set(Network::default());
    }

    /// Commits whose answer was cut off so far.
    pub fn severed(&self) -> u64 {
        self.tally.severed.load(Ordering::Relaxed)
    }

    /// Notifications lost so far.
    pub fn muted(&self) -> u64 {
        self.tally.muted.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(
    mut listener: TcpListener,
    server: SocketAddr,
    mut seen: watch::Receiver<Network>,
    tally: Arc<Tally>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let mut connections = JoinSet::new();
    loop {
        if seen.borrow_and_update().refuse {
            drop(listener);
            // Held, but not listened on: nobody else gets the port, and whoever knocks is refused.
            let held = TcpSocket::new_v4()?;
            held.set_reuseaddr(true)?;
            held.bind(address)?;
            // An error says the proxy is gone.
            seen.wait_for(|network| !network.refuse).await.map_err(io::Error::other)?;
            listener = held.listen(1024)?;
        }
        tokio::select! {
            accepted = listener.accept() => {
                connections.spawn(connection(accepted?.0, server, seen.clone(), tally.clone()));
            }
            changed = seen.changed() => changed.map_err(io::Error::other)?,
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Why a connection ends before both sides have said all they had to say.
enum End {
    Cut,
    Reset,
}

impl From<io::Error> for End {
    /// Whatever tore one side tears the other.
    fn from(_: io::Error) -> Self {
        End::Reset
    }
}

async fn connection(mut client: TcpStream, server: SocketAddr, seen: watch::Receiver<Network>, tally: Arc<Tally>) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        let _ = client.set_zero_linger();
        return;
    };
    // Small pieces are the point. An error shows itself at the first byte.
    let _ = client.set_nodelay(true).and(server.set_nodelay(true));
    let wire = Mutex::new(Wire::default());
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let mut up = Direction { to: to_server, seen: seen.clone(), way: |network| network.up };
    let mut down = Direction { to: to_client, seen, way: |network| network.down };
    let heard = |bytes: &[u8], _: Network| {
        wire.lock().unwrap_or_else(PoisonError::into_inner).asked(bytes);
        (bytes.to_vec(), false)
    };
    let said = |bytes: &[u8], network: Network| {
        let passed = wire.lock().unwrap_or_else(PoisonError::into_inner).answered(bytes, network.unanswered, network.mute);
        tally.severed.fetch_add(u64::from(passed.sever), Ordering::Relaxed);
        tally.muted.fetch_add(passed.muted, Ordering::Relaxed);
        (passed.bytes, passed.sever)
    };
    let ended = tokio::try_join!(up.run(from_client, heard), down.run(from_server, said));
    if matches!(ended, Err(End::Reset)) {
        let _ = client.set_zero_linger().and(server.set_zero_linger());
    }
}

/// One direction of a connection.
struct Direction<'c> {
    to: WriteHalf<'c>,
    seen: watch::Receiver<Network>,
    way: fn(&Network) -> Way,
}

impl Direction<'_> {
    /// Carries bytes until one side ends. `look` says what of them goes on, and whether to cut after that.
    async fn run(&mut self, mut from: ReadHalf<'_>, look: impl Fn(&[u8], Network) -> (Vec<u8>, bool)) -> Result<(), End> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let (network, way) = self.state();
            match way {
                Way::Cut => return Err(End::Cut),
                Way::Reset => return Err(End::Reset),
                Way::Swallow => self.changed().await?,
                _ => {
                    tokio::select! {
                        read = from.read(&mut buffer) => match read? {
                            0 => return Ok(self.to.shutdown().await?),
                            length => {
                                // It may have changed while there was nothing to read.
                                let network = if self.seen.has_changed().unwrap_or(false) { self.state().0 } else { network };
                                let (bytes, sever) = look(&buffer[..length], network);
                                self.carry(&bytes).await?;
                                if sever {
                                    return Err(End::Cut);
                                }
                            }
                        },
                        changed = self.seen.changed() => changed.map_err(io::Error::other)?,
                    }
                }
            }
        }
    }

    /// Sends bytes on in the way that holds at the moment, even if it changes half-way.
    async fn carry(&mut self, bytes: &[u8]) -> Result<(), End> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let part = match self.state().1 {
                Way::Cut => return Err(End::Cut),
                Way::Reset => return Err(End::Reset),
                Way::Pass => rest,
                Way::Slices => &rest[..1],
                Way::Swallow => {
                    self.changed().await?;
                    continue;
                }
                Way::Delay(least, more) => {
                    let time = least + more.mul_f64(rand::random());
                    if tokio::time::timeout(time, self.changed()).await.is_ok() {
                        continue;
                    }
                    rest
                }
            };
            tokio::select! {
                written = self.to.write(part) => rest = &rest[written?..],
                changed = self.seen.changed() => changed.map_err(io::Error::other)?,
            }
        }
        Ok(())
    }

    fn state(&mut self) -> (Network, Way) {
        let network = *self.seen.borrow_and_update();
        (network, (self.way)(&network))
    }

    async fn changed(&mut self) -> Result<(), End> {
        Ok(self.seen.changed().await.map_err(io::Error::other)?)
    }
}

#[cfg(test)]
mod tests;
