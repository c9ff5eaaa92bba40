//! The proxy does each thing it is said to do, shown against a server that echoes.

#![allow(clippy::unwrap_used)]
use super::*;
use std::io::ErrorKind;
use std::time::Instant;

/// A server that sends back what it gets, and the proxy in front of it.
async fn echo() -> Proxy {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    Proxy::start(address).await.unwrap()
}

/// A message as PostgreSQL's, which both directions understand; the client's first has no type.
fn message(body: &[u8]) -> Vec<u8> {
    [b"D", &(body.len() as u32 + 4).to_be_bytes()[..], body].concat()
}

async fn ask(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(bytes).await?;
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).await?;
    Ok(back)
}

async fn connected(proxy: &Proxy) -> TcpStream {
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    assert_eq!(ask(&mut stream, &message(b"hello")).await.unwrap(), message(b"hello"));
    stream
}

fn both(way: Way) -> Network {
    Network { up: way, down: way, ..Network::default() }
}

/// Changes the network in a moment, while somebody waits for it.
async fn soon<T>(proxy: &Proxy, network: Network, work: impl Future<Output = T>) -> T {
    let change = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        proxy.set(network);
    };
    tokio::join!(change, work).1
}

#[tokio::test]
async fn what_passes_is_what_was_sent_whole_or_in_slices() {
    let proxy = echo().await;
    let mut stream = connected(&proxy).await;
    let long: Vec<u8> = message(&(0..50_000).map(|n| n as u8).collect::<Vec<_>>());
    assert_eq!(ask(&mut stream, &long).await.unwrap(), long);
    proxy.set(both(Way::Slices));
    assert_eq!(ask(&mut stream, &long).await.unwrap(), long);
}

#[tokio::test]
async fn what_is_delayed_comes_late_and_what_is_swallowed_comes_when_it_is_over() {
    let proxy = echo().await;
    let mut stream = connected(&proxy).await;
    proxy.set(Network { up: Way::Delay(Duration::from_millis(60), Duration::from_millis(20)), ..Network::default() });
    let asked = Instant::now();
    ask(&mut stream, &message(b"late")).await.unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(60));

    proxy.set(Network { down: Way::Swallow, ..Network::default() });
    let waiting = tokio::time::timeout(Duration::from_millis(100), ask(&mut stream, &message(b"gone"))).await;
    assert!(waiting.is_err());
    proxy.clear();
    let mut back = vec![0; message(b"gone").len()];
    stream.read_exact(&mut back).await.unwrap();
    assert_eq!(back, message(b"gone"));
}

#[tokio::test]
async fn a_cut_ends_open_connections_in_order_and_a_reset_does_not() {
    let proxy = echo().await;
    let mut stream = connected(&proxy).await;
    let mut byte = [0];
    assert_eq!(soon(&proxy, both(Way::Cut), stream.read(&mut byte)).await.unwrap(), 0);
    proxy.clear();
    let mut stream = connected(&proxy).await;
    let torn = soon(&proxy, both(Way::Reset), stream.read(&mut byte)).await.unwrap_err();
    assert_eq!(torn.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn while_new_connections_are_refused_old_ones_go_on() {
    let proxy = echo().await;
    let mut old = connected(&proxy).await;
    for _ in 0..20 {
        proxy.set(Network { refuse: true, ..Network::default() });
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(TcpStream::connect(proxy.address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert_eq!(ask(&mut old, &message(b"still")).await.unwrap(), message(b"still"));
        proxy.clear();
        tokio::time::sleep(Duration::from_millis(10)).await;
        connected(&proxy).await;
    }
}

/// Speaks like PostgreSQL as far as it must: says what it has taken, and answers every question with "ready".
async fn commits_are_counted() -> (Proxy, Arc<AtomicU64>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let committed = Arc::<AtomicU64>::default();
    let count = committed.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = vec![0; 1024];
            while let Ok(1..) = stream.read(&mut buffer).await {
                count.fetch_add(1, Ordering::SeqCst);
                if stream.write_all(b"Z\0\0\0\x05I").await.is_err() {
                    break;
                }
            }
        }
    });
    (Proxy::start(address).await.unwrap(), committed)
}

#[tokio::test]
async fn a_commit_reaches_the_server_and_its_answer_reaches_nobody() {
    let (proxy, committed) = commits_are_counted().await;
    let mut stream = TcpStream::connect(proxy.address).await.unwrap();
    let mut back = [0; 6];
    for said in [&b"\0\0\0\x08\0\x03\0\0"[..], b"Q\0\0\0\x0dselect 1\0"] {
        proxy.set(Network { unanswered: true, ..Network::default() });
        stream.write_all(said).await.unwrap();
        stream.read_exact(&mut back).await.unwrap();
    }
    stream.write_all(b"Q\0\0\0\x0bcommit\0").await.unwrap();
    assert_eq!(stream.read(&mut back).await.unwrap(), 0);
    assert_eq!((committed.load(Ordering::SeqCst), proxy.severed()), (3, 1));
}
