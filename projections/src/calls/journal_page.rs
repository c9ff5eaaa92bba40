//! A page of the journals: which are wanted, those that wait for a review, and what a search for words finds.

use super::journals::JournalRow;
use crate::Viewer;
use crate::page::{Listing, Page};
use chrono::NaiveDate;
use domain::calls::call::FollowUpType;
use domain::calls::journal::JournalStatus;
use domain::organization::role::Reach;
use domain::{CallId, Instant, JournalId, LocationId, TenantId, UserId};
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Among how many journals, the newest, that bear the words a search looks for whatever else is wanted.
pub const SEARCHED: i32 = 1_000;

/// Which journals are wanted; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JournalFilter {
    pub agent: Option<UserId>,
    /// The address the agent had when it was written, in small letters.
    pub agent_email: Option<String>,
    pub location: Option<LocationId>,
    pub call: Option<CallId>,
    pub status: Option<JournalStatus>,
    pub tag: Option<String>,
    pub department: Option<String>,
    pub follow_up: Option<bool>,
    pub follow_up_type: Option<FollowUpType>,
    /// To be followed up by this day at the latest.
    pub follow_up_by: Option<NaiveDate>,
    pub referral: Option<bool>,
    pub commendation: Option<bool>,
    pub least_score: Option<u32>,
    pub most_score: Option<u32>,
    /// Written from here on.
    pub from: Option<Instant>,
    /// Written before.
    pub until: Option<Instant>,
    /// Words, `"a phrase"`, `or`, `-without`.
    pub text: Option<String>,
}

/// In which order journals come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JournalOrder {
    /// Written last first.
    #[default]
    Newest,
    /// Handed in first first: the order in which they are to be reviewed. Those that are not handed in are left out.
    Waiting,
}

/// A journal, and where in it the words stand that were looked for, between `**` and `**`.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundJournal {
    pub journal: JournalRow,
    pub headline: Option<String>,
}

/// Where a page ended: the instant by which it is sorted, and its last journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalCursor {
    at: Instant,
    journal_id: JournalId,
}

impl fmt::Display for JournalCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.at.timestamp_micros(), self.journal_id)
    }
}

impl FromStr for JournalCursor {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (at, journal_id) = text.split_once('~')?;
            let at = Instant::from_timestamp_micros(at.parse().ok()?)?;
            Some(Self { at, journal_id: journal_id.parse().ok()? })
        };
        read().ok_or("must be a cursor that an earlier page gave")
    }
}

/// A page of the journals that somebody sees.
pub async fn page(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    filter: &JournalFilter,
    order: JournalOrder,
    page: Page,
    after: Option<JournalCursor>,
) -> sqlx::Result<Listing<FoundJournal>> {
    let (column, direction, beyond) = match order {
        JournalOrder::Newest => ("created_at", "desc", "<"),
        JournalOrder::Waiting => ("submitted_at", "asc", ">"),
    };
    let (offset, limit) = page.bounds();
    let mut query = QueryBuilder::<Postgres>::new("select to_json(p), ");
    match &filter.text {
        // Only on the journals of this page: it reads each from its beginning to its end.
        Some(text) => {
            query.push("ts_headline('english', p.search, websearch_to_tsquery('english', ").push_bind(text.clone());
            query.push("), 'StartSel=**, StopSel=**, MaxFragments=2, MaxWords=20, MinWords=5')");
        }
        None => drop(query.push("null::text")),
    }
    query.push(" from (select * from journals j where ");
    narrow(&mut query, tenant, viewer, filter, order);
    if let Some(JournalCursor { at, journal_id }) = after {
        query.push(format_args!(" and (j.{column}, j.journal_id) {beyond} (")).push_bind(at);
        query.push(", ").push_bind(journal_id.0).push(")");
    }
    query.push(format_args!(" order by j.{column} {direction}, j.journal_id {direction} limit ")).push_bind(limit + 1);
    query.push(" offset ").push_bind(if after.is_some() { 0 } else { offset });
    query.push(format_args!(") p order by p.{column} {direction}, p.journal_id {direction}"));
    let found: Vec<(Json<JournalRow>, Option<String>)> = query.build_query_as().fetch_all(&mut *conn).await?;
    let mut rows: Vec<_> = found.into_iter().map(|(journal, headline)| FoundJournal { journal: journal.0, headline }).collect();
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| more).map(|found| &found.journal);
    let next = last.and_then(|last| {
        let at = match order {
            JournalOrder::Newest => Some(last.created_at),
            JournalOrder::Waiting => last.submitted_at,
        };
        at.map(|at| JournalCursor { at, journal_id: last.journal_id }.to_string())
    });

    let mut count = QueryBuilder::<Postgres>::new("select count(*) from journals j where ");
    narrow(&mut count, tenant, viewer, filter, order);
    let total = count.build_query_scalar().fetch_one(conn).await?;
    Ok(Listing { rows, total, next })
}

fn narrow(query: &mut QueryBuilder<Postgres>, tenant: TenantId, viewer: &Viewer, filter: &JournalFilter, order: JournalOrder) {
    query.push("j.tenant_id = ").push_bind(tenant.0);
    if viewer.reach == Reach::Own {
        query.push(" and j.agent_id = ").push_bind(viewer.user);
    }
    if order == JournalOrder::Waiting {
        query.push(" and j.journal_status = 'submitted'");
    }
    let mut is = |column: &str, id: Option<Uuid>| {
        if let Some(id) = id {
            query.push(format_args!(" and j.{column} = ")).push_bind(id);
        }
    };
    is("agent_id", filter.agent.map(Uuid::from));
    is("location_id", filter.location.map(Uuid::from));
    is("call_id", filter.call.map(Uuid::from));
    let mut says = |condition: &str, word: Option<String>| {
        if let Some(word) = word {
            query.push(format_args!(" and {condition}")).push_bind(word);
        }
    };
    says("lower(j.agent_email) = ", filter.agent_email.clone());
    says("j.journal_status = ", filter.status.map(|status| status.word().to_owned()));
    says("j.follow_up_type = ", filter.follow_up_type.map(|kind| kind.word().to_owned()));
    if let Some(tag) = &filter.tag {
        query.push(" and ").push_bind(tag.clone()).push(" = any(j.call_tags)");
    }
    if let Some(department) = &filter.department {
        query.push(" and ").push_bind(department.clone()).push(" = any(j.department_involved)");
    }
    let mut whether = |condition: &str, wanted: Option<bool>| match wanted {
        Some(true) => drop(query.push(format_args!(" and {condition}"))),
        Some(false) => drop(query.push(format_args!(" and not {condition}"))),
        None => {}
    };
    whether("j.follow_up_required", filter.follow_up);
    whether("j.referral_made", filter.referral);
    whether("j.commendation_worthy", filter.commendation);
    if let Some(day) = filter.follow_up_by {
        query.push(" and j.follow_up_required and j.follow_up_date <= ").push_bind(day);
    }
    if let Some(score) = filter.least_score {
        query.push(" and j.review_score >= ").push_bind(i64::from(score));
    }
    if let Some(score) = filter.most_score {
        query.push(" and j.review_score <= ").push_bind(i64::from(score));
    }
    if let Some(from) = filter.from {
        query.push(" and j.created_at >= ").push_bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" and j.created_at < ").push_bind(until);
    }
    if let Some(text) = &filter.text {
        query.push(" and j.journal_id in (select projection.journals_found(").push_bind(text.clone());
        query.push(", ").push_bind(SEARCHED).push("))");
    }
}

/// A journal, if somebody sees it.
pub async fn card(
    conn: &mut PgConnection,
    tenant: TenantId,
    viewer: &Viewer,
    journal: JournalId,
) -> sqlx::Result<Option<JournalRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(j) as "journal!: Json<JournalRow>" from journals j
           where tenant_id = $1 and journal_id = $2 and ($3 or agent_id = $4)"#,
        tenant.0,
        journal.0,
        viewer.reach != Reach::Own,
        viewer.user,
    );
    Ok(found.fetch_optional(conn).await?.map(|row| row.0))
}

/// The journals of a call that somebody sees, the oldest first.
pub async fn of_call(conn: &mut PgConnection, tenant: TenantId, viewer: &Viewer, call: CallId) -> sqlx::Result<Vec<JournalRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(j) as "journal!: Json<JournalRow>" from journals j
           where tenant_id = $1 and call_id = $2 and ($3 or agent_id = $4) order by created_at, journal_id"#,
        tenant.0,
        call.0,
        viewer.reach != Reach::Own,
        viewer.user,
    );
    Ok(found.fetch_all(conn).await?.into_iter().map(|row| row.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let at = Instant::from_timestamp_micros(1_700_000_000_123_456).unwrap();
        let cursor = JournalCursor { at, journal_id: JournalId(Uuid::from_u128(7)) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "1", "x~y", "1~2"] {
            assert!(bad.parse::<JournalCursor>().is_err(), "{bad}");
        }
    }
}
