//! The way to PostgreSQL is long, and it is cut while answers are out of the house and commits are still on the road.

use super::{PATIENCE, quick};
use crate::Outcome;
use crate::proxy::{Network, Proxy, Way};
use crate::row::Row;
use crate::stage::Stage;
use crate::world::{Setup, World};
use std::net::Ipv4Addr;
use std::time::Duration;

/// One way, one message.
const ROAD: Duration = Duration::from_millis(60);
/// Long enough for every connection to notice.
const MOMENT: Duration = Duration::from_millis(20);

pub async fn play(stage: &mut Stage) -> Outcome<Row> {
    let proxy = Proxy::start((Ipv4Addr::LOCALHOST, stage.cluster.port()).into()).await?;
    let mut world = stage.world(&Setup { through: Some(proxy.address.port()), ..Setup::default() }).await?;
    let fault = async |world: &mut World| {
        proxy.set(Network { up: Way::Delay(ROAD, Duration::ZERO), ..Network::default() });
        // The next yes is the moment: whatever it rests on must be done by now.
        if !world.load.more(8, PATIENCE).await {
            return Err("nothing is carried out over a long way".into());
        }
        proxy.set(Network { up: Way::Reset, down: Way::Reset, ..Network::default() });
        tokio::time::sleep(MOMENT).await;
        proxy.clear();
        Ok(())
    };
    quick(&mut world, fault).await?;
    world.close().await
}
