//! The network between Docket and PostgreSQL misbehaves in every way that networks know.

use crate::Outcome;
use crate::proxy::{Network, Proxy, Way};
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The ways, by the name under which the notes count them.
const WAYS: [&str; 8] = ["delay", "slices", "silence", "silence then reset", "cut", "reset", "away", "unanswered commits"];
/// How long a cut or a reset stands when it is only a moment: long enough for every connection to notice.
const MOMENT: Duration = Duration::from_millis(20);
/// How long an unanswered commit may keep us waiting, though there is load.
const PATIENCE: Duration = Duration::from_secs(5);

pub async fn run(stage: &mut Stage, rounds: usize) -> Outcome<Row> {
    let proxy = Proxy::start((Ipv4Addr::LOCALHOST, stage.cluster.port()).into()).await?;
    let setup = Setup { through: Some(proxy.address.port()), ..Setup::default() };
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let fault = async |world: &mut World| {
        let name = misbehave(&proxy, &mut world.dice).await?;
        *counted.entry(name).or_default() += 1;
        Ok(Instant::now())
    };
    let mut row = stage.rounds(rounds, &setup, fault).await?;
    let counted: Vec<String> = counted.iter().map(|(name, times)| format!("{name} × {times}")).collect();
    row.notes.push(format!("{}; {} commits whose answer was cut off", counted.join(", "), proxy.severed()));
    Ok(row)
}

/// One fault by the dice. When it returns the network is as it should be.
async fn misbehave(proxy: &Proxy, dice: &mut StdRng) -> Outcome<&'static str> {
    let name = WAYS[dice.random_range(0..WAYS.len())];
    let lasting = Duration::from_millis(dice.random_range(100..1_500));
    let momentary: bool = dice.random();
    let delay = Way::Delay(Duration::from_millis(dice.random_range(5..150)), Duration::from_millis(dice.random_range(0..50)));
    let directions = dice.random_range(0..3);
    let both = |way| Network { up: way, down: way, ..Network::default() };
    let some = |way| match directions {
        0 => both(way),
        1 => Network { up: way, ..Network::default() },
        _ => Network { down: way, ..Network::default() },
    };
    match name {
        "delay" => proxy.set(some(delay)),
        "slices" => proxy.set(some(Way::Slices)),
        "silence" | "silence then reset" => proxy.set(some(Way::Swallow)),
        "cut" => proxy.set(both(Way::Cut)),
        "reset" => proxy.set(both(Way::Reset)),
        "away" => proxy.set(Network { refuse: true, ..both(Way::Reset) }),
        _ => proxy.set(Network { unanswered: true, ..Network::default() }),
    }
    match name {
        "cut" | "reset" if momentary => sleep(MOMENT).await,
        "unanswered commits" => {
            let (began, before) = (Instant::now(), proxy.severed());
            sleep(lasting).await;
            while proxy.severed() == before {
                if began.elapsed() > PATIENCE {
                    return Err("no commit came by that could be cut off".into());
                }
                sleep(MOMENT).await;
            }
        }
        _ => sleep(lasting).await,
    }
    if name == "silence then reset" {
        proxy.set(both(Way::Reset));
        sleep(MOMENT).await;
    }
    proxy.clear();
    Ok(name)
}
