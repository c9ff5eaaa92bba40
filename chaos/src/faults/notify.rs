//! The server that keeps the read models does not hear of the other's work: the news gets lost, or its connection dies all the time.

use crate::Outcome;
use crate::proxy::{Network, Proxy};
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use rand::Rng;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// The connection that listens to the log.
const LISTENER: &str = "docket listener";
/// How long the news gets lost, and then how long the connection dies.
const SPELL: Duration = Duration::from_secs(2);
/// A read model that is later than this is not late but stuck.
const STUCK: Duration = Duration::from_secs(20);
/// Rounds in one world.
const ROUNDS: usize = 10;

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let proxy = Proxy::start((Ipv4Addr::LOCALHOST, stage.cluster.port()).into()).await?;
    let setup = Setup { servers: 2, clients: 4, through: Some(proxy.address.port()), ..Setup::default() };
    let mut row = Row::default();
    while row.rounds < rounds {
        let mut world = stage.world(&setup).await?;
        // One server answers and does nothing else, the other does the rest and answers nobody: what it learns of the log it is
        // told by PostgreSQL, or sees when it looks by itself.
        for (server, roles) in world.servers.iter_mut().zip(["api", "project,process"]) {
            server.kill()?;
            server.set("DOCKET_ROLES", roles);
            server.start()?;
        }
        for _ in 0..ROUNDS.min(rounds - row.rounds) {
            world.load.start();
            if !world.load.more(20, STUCK).await {
                return Err(world.dead("no command is carried out").into());
            }
            for spell in [silence(&mut world, &proxy).await, dying(&mut world).await] {
                world.row.broken.extend(spell.err().map(|error| error.to_string()));
            }
            world.load.stop(STUCK).await;
            world.row.rounds += 1;
            world.judge().await?;
        }
        row.add(world.close().await?);
    }
    row.notes.push(format!("{} notifications were lost on the way", proxy.muted()));
    Ok(row)
}

/// All connections stand, and no notification arrives.
async fn silence(world: &mut World, proxy: &Proxy) -> Outcome<()> {
    let before = proxy.muted();
    proxy.set(Network { mute: true, ..Network::default() });
    let measured = measure(world, async |_| Ok(())).await;
    proxy.clear();
    if proxy.muted() == before {
        return Err("no notification came by that could get lost".into());
    }
    measured
}

/// The listeners' connections are ended as soon as they are there.
async fn dying(world: &mut World) -> Outcome<()> {
    let end = async |world: &mut World| {
        let pause = Duration::from_millis(world.dice.random_range(10..200));
        tokio::time::sleep(pause).await;
        world.cluster.end(LISTENER).await
    };
    measure(world, end).await
}

async fn measure(world: &mut World, mut meanwhile: impl AsyncFnMut(&mut World) -> Outcome<()>) -> Outcome<()> {
    let began = Instant::now();
    while began.elapsed() < SPELL {
        meanwhile(world).await?;
        let lag = world.lag(STUCK).await?;
        world.row.recoveries.push(lag);
    }
    Ok(())
}
