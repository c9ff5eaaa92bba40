//! An event gets into the log that no read model can make sense of, between others that they can.

use super::PATIENCE;
use crate::Outcome;
use crate::row::Row;
use crate::stage::Stage;
use crate::world::Setup;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// A case that was never opened is accepted. Every word of it can be read, and no row is there that it could change.
const POISON: &str = "
select outcome from log.append(array[row(0, $1, 'case', $2, 1, $3, 'case.accepted', 1, now(), 'operator', null, 'poison',
  sha256('poison'), convert_to(jsonb_build_object('agency', $2::uuid)::text, 'UTF8'))::log.incoming])";

pub async fn play(stage: &mut Stage) -> Outcome<Row> {
    let mut world = stage.world(&Setup::default()).await?;
    world.load.start();
    world.load.more(50, PATIENCE).await;
    let mut conn = PgConnection::connect(&world.database_url).await?;
    let poison = sqlx::query(POISON).bind(world.companies[0].tenant).bind(Uuid::now_v7()).bind(Uuid::now_v7());
    poison.execute(&mut conn).await?;
    conn.close().await?;
    world.load.more(50, PATIENCE).await;
    world.load.stop(PATIENCE).await;
    world.row.rounds += 1;
    world.judge().await?;
    world.close().await
}
