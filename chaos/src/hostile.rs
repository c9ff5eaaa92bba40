//! People who are no clients of ours: each gives the server trouble in a way of their own, over bare sockets.

use crate::Outcome;
use flate2::{Compression, write::GzEncoder};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// Connections that each send a byte a second.
const SLOW: usize = 500;
/// Connections that never say a word.
pub const IDLE: usize = 10_000;
/// They come one after the other, for it is not the coming that is to be borne.
const ARRIVING: Duration = Duration::from_secs(8);
/// Those who send something enormous at the same time.
const GREEDY: usize = 2;
const GIB: usize = 1 << 30;
/// Brackets within brackets.
const DEPTH: usize = 100_000;
/// What the bomb unfolds to; packed it is under the 1 MiB that is read at all.
const UNFOLDED: usize = 900 << 20;
/// The pause of those who come back, so that what is measured is the server's trouble and not the load of the machine.
const PAUSE: Duration = Duration::from_millis(100);

/// A way to give trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    SlowHeads,
    SlowBodies,
    IdleSockets,
    /// A body of 1 GiB that says so, and one that comes in chunks and does not.
    AnnouncedGiant,
    ChunkedGiant,
    Depth,
    GzipBomb,
}

/// How the server got rid of them: by which status, or by closing the connection, or not at all.
#[derive(Debug, Default, PartialEq)]
pub struct Seen(pub BTreeMap<Rid, usize>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rid {
    Answered(u16),
    Closed,
    /// Still connected at the end.
    Kept,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (rid, times)) in self.0.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            match rid {
                Rid::Answered(status) => write!(f, "{comma}{status} × {times}")?,
                Rid::Closed => write!(f, "{comma}closed × {times}")?,
                Rid::Kept => write!(f, "{comma}kept × {times}")?,
            }
        }
        Ok(())
    }
}

impl Attack {
    pub const ALL: [Attack; 7] = [
        Attack::SlowHeads,
        Attack::SlowBodies,
        Attack::IdleSockets,
        Attack::AnnouncedGiant,
        Attack::ChunkedGiant,
        Attack::Depth,
        Attack::GzipBomb,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Attack::SlowHeads => "slow heads",
            Attack::SlowBodies => "slow bodies",
            Attack::IdleSockets => "10,000 idle sockets",
            Attack::AnnouncedGiant => "1 GiB body",
            Attack::ChunkedGiant => "1 GiB in chunks",
            Attack::Depth => "depth 100,000",
            Attack::GzipBomb => "gzip bomb",
        }
    }

    /// How long it must go on to show what it does.
    pub fn lasting(self) -> Duration {
        match self {
            // Longer than the server's patience with those who do not finish their head.
            Attack::SlowHeads | Attack::SlowBodies | Attack::IdleSockets => Duration::from_secs(20),
            _ => Duration::from_secs(8),
        }
    }

    /// Whether this is a way in which the server may get rid of it. A success never is.
    pub fn may_end(self, rid: Rid) -> bool {
        match (self, rid) {
            (_, Rid::Answered(status)) => (400..500).contains(&status),
            (Attack::IdleSockets | Attack::SlowHeads | Attack::SlowBodies, Rid::Kept) => true,
            // Whoever is still sending when the answer comes may see the connection close instead.
            (_, Rid::Closed) => true,
            (_, Rid::Kept) => false,
        }
    }

    /// Carries it on for so long, with the token of somebody who is known.
    pub async fn run(self, address: SocketAddr, token: &str, lasting: Duration) -> Outcome<Seen> {
        let end = Instant::now() + lasting;
        let head = |more: &str| {
            format!("POST /api/commands HTTP/1.1\r\nHost: chaos\r\nAuthorization: Bearer {token}\r\n{more}\r\n").into_bytes()
        };
        let json = |more: String| head(&format!("Content-Type: application/json\r\n{more}"));
        let sized = |length: usize| json(format!("Content-Length: {length}\r\n"));
        match self {
            Attack::SlowHeads => {
                let slowly = format!("X-Slow: {}", "z".repeat(1000)).into_bytes();
                let start = b"POST /api/commands HTTP/1.1\r\nHost: chaos\r\n".to_vec();
                all(SLOW, |_| drip(address, start.clone(), slowly.clone(), end)).await
            }
            Attack::SlowBodies => all(SLOW, |_| drip(address, sized(100_000), b"{\"command\":\"".repeat(100), end)).await,
            Attack::IdleSockets => all(IDLE, |nth| idle(address, ARRIVING.mul_f64(nth as f64 / IDLE as f64), end)).await,
            Attack::AnnouncedGiant => again(end, || flood(address, sized(GIB), vec![b' '; 1 << 16])).await,
            Attack::ChunkedGiant => {
                let chunk = [b"10000\r\n", &[b' '; 1 << 16][..], b"\r\n"].concat();
                again(end, || flood(address, json("Transfer-Encoding: chunked\r\n".into()), chunk.clone())).await
            }
            Attack::Depth => {
                let data = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
                let body = format!("{{\"command\":\"OpenCase\",\"data\":{{\"customer\":{data}}}}}").into_bytes();
                let request = [sized(body.len()), body].concat();
                again(end, || send(address, request.clone())).await
            }
            Attack::GzipBomb => {
                let bomb = tokio::task::spawn_blocking(|| bomb(UNFOLDED)).await??;
                let head = json(format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", bomb.len()));
                let request = [head, bomb].concat();
                // Packing it took its time.
                let end = Instant::now() + lasting;
                again(end, || send(address, request.clone())).await
            }
        }
    }
}

/// So many at once.
async fn all<F: Future<Output = Rid> + Send + 'static>(number: usize, one: impl Fn(usize) -> F) -> Outcome<Seen> {
    let mut attackers: JoinSet<Rid> = (0..number).map(one).collect();
    let mut seen = Seen::default();
    while let Some(rid) = attackers.join_next().await {
        *seen.0.entry(rid?).or_default() += 1;
    }
    Ok(seen)
}

/// A few who come back again and again.
async fn again<F: Future<Output = Rid>>(end: Instant, one: impl Fn() -> F) -> Outcome<Seen> {
    let attacker = || async {
        let mut seen = Vec::new();
        while Instant::now() < end {
            seen.push(timeout_at(end + Duration::from_secs(30), one()).await.unwrap_or(Rid::Kept));
            sleep(PAUSE).await;
        }
        seen
    };
    let mut seen = Seen::default();
    for rid in futures::future::join_all((0..GREEDY).map(|_| attacker())).await.into_iter().flatten() {
        *seen.0.entry(rid).or_default() += 1;
    }
    Ok(seen)
}

/// Says its start at once and the rest at one byte a second, until the server has had enough.
async fn drip(address: SocketAddr, start: Vec<u8>, slowly: Vec<u8>, end: Instant) -> Rid {
    let dripping = async {
        let Ok(mut stream) = TcpStream::connect(address).await else { return Rid::Closed };
        if stream.write_all(&start).await.is_err() {
            return Rid::Closed;
        }
        let mut rest = slowly.into_iter();
        loop {
            if let Ok(rid) = timeout(Duration::from_secs(1), answer(&mut stream)).await {
                return rid;
            }
            if let Some(byte) = rest.next()
                && stream.write_all(&[byte]).await.is_err()
            {
                return Rid::Closed;
            }
        }
    };
    timeout_at(end, dripping).await.unwrap_or(Rid::Kept)
}

/// Comes after a while and waits for what the server will say, until it does.
async fn idle(address: SocketAddr, after: Duration, end: Instant) -> Rid {
    sleep(after).await;
    let waiting = async {
        match TcpStream::connect(address).await {
            Ok(mut stream) => answer(&mut stream).await,
            Err(_) => Rid::Closed,
        }
    };
    timeout_at(end, waiting).await.unwrap_or(Rid::Kept)
}

/// Sends a piece over and over, a GiB in all, until it is answered.
async fn flood(address: SocketAddr, head: Vec<u8>, piece: Vec<u8>) -> Rid {
    let Ok(mut stream) = TcpStream::connect(address).await else { return Rid::Closed };
    if stream.write_all(&head).await.is_err() {
        return Rid::Closed;
    }
    let (mut from, mut to) = stream.split();
    let sending = async {
        for _ in 0..GIB / (1 << 16) {
            if to.write_all(&piece).await.is_err() {
                break;
            }
        }
        // Whether it was taken or not, what counts is the answer.
        std::future::pending::<Rid>().await
    };
    tokio::select! {
        rid = sending => rid,
        rid = answer(&mut from) => rid,
    }
}

async fn send(address: SocketAddr, request: Vec<u8>) -> Rid {
    let Ok(mut stream) = TcpStream::connect(address).await else { return Rid::Closed };
    // The answer may come before everything is sent, so a failure here says nothing yet.
    let _ = stream.write_all(&request).await;
    answer(&mut stream).await
}

/// The status of what the server says, if it says anything before it closes.
async fn answer(stream: &mut (impl AsyncReadExt + Unpin)) -> Rid {
    let mut line = [0; 12];
    match stream.read_exact(&mut line).await {
        Ok(_) => std::str::from_utf8(&line[9..]).ok().and_then(|status| status.parse().ok()).map_or(Rid::Closed, Rid::Answered),
        Err(_) => Rid::Closed,
    }
}

/// So many spaces, packed.
fn bomb(unfolded: usize) -> Outcome<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let spaces = [b' '; 1 << 16];
    for _ in 0..unfolded / spaces.len() {
        packed.write_all(&spaces)?;
    }
    Ok(packed.finish()?)
}

/// What a process holds in memory, in bytes.
pub fn memory(pid: u32) -> Outcome<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib << 10)
}

/// Lets a process hold so many files open, as far as its hard limit goes; says how many it may.
pub fn allow_files(pid: u32, number: usize) -> Outcome<usize> {
    let allowed = || -> Outcome<(usize, usize)> {
        let limits = std::fs::read_to_string(format!("/proc/{pid}/limits"))?;
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).ok_or("no limit on open files")?;
        let mut numbers = line.split_whitespace().map(|number| number.parse().unwrap_or(usize::MAX));
        Ok((numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)))
    };
    let (soft, hard) = allowed()?;
    if soft < number && hard > soft {
        // Part of util-linux; without it the limit stays as it is.
        let _ = std::process::Command::new("prlimit")
            .args([format!("--pid={pid}"), format!("--nofile={}:{hard}", number.min(hard))])
            .status();
    }
    Ok(allowed()?.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_bomb_is_small_and_unfolds_to_what_it_should() {
        let packed = bomb(64 << 20).unwrap();
        assert!(packed.len() * (UNFOLDED >> 20) / 64 < 1 << 20, "{}", packed.len());
        let unfolded = std::io::copy(&mut flate2::read::GzDecoder::new(&packed[..]), &mut std::io::sink()).unwrap();
        assert_eq!(unfolded, 64 << 20);
    }

    #[test]
    fn a_process_knows_its_own_memory_and_limits() {
        let me = std::process::id();
        let before = memory(me).unwrap();
        let held = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(memory(me).unwrap() >= before + (60 << 20));
        drop(held);
        assert!(allow_files(me, 64).unwrap() >= 64);
    }
}
