//! Lists that leave the house as CSV: every row of one moment, sent as they are read, and no cell that a spreadsheet would carry out.

use crate::error::Error;
use crate::house::House;
use actix_web::HttpResponse;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType, HeaderName};
use actix_web::web::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use csv::{Terminator, WriterBuilder};
use domain::TenantId;
use futures::{Stream, future::BoxFuture, stream};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// The media type of an export.
pub const CSV: &str = "text/csv; charset=utf-8; header=present";
/// How long whoever reads may take for a part; until then a connection and the moment it shows are held for them.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the whole export may take.
const LONGEST: Duration = Duration::from_secs(600);

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// What somebody wrote, made harmless when it is written down.
    Words(String),
    /// What we made ourselves: a number, an instant, an id.
    Figure(String),
}

/// A column: what stands above it, and what a row has there.
pub type Column<R> = (&'static str, fn(&R) -> Cell);

/// Some rows, and where those after them begin.
pub type Stretch<R> = (Vec<R>, Option<String>);

/// Reads the rows after a place, all in one transaction.
pub trait Pages<R>: Send + 'static {
    fn read<'c>(&'c mut self, conn: &'c mut PgConnection, after: Option<String>) -> BoxFuture<'c, sqlx::Result<Stretch<R>>>;
}

impl Cell {
    /// The text of the cell. Spreadsheets take what begins like a formula for one (OWASP, CSV injection); an apostrophe keeps
    /// them from it.
    fn text(self) -> String {
        match self {
            Cell::Words(words) if words.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{words}"),
            Cell::Words(text) | Cell::Figure(text) => text,
        }
    }
}

impl From<&str> for Cell {
    fn from(words: &str) -> Self {
        Cell::Words(words.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(words: &String) -> Self {
        Cell::Words(words.clone())
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(at: DateTime<Utc>) -> Self {
        Cell::Figure(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

macro_rules! figures {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Cell {
            fn from(figure: $kind) -> Self {
                Cell::Figure(figure.to_string())
            }
        }
    )*};
}
figures!(Decimal, Uuid, i64, u32, bool);

/// What is not there leaves its cell empty.
impl<T> From<Option<T>> for Cell
where
    Cell: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or_else(|| Cell::Figure(String::new()), Cell::from)
    }
}

/// Sends all rows, page by page, as a file of this name. An export that breaks off is cut off, not ended, so that nobody takes a
/// part for the whole.
pub async fn export<R: Send + 'static>(
    house: &House,
    tenant: TenantId,
    name: &str,
    columns: &'static [Column<R>],
    mut pages: impl Pages<R>,
) -> Result<HttpResponse, Error> {
    let ticket = house.limits.tickets.take(tenant)?;
    let (send, mut parts) = mpsc::channel(2);
    let tell = send.clone();
    let reader = house.reader.clone().at_most(LONGEST);
    let read = async move {
        let all = reader.as_tenant(tenant, move |conn| {
            Box::pin(async move {
                let position = position(conn).await?;
                let (mut after, mut head) = (None, true);
                loop {
                    let (rows, next) = pages.read(conn, after).await?;
                    let lines = lines(columns, std::mem::take(&mut head), &rows)?;
                    if send.send_timeout(Told::Lines(lines, position), PATIENCE).await.is_err() {
                        return Err(sqlx::Error::Io(std::io::Error::other("nobody reads the export any more")));
                    }
                    if next.is_none() {
                        return Ok(());
                    }
                    after = next;
                }
            })
        });
        all.await
    };
    tokio::spawn(async move {
        let _ticket = ticket;
        let ended = tokio::time::timeout(LONGEST, read).await;
        let too_long = || sqlx::Error::Io(std::io::Error::other(format!("it took longer than {LONGEST:?}")));
        let last = match ended.unwrap_or_else(|_| Err(too_long())) {
            Ok(()) => Told::End,
            Err(error) => Told::Broken(error),
        };
        // Whoever reads no more need not be told.
        let _ = tell.send_timeout(last, PATIENCE).await;
    });
    let (first, position) = match parts.recv().await {
        Some(Told::Lines(lines, position)) => (lines, position),
        Some(Told::Broken(error)) => return Err(error.into()),
        Some(Told::End) | None => return Err(Error::internal("an export ended before it began")),
    };
    let moment = house.commands.now().format("%Y-%m-%dT%H-%M-%SZ");
    let file = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(format!("{name}-{moment}.csv"))],
    };
    Ok(HttpResponse::Ok()
        .content_type(CSV)
        .insert_header(file)
        .insert_header((HeaderName::from_static("docket-position"), position.to_string()))
        .streaming(rest(first, parts)))
}

/// The position that all read models have come to, in the transaction in which they are read.
pub async fn position(conn: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select min(position) as "position!" from projection.checkpoints"#).fetch_one(conn).await
}

/// What the one who reads from the database tells the one who sends.
enum Told {
    /// Some lines, and the position of the read models that all of them are from.
    Lines(Bytes, i64),
    End,
    Broken(sqlx::Error),
}

fn rest(first: Bytes, parts: mpsc::Receiver<Told>) -> impl Stream<Item = std::io::Result<Bytes>> {
    let rest = stream::unfold(Some(parts), |parts| async {
        let mut parts = parts?;
        let broken = |why: String| Some((Err(std::io::Error::other(why)), None));
        match parts.recv().await {
            Some(Told::Lines(lines, _)) => Some((Ok(lines), Some(parts))),
            Some(Told::End) => None,
            Some(Told::Broken(error)) => {
                tracing::warn!(%error, "an export broke off");
                broken(error.to_string())
            }
            None => broken("the export broke off".into()),
        }
    });
    futures::StreamExt::chain(stream::once(std::future::ready(Ok(first))), rest)
}

/// A table that is at hand as a whole, as a file of this name.
pub fn table(name: &str, head: &[String], rows: Vec<Vec<Cell>>, position: i64) -> Result<HttpResponse, Error> {
    let mut csv = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    csv.write_record(head).map_err(Error::internal)?;
    for row in rows {
        csv.write_record(row.into_iter().map(Cell::text)).map_err(Error::internal)?;
    }
    let bytes = csv.into_inner().map_err(Error::internal)?;
    let file = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(format!("{name}.csv"))],
    };
    let position = (HeaderName::from_static("docket-position"), position.to_string());
    Ok(HttpResponse::Ok().content_type(CSV).insert_header(file).insert_header(position).body(bytes))
}

fn lines<R>(columns: &[Column<R>], head: bool, rows: &[R]) -> Result<Bytes, sqlx::Error> {
    let mut csv = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    let write = |csv: &mut csv::Writer<Vec<u8>>| -> Result<(), csv::Error> {
        if head {
            csv.write_record(columns.iter().map(|(name, _)| *name))?;
        }
        rows.iter().try_for_each(|row| csv.write_record(columns.iter().map(|(_, cell)| cell(row).text())))
    };
    let unwritten = |error: String| sqlx::Error::Io(std::io::Error::other(error));
    write(&mut csv).map_err(|error| unwritten(error.to_string()))?;
    csv.into_inner().map(Bytes::from).map_err(|error| unwritten(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rust_decimal::dec;

    #[test]
    fn no_cell_is_a_formula_and_every_cell_is_one_cell() {
        const COLUMNS: &[Column<(&str, Decimal)>] = &[("words", |row| row.0.into()), ("amount", |row| row.1.into())];
        let rows = [
            ("=1+1", dec!(-5.00)),
            ("+49", dec!(1)),
            ("-x", dec!(1)),
            ("@a", dec!(1)),
            ("\tt", dec!(1)),
            ("\rr", dec!(1)),
            ("a \"b\",\r\nc", dec!(1)),
            ("a=b", dec!(1)),
        ];
        let text = String::from_utf8(lines(COLUMNS, true, &rows).unwrap().to_vec()).unwrap();
        assert!(text.starts_with("words,amount\r\n'=1+1,-5.00\r\n'+49,1\r\n'-x,1\r\n'@a,1\r\n'\tt,1\r\n"), "{text}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let read: Vec<String> = reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
        assert_eq!(read, ["'=1+1", "'+49", "'-x", "'@a", "'\tt", "'\rr", "a \"b\",\r\nc", "a=b"]);
    }

    #[tokio::test]
    async fn what_breaks_off_does_not_look_whole() {
        let read = async |last: Option<Told>| {
            let (send, parts) = mpsc::channel(2);
            send.send(Told::Lines(Bytes::from_static(b"b"), 1)).await.unwrap();
            if let Some(last) = last {
                send.send(last).await.unwrap();
            }
            drop(send);
            let stream = rest(Bytes::from_static(b"a"), parts);
            futures::TryStreamExt::try_collect::<Vec<Bytes>>(stream).await.map(|parts| parts.concat())
        };
        assert_eq!(read(Some(Told::End)).await.unwrap(), b"ab");
        assert!(read(Some(Told::Broken(sqlx::Error::PoolTimedOut))).await.is_err());
        assert!(read(None).await.is_err());
    }
}
