//! Somebody who listens: where they are, what they may hear, and until when.

use super::boards::Watching;
use super::feed::Feed;
use super::news::News;
use super::seats::Seat;
use super::wanted::Interest;
use crate::auth::Caller;
use crate::calls::accesses::{Looking, facts};
use crate::error::{Error, Kind};
use crate::house::House;
use eventlog::Position;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

/// How often something is said where nothing happens, so that nobody in between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is asked whether they still may.
const RECHECK: Duration = Duration::from_secs(30);
/// How soon after their account changed: what is remembered of it may be a second old.
const RECHECK_SOON: Duration = Duration::from_millis(1_500);
/// How long to wait before asking a log again that did not answer.
const RETRY: Duration = Duration::from_millis(500);
/// How long somebody may take nothing before their seat is given to another. They go on from where they were.
const PATIENCE: Duration = Duration::from_secs(30);

/// What somebody listens to.
pub enum Programme {
    /// What happens in the company, and who is noted to have looked at what they are told of.
    News(Interest, Looking),
    /// The board of its call centre.
    Board(Watching),
}

/// What somebody hears.
pub enum Heard {
    /// They listen after this position.
    Hello(Position),
    /// This happened; told entirely to those who may read the audit trail.
    News(Vec<Arc<News>>, bool),
    /// Something that is written already.
    Told(Arc<str>),
    /// Nothing for them up to this position.
    Still(Position),
    /// It is over, and why.
    End(Error),
}

impl Programme {
    /// What is to be told next of the board, if that is what they listen to.
    async fn board(&mut self) -> Result<Arc<str>, Error> {
        match self {
            Programme::News(..) => std::future::pending().await,
            Programme::Board(watching) => {
                watching.next().await.ok_or_else(|| Error::unavailable("the board cannot be made; connect again"))
            }
        }
    }

    /// How far they know of everything, who have heard of the log up to `at`.
    fn position(&self, at: Position) -> Position {
        match self {
            Programme::News(..) => at,
            Programme::Board(watching) => watching.position(),
        }
    }
}

/// Somebody who listens.
pub struct Listener {
    house: House,
    feed: Arc<Feed>,
    caller: Caller,
    programme: Programme,
    at: Position,
    recheck: Instant,
}

impl Listener {
    pub fn new(house: House, caller: Caller, programme: Programme, at: Position) -> Self {
        let feed = house.feed.clone();
        Self { house, feed, caller, programme, at, recheck: Instant::now() + RECHECK }
    }

    /// Tells what happens until nobody listens any more or nobody may.
    pub async fn run(mut self, tell: mpsc::Sender<Heard>, seat: Arc<Seat>) {
        let over = self.listen(&tell).await;
        drop(seat);
        let Err(over) = over else { return };
        metrics::counter!("docket_live_endings_total", "why" => over.kind.code()).increment(1);
        // Whoever has gone away need not be told.
        let _ = tell.send_timeout(Heard::End(over), PATIENCE).await;
    }

    /// Goes on until they are gone (`Ok`), or for the reason why they hear no more.
    async fn listen(&mut self, tell: &mpsc::Sender<Heard>) -> Result<(), Error> {
        let mut leaving = self.house.leaving.subscribe();
        let left = self.caller.claims.exp - chrono::Utc::now().timestamp();
        let expiry = Instant::now() + Duration::from_secs(left.max(0).unsigned_abs());
        let mut heartbeat = Instant::now() + HEARTBEAT;
        if let Programme::News(..) = self.programme {
            self.tell(tell, Heard::Hello(self.at)).await?;
        }
        loop {
            let leave = async { drop(leaving.wait_for(|leaving| *leaving).await) };
            let next = tokio::select! {
                biased;
                () = tell.closed() => return Ok(()),
                () = leave => return Err(Error::unavailable("this server stops; connect again")),
                () = sleep_until(expiry) => return Err(Error::unauthenticated("the token has expired; renew it or sign in again")),
                () = sleep_until(self.recheck) => {
                    self.check(RECHECK).await?;
                    continue;
                }
                () = sleep_until(heartbeat) => Some(Heard::Still(self.programme.position(self.at))),
                told = self.programme.board() => Some(Heard::Told(told?)),
                found = self.feed.after(self.at) => match found {
                    Ok(found) => self.among(found).await?,
                    Err(error) => {
                        tracing::warn!(%error, "the log cannot be read for those who listen");
                        sleep(RETRY).await;
                        None
                    }
                },
            };
            if let Some(heard) = next {
                self.tell(tell, heard).await?;
                heartbeat = Instant::now() + HEARTBEAT;
            }
        }
    }

    /// What of it is for them.
    async fn among(&mut self, mut found: Vec<Arc<News>>) -> Result<Option<Heard>, Error> {
        self.at = found.last().map_or(self.at, |last| last.position());
        if found.iter().any(|news| self.is_about_them(news)) {
            self.check(RECHECK_SOON).await?;
        }
        let Programme::News(interest, looking) = &self.programme else { return Ok(None) };
        found.retain(|news| interest.is_in(news));
        // Whoever hears only that something happened has seen nothing of it.
        if interest.entirely {
            looking.at_all(facts::gathered(found.iter().filter_map(|news| news.tells_of()))).await?;
        }
        Ok((!found.is_empty()).then(|| Heard::News(found, interest.entirely)))
    }

    /// Their account or its company.
    fn is_about_them(&self, news: &News) -> bool {
        let (stream, caller) = (&news.event.stream, &self.caller);
        stream.tenant == caller.home && (stream.id == caller.user.0 || stream.id == caller.home.0)
    }

    /// Ends it if they may no more what they might when they came; whoever may more comes again, too.
    async fn check(&mut self, next: Duration) -> Result<(), Error> {
        self.recheck = Instant::now() + next;
        match Caller::acting(&self.house, self.caller.claims.clone(), self.caller.tenant()).await {
            Ok(now) if now.principal == self.caller.principal => Ok(()),
            Ok(_) => Err(Error::forbidden("your rights have changed; connect again")),
            // The next time, perhaps; the token's own end comes in any case.
            Err(error) if error.kind == Kind::Unavailable || error.kind == Kind::Internal => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn tell(&self, tell: &mpsc::Sender<Heard>, heard: Heard) -> Result<(), Error> {
        match tell.send_timeout(heard, PATIENCE).await {
            Ok(()) => Ok(()),
            // Whoever is gone is found to be so at the next look.
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Ok(()),
            Err(_) => Err(Error::new(Kind::TooSlow, "nothing was taken for too long; connect again")),
        }
    }
}
