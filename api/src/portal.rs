//! The customer portal: debtors sign in with case number and telephone number and see how their case stands (E.E26, E.E27).

use crate::auth::portal::{LIFETIME, Visitor};
use crate::auth::throttle::PORTAL;
use crate::extract::Body;
use crate::{Answer, Error, House, http, shape};
use actix_web::{HttpRequest, web};
use chrono::{DateTime, Utc};
use commands::cases::portal::{NoteVisit, Visit};
use commands::{Ask, Principal};
use domain::cases::case::CaseEvent;
use domain::explain::rounded;
use domain::organization::tenant::Tenant;
use domain::{CaseId, TenantId, Text};
use projections::cases::agency_directory::{self, AgencyRow};
use projections::cases::worklist_page::{self, CaseCard};
use projections::organization::audit_trail::{self, AuditEntry};
use rust_decimal::{Decimal, dec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

/// What every refusal says, so that nobody learns which case numbers there are.
const WRONG: &str = "case number and phone do not belong together";

/// Which case, and proof of being its debtor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"case_id": "CASE-2026-000123", "phone": "+1 555 0100"}))]
pub struct CustomerSignIn {
    /// The number of the case.
    #[schema(schema_with = shape::text::<64>)]
    case_id: Text<64>,
    /// The telephone number that the case has; only its digits count.
    #[schema(schema_with = shape::text::<64>)]
    phone: Text<64>,
    /// The company whose case it is; the first one if absent.
    company_id: Option<Uuid>,
}

/// Leave to see one case.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerSession {
    pub access_token: String,
    #[schema(example = "bearer")]
    pub token_type: &'static str,
    /// Seconds the token is good for.
    #[schema(example = 1800)]
    pub expires_in: i64,
}

/// A case as its debtor sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerCase {
    #[schema(example = "CASE-2026-000123")]
    pub case_id: String,
    #[schema(example = "John Doe")]
    pub customer_name: Option<String>,
    /// `open`, `assigned`, `in_progress`, `delayed`, `completed` or `closed`.
    #[schema(example = "in_progress")]
    pub status: &'static str,
    /// `On Track`, `At Risk` or `Breached`.
    #[schema(example = "On Track")]
    pub sla_status: &'static str,
    pub sla_due_date: DateTime<Utc>,
    #[schema(value_type = f64, example = 15000.00)]
    pub overdue_amount: Decimal,
    #[schema(example = "USD")]
    pub currency: String,
    #[schema(value_type = f64, example = 250.00)]
    pub amount_paid: Decimal,
    /// What is left to pay.
    #[schema(value_type = f64, example = 14750.00)]
    pub balance: Decimal,
    /// What was paid beyond what is owed.
    #[schema(value_type = f64, example = 0.00)]
    pub credit: Decimal,
    /// How much of it is paid, in percent, at most 100.
    #[schema(value_type = f64, example = 1.67)]
    pub payment_progress: Decimal,
    /// The oldest first.
    pub payments: Vec<CustomerPayment>,
    /// Whom to talk to.
    pub dca: Option<CustomerContact>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
}

/// Something that was paid.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct CustomerPayment {
    pub paid_at: DateTime<Utc>,
    #[schema(value_type = f64, example = 250.00)]
    pub amount: Decimal,
    #[schema(example = "USD")]
    pub currency: String,
}

/// The agency in charge.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerContact {
    #[schema(example = "Swift Debt Solutions")]
    pub name: String,
    pub contact_person: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub website_url: Option<String>,
}

/// Sign in to see one case.
///
/// Five tries an hour for each case number. Whether the case or the phone was wrong is not told.
#[utoipa::path(post, path = "/api/v1/customer/auth", tag = "customer portal", request_body = CustomerSignIn,
    responses((status = 200, body = CustomerSession), (status = 401, description = "they do not belong together")))]
pub async fn auth(
    house: web::Data<House>,
    request: HttpRequest,
    body: Body<CustomerSignIn>,
) -> Result<Answer<CustomerSession>, Error> {
    let CustomerSignIn { case_id, phone, company_id } = body.0;
    let phone = digits(phone.as_str());
    if !(6..=15).contains(&phone.len()) {
        return Err(Error::invalid("phone", "must have 6 to 15 digits"));
    }
    let tenant = company_id.map_or_else(|| crate::import::tenant_id(crate::bootstrap::COMPANY), TenantId);
    let (here, address) = (house.clone(), http::address(&request, house.config.behind_proxy));
    let visitor = house.finish(async move { enter(&here, tenant, case_id, phone, address).await }).await?;
    let access_token = house.portal.issue(visitor, house.commands.now())?;
    Ok(Answer::ok(CustomerSession { access_token, token_type: "bearer", expires_in: LIFETIME }))
}

/// How the case stands, what is paid and what is left, and whom to talk to.
#[utoipa::path(get, path = "/api/v1/customer/case", tag = "customer portal", responses((status = 200, body = CustomerCase)))]
pub async fn case(house: web::Data<House>, visitor: Visitor) -> Result<Answer<CustomerCase>, Error> {
    let Visitor { tenant, case } = visitor;
    let found = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move {
            let Some(card) = worklist_page::card(conn, tenant, case).await? else { return Ok(None) };
            let history = audit_trail::history(conn, tenant, "case", case.0).await?;
            let agency = match card.case.agency_id {
                Some(agency) => agency_directory::card(conn, tenant, agency).await?,
                None => None,
            };
            Ok(Some((card, history, agency)))
        })
    });
    let (card, history, agency) = found.await?.ok_or_else(|| Error::missing("case"))?;
    let position = card.activity.position;
    let payments = history.iter().map(payment).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
    let shown = CustomerCase::of(card, payments.into_iter().flatten().collect(), agency, house.commands.now());
    Ok(Answer::ok(shown).position(position))
}

/// The case, if number and phone belong together. Both are looked at in the same way whether or not there is such a case.
async fn enter(house: &House, tenant: TenantId, number: Text<64>, phone: String, address: String) -> Result<Visitor, Error> {
    let now = house.commands.now();
    let attempt = house.vault.attempt(&PORTAL, &format!("{tenant} {number}"), &address, now).await?;
    let found = house
        .reader
        .as_tenant(tenant, move |conn| Box::pin(async move { worklist_page::by_number(conn, tenant, number.as_str()).await }));
    let (found, company) = (found.await?, house.commands.recent::<Tenant>(tenant, tenant).await?);
    let known = found.as_ref().and_then(|(_, phone)| phone.as_deref()).map(digits).filter(|known| known.len() >= 6);
    let right = same(&known.unwrap_or_default(), &phone) && company.is_active();
    let visit = |case: CaseId, what| {
        let (house, address) = (house.clone(), Text::try_from(address.clone()).ok());
        async move {
            let ask = Ask::new(NoteVisit { what, address }).on(case);
            house.commands.execute(&Principal::process(tenant, "customer_portal"), ask).await
        }
    };
    match found {
        Some((case, _)) if right => {
            visit(case, Visit::SignedIn).await?;
            house.vault.succeeded(&attempt).await?;
            Ok(Visitor { tenant, case })
        }
        Some((case, _)) => {
            // Not waited for: the answer must not take longer because there is such a case.
            let noting = visit(case, Visit::Refused);
            tokio::spawn(async move {
                if let Err(error) = noting.await {
                    tracing::warn!(%error, "a refused visitor of the portal could not be put on record");
                }
            });
            Err(Error::unauthenticated(WRONG))
        }
        None => Err(Error::unauthenticated(WRONG)),
    }
}

/// The digits of a telephone number, without the zeros by which some countries dial out instead of the plus.
fn digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits.strip_prefix("00").map(str::to_owned).unwrap_or(digits)
}

/// Whether two texts are the same, in a time that does not tell how much of them is.
fn same(one: &str, other: &str) -> bool {
    let (one, other) = (Sha256::digest(one), Sha256::digest(other));
    one.iter().zip(other.iter()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// What an entry of the case's history says of a payment.
fn payment(entry: &AuditEntry) -> Result<Option<CustomerPayment>, Box<dyn std::error::Error + Send + Sync>> {
    if entry.action != "case.payment_received" {
        return Ok(None);
    }
    match domain::event::decode::<CaseEvent>(&entry.action, &serde_json::to_vec(&entry.body)?)? {
        CaseEvent::PaymentReceived { amount, currency, .. } => {
            let currency = currency.to_string();
            Ok(Some(CustomerPayment { paid_at: entry.occurred_at, amount: amount.value(), currency }))
        }
        _ => Ok(None),
    }
}

impl CustomerCase {
    fn of(card: CaseCard, payments: Vec<CustomerPayment>, agency: Option<AgencyRow>, now: DateTime<Utc>) -> Self {
        let (balance, credit) = (card.balance(), card.credit());
        let CaseCard { case, activity, .. } = card;
        let progress = match case.overdue_amount.is_zero() {
            true => dec!(100),
            false => rounded((activity.amount_paid * dec!(100) / case.overdue_amount).min(dec!(100)), 2),
        };
        Self {
            sla_status: case.sla_at(now).shown(),
            case_id: case.case_number,
            customer_name: case.customer_name,
            status: case.status.word(),
            sla_due_date: case.due_at,
            overdue_amount: case.overdue_amount,
            currency: case.currency,
            amount_paid: activity.amount_paid,
            balance,
            credit,
            payment_progress: progress,
            payments,
            dca: agency.map(CustomerContact::from),
            created_at: case.created_at,
            updated_at: activity.updated_at,
            completed_at: case.completed_at,
        }
    }
}

impl From<AgencyRow> for CustomerContact {
    fn from(row: AgencyRow) -> Self {
        let AgencyRow { name, contact_person, email, phone, website_url, .. } = row;
        Self { name, contact_person, email, phone, website_url: website_url.map(|link| link.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digits_of_a_phone_count() {
        for written in ["+1 555 0100", "1-555-0100", "001 (555) 0100", "15550100"] {
            assert!(same(&digits(written), "15550100"), "{written}");
        }
        assert!(!same(&digits("+1 555 0101"), "15550100"));
        assert!(!same("", "15550100"));
    }
}
