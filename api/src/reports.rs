//! Reports on paper: a case, the worklist, an agency. All figures of one are of one moment and the same as on the screens.

mod agency;
mod case;
mod cases;
mod sums;
mod typesetter;

pub use agency::{__path_agency, agency};
pub use case::{__path_case, case};
pub use cases::{__path_all_cases, all_cases};

use crate::auth::Caller;
use crate::http::places;
use crate::{Error, House, csv};
use ::reports::{Head, Kind};
use actix_web::HttpResponse;
use actix_web::http::header::{ContentDisposition, ContentEncoding, DispositionParam, DispositionType, HeaderName};
use domain::{Instant, TenantId};
use futures::future::BoxFuture;
use projections::cases::settings;
use projections::organization::companies;
use serde::Serialize;
use sqlx::PgConnection;
use std::time::Duration;

/// How long the answer may take: longer than others, because ten thousand cases are many pages.
pub const LONGEST: Duration = Duration::from_secs(90);
/// How long a question for the figures of one may take.
const GATHERED_WITHIN: Duration = Duration::from_secs(80);
/// So many cases or events go into a report.
const MOST: i64 = 20_000;

/// The moment that a report shows, and whose it is.
struct Moment {
    tenant: TenantId,
    now: Instant,
    position: i64,
    company: String,
    colour: String,
}

impl Moment {
    async fn read(conn: &mut PgConnection, tenant: TenantId, now: Instant) -> sqlx::Result<Self> {
        let company = companies::card(conn, tenant).await?.map(|company| company.name).unwrap_or_default();
        let colour = settings::at(conn, tenant, now).await?.chosen.theme_primary_color.into();
        Ok(Self { tenant, now, position: csv::position(conn).await?, company, colour })
    }

    fn head(&self, title: &str, about: String) -> Head {
        Head::new(self.company.clone(), title, about, &self.colour, self.position, self.now)
    }
}

/// A report and the name of its file, or why there is none.
type Gathered<R> = sqlx::Result<Result<(String, R), Error>>;

/// Gathers a report, all of it in one transaction, and answers with its pages.
async fn answer<R, F>(house: &House, caller: &Caller, kind: Kind, gather: F) -> Result<HttpResponse, Error>
where
    R: Serialize + Send + 'static,
    F: for<'c> FnOnce(&'c mut PgConnection, &'c Moment) -> BoxFuture<'c, Gathered<R>> + Send + 'static,
{
    let ticket = house.limits.tickets.take(caller.tenant())?;
    let (tenant, now) = (caller.tenant(), house.commands.now());
    let reader = house.reader.clone().at_most(GATHERED_WITHIN);
    let gathered = reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            let moment = Moment::read(conn, tenant, now).await?;
            let found = gather(conn, &moment).await?;
            let written = found.map(|(name, report)| serde_json::to_vec(&report).map(|report| (name, report)));
            // Whoever reads has the ticket, even when nobody waits any more.
            Ok((written, moment.position, ticket))
        })
    });
    let (written, position, _ticket) = gathered.await?;
    let (name, report) = written?.map_err(Error::internal)?;
    // From here on another process works.
    places::leave();
    let pages =
        typesetter::typeset(house.config.program.as_deref(), Duration::from_secs(house.config.typeset_seconds), kind, report)
            .await?;
    let file = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(format!("{name}-{}.pdf", now.format("%Y-%m-%dT%H-%M-%SZ")))],
    };
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(file)
        // Its parts are compressed already.
        .insert_header(ContentEncoding::Identity)
        .insert_header((HeaderName::from_static("docket-position"), position.to_string()))
        .body(pages))
}

/// A name as part of a file's name.
fn filed(name: &str) -> String {
    let fit = |sign: char| if sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_') { sign } else { '-' };
    let filed: String = name.chars().take(60).map(fit).collect();
    filed.trim_matches('-').to_owned()
}

/// A stored word as people say it: `in_progress` is in progress.
fn said(word: &str) -> String {
    word.replace('_', " ")
}

/// More than a report holds.
fn too_many(what: &str, field: &str, count: i64) -> Error {
    Error::invalid(field, format!("a report has at most {MOST} {what}, and these are {count}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_plain_name() {
        assert_eq!(filed("CASE-2026-000123"), "CASE-2026-000123");
        assert_eq!(filed("../\"Жук\"\r\n.pdf"), "pdf");
        assert_eq!(filed(&"x".repeat(300)).len(), 60);
    }
}
