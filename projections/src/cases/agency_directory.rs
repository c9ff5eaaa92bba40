//! The agencies that collect debts: how to reach them, what they take on, how busy they are, and which suits a new case best.

use crate::cases::agency_score::scores;
use crate::cases::agency_scores::AgencyKey;
use crate::page::{Listing, Page, containing};
use crate::{Keys, ReadModel, Row, Rows, Table, Unappliable, table};
use domain::cases::agency::{AgencyDetails, AgencyEvent};
use domain::{AgencyId, Fact, Instant, TenantId};
use eventlog::{Position, Recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// The directory of agencies.
pub struct AgencyDirectory;

/// An agency. The columns are explained in `migrations/read/agency_directory.sql`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgencyRow {
    pub tenant_id: TenantId,
    pub agency_id: AgencyId,
    pub name: String,
    pub contact_person: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub website_url: Option<String>,
    pub max_capacity: u32,
    pub min_debt_amount: Decimal,
    pub max_debt_amount: Option<Decimal>,
    pub is_active: bool,
    pub active_cases: u32,
    pub created_at: Instant,
    pub updated_at: Instant,
    pub version: i64,
    pub position: Position,
}

impl Row for AgencyRow {
    const TABLE: &'static str = "agencies";
    const KEY: &'static [&'static str] = &["tenant_id", "agency_id"];
    type Key = AgencyKey;

    fn key(&self) -> AgencyKey {
        AgencyKey { tenant_id: self.tenant_id, agency_id: self.agency_id }
    }
}

impl ReadModel for AgencyDirectory {
    const NAME: &'static str = "agency_directory";
    const VERSION: i32 = 2;
    const CATEGORIES: &'static [&'static str] = &["agency"];
    const SQL: &'static str = include_str!("../../../migrations/read/agency_directory.sql");

    fn tables() -> Vec<Box<dyn Table>> {
        vec![table::<AgencyRow>()]
    }

    fn keys(event: &Recorded, fact: &Fact, keys: &mut Keys<'_>) {
        if let Fact::Agency(_) = fact {
            keys.want::<AgencyRow>(AgencyRow::key_of(event));
        }
    }

    fn evolve(rows: &mut Rows, event: &Recorded, fact: &Fact) -> Result<(), Unappliable> {
        let Fact::Agency(fact) = fact else { return Ok(()) };
        if let AgencyEvent::Registered { details } = fact {
            return rows.put(AgencyRow::registered(event, details));
        }
        let row = rows.must::<AgencyRow>(&AgencyRow::key_of(event))?;
        match fact {
            AgencyEvent::Registered { .. } => {}
            AgencyEvent::Updated { details } => row.describe(details),
            AgencyEvent::Activated {} => row.is_active = true,
            AgencyEvent::Deactivated {} => row.is_active = false,
            AgencyEvent::PlaceTaken { .. } => row.active_cases += 1,
            AgencyEvent::PlaceFreed { .. } => row.active_cases = row.active_cases.saturating_sub(1),
        }
        if !matches!(fact, AgencyEvent::PlaceTaken { .. } | AgencyEvent::PlaceFreed { .. }) {
            row.updated_at = event.occurred_at;
        }
        row.version = event.version;
        row.position = event.position;
        Ok(())
    }
}

impl AgencyRow {
    fn key_of(event: &Recorded) -> AgencyKey {
        AgencyKey { tenant_id: event.stream.tenant, agency_id: AgencyId(event.stream.id) }
    }

    fn registered(event: &Recorded, details: &AgencyDetails) -> Self {
        let mut row = Self {
            tenant_id: event.stream.tenant,
            agency_id: AgencyId(event.stream.id),
            name: String::new(),
            contact_person: None,
            email: None,
            phone: None,
            website_url: None,
            max_capacity: 0,
            min_debt_amount: Decimal::ZERO,
            max_debt_amount: None,
            is_active: true,
            active_cases: 0,
            created_at: event.occurred_at,
            updated_at: event.occurred_at,
            version: event.version,
            position: event.position,
        };
        row.describe(details);
        row
    }

    fn describe(&mut self, details: &AgencyDetails) {
        self.name = details.name.to_string();
        self.contact_person = details.contact_person.as_ref().and_then(|p| p.known()).map(|name| name.to_string());
        self.email = details.email.as_ref().and_then(|p| p.known()).map(|email| email.to_string());
        self.phone = details.phone.as_ref().and_then(|p| p.known()).map(|phone| phone.to_string());
        self.website_url = details.website_url.as_ref().map(|link| link.as_str().to_owned());
        self.max_capacity = details.max_capacity;
        self.min_debt_amount = details.min_debt_amount.value();
        self.max_debt_amount = details.max_debt_amount.map(|amount| amount.value());
    }

    /// Whether its debt range holds an amount.
    pub fn takes(&self, amount: Decimal) -> bool {
        amount >= self.min_debt_amount && self.max_debt_amount.is_none_or(|max| amount <= max)
    }
}

/// The agencies by name: active or inactive ones only, and those whose name or contact holds a text, if asked.
pub async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    active: Option<bool>,
    text: Option<&str>,
    page: Page,
) -> sqlx::Result<Listing<AgencyRow>> {
    let pattern = text.map(containing);
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from agencies
           where tenant_id = $1 and ($2::boolean is null or is_active = $2)
             and ($3::text is null or name ilike $3 or contact_person ilike $3 or email ilike $3)"#,
        tenant.0,
        active,
        pattern,
    );
    let total = total.fetch_one(&mut *conn).await?;
    let found = sqlx::query_scalar!(
        r#"select to_json(a) as "agency!: Json<AgencyRow>" from agencies a
           where tenant_id = $1 and ($2::boolean is null or is_active = $2)
             and ($3::text is null or name ilike $3 or contact_person ilike $3 or email ilike $3)
           order by name, agency_id limit $4 offset $5"#,
        tenant.0,
        active,
        pattern,
        page.limit,
        page.offset,
    );
    let rows = found.fetch_all(conn).await?.into_iter().map(|agency| agency.0).collect();
    Ok(Listing { rows, total, next: None })
}

/// The card of an agency.
pub async fn card(conn: &mut PgConnection, tenant: TenantId, agency: AgencyId) -> sqlx::Result<Option<AgencyRow>> {
    let found = sqlx::query_scalar!(
        r#"select to_json(a) as "agency!: Json<AgencyRow>" from agencies a where tenant_id = $1 and agency_id = $2"#,
        tenant.0,
        agency.0,
    );
    Ok(found.fetch_optional(conn).await?.map(|agency| agency.0))
}

/// An agency that could be given a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub agency_id: AgencyId,
    pub name: String,
    /// Its debt range holds the amount; the others are the fallback.
    pub in_range: bool,
    pub active_cases: u32,
    pub max_capacity: u32,
    /// Name and version of the formula of `performance`.
    pub formula: &'static str,
    pub performance: Decimal,
}

/// Who could be given a case over this amount: active agencies with room that did not reject it, the best first.
///
/// Agencies whose range holds the amount come before those of the fallback; among them the best score comes first, then the
/// fewest active cases, then the name.
pub async fn candidates(
    conn: &mut PgConnection,
    tenant: TenantId,
    amount: Decimal,
    rejected_by: &[AgencyId],
    now: Instant,
) -> sqlx::Result<Vec<Candidate>> {
    let spared: Vec<_> = rejected_by.iter().map(|agency| agency.0).collect();
    let found = sqlx::query_scalar!(
        r#"select to_json(a) as "agency!: Json<AgencyRow>" from agencies a
           where tenant_id = $1 and is_active and active_cases < max_capacity and agency_id <> all($2)"#,
        tenant.0,
        &spared,
    );
    let agencies: Vec<AgencyRow> = found.fetch_all(&mut *conn).await?.into_iter().map(|agency| agency.0).collect();
    let ids: Vec<_> = agencies.iter().map(|agency| agency.agency_id).collect();
    let scores = scores(conn, tenant, &ids, None, now).await?;
    let candidate = |(agency, score): (AgencyRow, crate::cases::agency_score::AgencyScore)| Candidate {
        in_range: agency.takes(amount),
        agency_id: agency.agency_id,
        name: agency.name,
        active_cases: agency.active_cases,
        max_capacity: agency.max_capacity,
        formula: score.formula,
        performance: score.performance,
    };
    let mut candidates: Vec<_> = agencies.into_iter().zip(scores).map(candidate).collect();
    rank(&mut candidates);
    Ok(candidates)
}

fn rank(candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| {
        let best = b.in_range.cmp(&a.in_range).then(b.performance.cmp(&a.performance));
        best.then(a.active_cases.cmp(&b.active_cases)).then_with(|| a.name.cmp(&b.name)).then(a.agency_id.cmp(&b.agency_id))
    });
}

/// The agencies that may be given cases.
pub async fn active(conn: &mut PgConnection, tenant: TenantId) -> sqlx::Result<Vec<Uuid>> {
    let found =
        sqlx::query_scalar!("select agency_id from agencies where tenant_id = $1 and is_active order by agency_id", tenant.0);
    found.fetch_all(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::story::{AGENCY, CASE, Story, TENANT, at_day};
    use rust_decimal::dec;

    fn details() -> AgencyDetails {
        serde_json::from_str(
            r#"{"name":"Swift","contact_person":null,"email":{"plain":"desk@swift.example"},"phone":null,
                "website_url":null,"max_capacity":2,"min_debt_amount":100,"max_debt_amount":5000}"#,
        )
        .unwrap()
    }

    #[test]
    fn an_agency_has_as_many_active_cases_as_places_are_taken() {
        let mut story = Story::default();
        story.agency(0, AgencyEvent::Registered { details: details() });
        story.agency(1, AgencyEvent::PlaceTaken { case: CASE }).agency(2, AgencyEvent::Deactivated {});
        let key = AgencyKey { tenant_id: TENANT, agency_id: AGENCY };
        let row = story.rows::<AgencyDirectory>().get::<AgencyRow>(&key).unwrap().unwrap().clone();
        assert_eq!((row.active_cases, row.is_active, row.version, row.updated_at), (1, false, 3, at_day(2)));
        assert_eq!(row.email.as_deref(), Some("desk@swift.example"));
        assert!(row.takes(dec!(100)) && row.takes(dec!(5000)) && !row.takes(dec!(5000.01)));
        story.agency(3, AgencyEvent::PlaceFreed { case: CASE });
        assert_eq!(story.rows::<AgencyDirectory>().get::<AgencyRow>(&key).unwrap().unwrap().active_cases, 0);
    }

    #[test]
    fn the_best_candidate_fits_scores_high_and_is_idle() {
        let candidate = |name: &str, in_range, performance, active_cases| Candidate {
            agency_id: AGENCY,
            name: name.into(),
            in_range,
            active_cases,
            max_capacity: 9,
            formula: "agency.score@1",
            performance,
        };
        let mut all = [
            candidate("outside", false, dec!(120), 0),
            candidate("busy", true, dec!(100), 5),
            candidate("b", true, dec!(100), 1),
            candidate("a", true, dec!(100), 1),
            candidate("best", true, dec!(100.5), 8),
        ];
        rank(&mut all);
        assert_eq!(all.map(|candidate| candidate.name), ["best", "a", "b", "busy", "outside"]);
    }
}
