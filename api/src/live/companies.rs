//! What the own boards of a company's agents are cut from: read once for all of them, and at most once a second.
//!
//! There are as many such boards as agents, and any call may change any of them. If each asked for itself, two hundred agents would
//! ask two hundred times about every call.

use super::boards::OWN_BREATH;
use crate::calls::board::{Made, Today, View};
use crate::error::Error;
use crate::house::House;
use domain::TenantId;
use eventlog::Position;
use projections::Viewer;
use projections::calls::board::{self, CompanyRows};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

/// What was read last of a company.
struct Read {
    began: Instant,
    /// The last event that it surely reflects, and the generations it was read from.
    reflects: Position,
    generations: i64,
    today: Today,
    rows: CompanyRows,
}

type Last = Arc<tokio::sync::Mutex<Option<Arc<Read>>>>;

/// What was read last of every company of which somebody watches an agent's own board.
#[derive(Default)]
pub struct Companies(Mutex<HashMap<TenantId, Last>>);

/// What has to be on a board.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// Everything up to here, and whether the read models have come to it: if not, whatever they show by now.
    pub at: Position,
    pub reached: bool,
    pub generations: i64,
}

impl Read {
    fn shows(&self, house: &House, wanted: Wanted) -> bool {
        let Wanted { at, reached, generations } = wanted;
        let new_enough = if reached { self.reflects >= at } else { self.began.elapsed() < OWN_BREATH };
        new_enough && self.generations == generations && house.commands.now() < self.today.midnight
    }
}

impl Companies {
    /// An agent's own board as of now.
    pub async fn own(&self, house: &House, view: &View, wanted: Wanted, turns: &Semaphore) -> Result<Made, Error> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(view.tenant).or_default().clone();
        let mut last = last.lock().await;
        let read = match last.as_ref().filter(|read| read.shows(house, wanted)) {
            Some(read) => read.clone(),
            None => {
                if let Some(before) = last.as_ref() {
                    // Whoever comes meanwhile waits here too, and all are shown the same.
                    sleep_until(before.began + OWN_BREATH).await;
                }
                let _turn = turns.acquire().await;
                let read = Arc::new(read(house, view.tenant, wanted).await?);
                *last = Some(read.clone());
                read
            }
        };
        drop(last);
        Ok(read.today.own(view, &read.rows))
    }

    /// Nobody watches any more.
    pub fn forget(&self, tenant: TenantId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
    }
}

async fn read(house: &House, tenant: TenantId, wanted: Wanted) -> Result<Read, Error> {
    let began = Instant::now();
    let today = Today::of(house, tenant).await?;
    let (process, day) = (Viewer::process(), today.day);
    let asked =
        house.reader.as_viewer(tenant, &process, move |conn| Box::pin(async move { board::company(conn, tenant, day).await }));
    let rows = asked.await?;
    metrics::counter!("docket_live_companies_read_total").increment(1);
    // The read models' own word on how far they are may come a little later than the rows.
    let reflects = if wanted.reached { rows.position.max(wanted.at) } else { rows.position };
    Ok(Read { began, reflects, generations: wanted.generations, today, rows })
}
