//! Whether whoever asked still waits. actix lets a handler work on when its caller has hung up; long work asks here.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How often it is looked.
const EVERY: Duration = Duration::from_millis(500);
/// A connection on which both sides may speak.
const ESTABLISHED: &str = "01";

/// Ends when the connection from this address has ended. Only Linux says so; elsewhere (and to those without an address) it never
/// ends, and a limit of time has to do.
pub async fn gone(peer: Option<SocketAddr>) {
    let Some(peer) = peer else { return std::future::pending().await };
    let (table, address) = match peer.ip() {
        IpAddr::V4(_) => ("/proc/net/tcp", written(peer)),
        IpAddr::V6(_) => ("/proc/net/tcp6", written(peer)),
    };
    loop {
        tokio::time::sleep(EVERY).await;
        match tokio::fs::read_to_string(table).await {
            Ok(connections) if !is_there(&connections, &address) => return,
            Ok(_) => {}
            Err(_) => return std::future::pending().await,
        }
    }
}

/// Whether one of the connections leads to this address and is open.
fn is_there(connections: &str, address: &str) -> bool {
    connections.lines().skip(1).any(|line| {
        let mut columns = line.split_ascii_whitespace().skip(2);
        columns.next() == Some(address) && columns.next() == Some(ESTABLISHED)
    })
}

/// As the table writes it: words of four bytes as this machine stores them, in hexadecimal.
fn written(address: SocketAddr) -> String {
    let bytes = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let words = bytes.as_chunks::<4>().0.iter().map(|word| format!("{:08X}", u32::from_ne_bytes(*word)));
    format!("{}:{:04X}", words.collect::<String>(), address.port())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_open_connection_is_there_and_one_that_was_closed_is_not() {
        let table = "  sl  local_address rem_address   st tx_queue\n\
                       0: 0100007F:1F40 00000000:0000 0A 00000000:00000000\n\
                       1: 0100007F:1F40 0100007F:D431 01 00000000:00000000\n\
                       2: 0100007F:1F40 0100007F:D432 08 00000000:00000000\n";
        assert!(is_there(table, "0100007F:D431") && !is_there(table, "0100007F:D432") && !is_there(table, "0100007F:D433"));
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn addresses_are_written_as_the_machine_does() {
        assert_eq!(written("127.0.0.1:54321".parse().unwrap()), "0100007F:D431");
        assert_eq!(written("[::1]:8000".parse().unwrap()), "00000000000000000000000001000000:1F40");
    }

    #[tokio::test]
    async fn whoever_hangs_up_is_gone() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let caller = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (_here, peer) = listener.accept().await.unwrap();
        assert!(tokio::time::timeout(EVERY * 3, gone(Some(peer))).await.is_err());
        drop(caller);
        gone(Some(peer)).await;
    }
}
