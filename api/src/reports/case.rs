//! A case on paper: its facts, its clock, what was paid, what it did to its agencies' scores, and all that happened to it.

use super::{Gathered, Moment, answer, filed, said, sums::tone, too_many};
use crate::auth::Caller;
use crate::cases::ShownCase;
use crate::cases::history::{Agencies, Happening, agencies};
use crate::extract::Id;
use crate::who::Names;
use crate::{Error, House};
use ::reports::case::{Clock, Effect, Happening as Line, Payment, Recovery, Term};
use ::reports::figures::{Amount, At, Points};
use ::reports::head::{Fact, Tone};
use ::reports::{CaseReport, Kind};
use actix_web::{HttpResponse, web};
use domain::cases::case::CaseEvent;
use domain::cases::score::SCORE_2_FLOOR;
use domain::event::decode;
use domain::organization::role::Permission;
use domain::{AgencyId, CaseId};
use projections::cases::worklist_page::{self, CaseCard};
use projections::cases::{agency_directory, agency_explained};
use projections::organization::audit_trail::{self, AuditEntry};
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// A case as PDF: its facts, customer, SLA window, payments, scores and history.
#[utoipa::path(get, path = "/api/v1/reports/case/{id}/pdf", tag = "reports", params(("id" = Uuid, Path, description = "The case.")),
    responses((status = 200, content((Vec<u8> = "application/pdf")))))]
pub async fn case(house: web::Data<House>, caller: Caller, id: Id) -> Result<HttpResponse, Error> {
    let (case, tenant) = (CaseId(id.0), caller.tenant());
    let known = crate::cases::card(&house, tenant, case).await?.ok_or_else(|| Error::missing("case"))?;
    // Several read models tell of it, each at its own pace: they come at least as far as the worklist is.
    house.wait_for(known.activity.position).await?;
    let sees_agencies = caller.may(Permission::ReadAgencies);
    let made = answer(&house, &caller, Kind::Case, move |conn, moment| Box::pin(gathered(conn, moment, case, sees_agencies)));
    made.await
}

async fn gathered(conn: &mut PgConnection, moment: &Moment, case: CaseId, sees_agencies: bool) -> Gathered<CaseReport> {
    let tenant = moment.tenant;
    let Some(card) = worklist_page::card(conn, tenant, case).await? else { return Ok(Err(Error::missing("case"))) };
    let mut entries = audit_trail::history(conn, tenant, "case", case.0).await?;
    entries.retain(|entry| entry.version <= card.activity.version);
    if entries.last().is_none_or(|last| last.version < card.activity.version) {
        return Ok(Err(Error::unavailable("the history of the case is not computed that far yet; try again")));
    }
    if entries.len() as i64 > super::MOST {
        return Ok(Err(too_many("events", "id", entries.len() as i64)));
    }
    let mut named = agencies(&entries);
    named.extend(&card.case.rejected_by);
    let mut names = Agencies::new();
    for agency in named {
        let known = agency_directory::card(conn, tenant, agency).await?;
        names.extend(known.map(|row| (agency, row.name)));
    }
    let people = Names::within(conn, tenant, entries.iter().map(|entry| &entry.actor)).await?;
    let effects = if sees_agencies { Some(effects(conn, moment, case, &names, &entries).await?) } else { None };
    let payments = payments(&entries, &people);
    let history: Vec<Happening> = entries.into_iter().map(|entry| Happening::of(entry, &people, &names)).collect();
    let clock = clock(moment, &card, &history);
    let recovery = recovery(&card);
    let shown = ShownCase::at(moment.now, card);
    let about = [Some(&shown.case_id), shown.customer_name.as_ref()].into_iter().flatten().cloned().collect::<Vec<_>>();
    let report = CaseReport {
        head: moment.head("Case report", about.join(" · ")),
        tiles: vec![
            Fact::new("Status", said(shown.status)),
            Fact::new("SLA", shown.sla_status).tone(tone(shown.sla_status)),
            Fact::new("Balance", format!("{} {}", Amount(shown.balance), shown.currency)),
            Fact::new("Due", At(shown.sla_due_date)),
        ],
        facts: facts(&shown, &names),
        customer: customer(&shown),
        clock,
        overdue: Amount(shown.overdue_amount),
        paid: Amount(shown.amount_paid),
        balance: Amount(shown.balance),
        credit: Amount(shown.credit),
        currency: shown.currency,
        notes: shown.notes,
        documents: shown.document_links,
        payments,
        effects,
        recovery,
        history: history.into_iter().map(line).collect(),
    };
    Ok(Ok((format!("case-{}", filed(&shown.case_id)), report)))
}

fn facts(case: &ShownCase, names: &Agencies) -> Vec<Fact> {
    let name = |id: &uuid::Uuid| names.get(&AgencyId(*id)).cloned().unwrap_or_else(|| id.to_string());
    let rejected = case.rejected_by.iter().map(name).collect::<Vec<_>>().join(", ");
    let escalation = match (case.escalation_level, &case.escalation_reason) {
        (0, _) => "none".to_owned(),
        (level, Some(reason)) => format!("level {level}: {reason}"),
        (level, None) => format!("level {level}"),
    };
    vec![
        Fact::new("Number", &case.case_id),
        Fact::new("Priority", format!("{:?}", case.priority)),
        Fact::new("Overdue for", format!("{} days at the opening", case.ageing_days)),
        Fact::perhaps("Agency", case.dca_name.as_ref()),
        Fact::perhaps("Why this one", case.allocation_reason.as_ref()),
        Fact::perhaps("Given back by", (!rejected.is_empty()).then_some(rejected)),
        Fact::new("Escalation", escalation),
        Fact::at("Opened", Some(case.created_at)),
        Fact::at("Assigned", case.assigned_at),
        Fact::at("Completed", case.completed_at),
        Fact::perhaps("Outcome", case.outcome.as_ref()),
        Fact::at("Last changed", Some(case.updated_at)),
        Fact::new("Version", case.version),
        Fact::new("Id", case.id).tone(Tone::Quiet),
    ]
}

/// As the screen shows it to whoever may read cases.
fn customer(case: &ShownCase) -> Vec<Fact> {
    vec![
        Fact::perhaps("Name", case.customer_name.as_ref()),
        Fact::perhaps("E-mail", case.customer_email.as_ref()),
        Fact::perhaps("Phone", case.customer_phone.as_ref()),
        Fact::perhaps("Address", case.customer_address.as_ref()),
        Fact::perhaps("Facebook", case.customer_social_media_facebook.as_ref()),
        Fact::perhaps("Twitter", case.customer_social_media_twitter.as_ref()),
        Fact::perhaps("Instagram", case.customer_social_media_instagram.as_ref()),
        Fact::perhaps("LinkedIn", case.customer_social_media_linkedin.as_ref()),
    ]
}

fn clock(moment: &Moment, CaseCard { case, .. }: &CaseCard, history: &[Happening]) -> Clock {
    let end = case.completed_at.map_or(("now", moment.now), |at| ("completed", at));
    let window = [case.sla_started_at, case.at_risk_at, case.due_at];
    Clock::new(window, end, history.iter().map(|event| (event.version, event.at)))
}

fn payments(entries: &[AuditEntry], people: &Names) -> Vec<Payment> {
    let payment = |entry: &AuditEntry| {
        let body = serde_json::to_vec(&entry.body).ok()?;
        let CaseEvent::PaymentReceived { amount, reference, .. } = decode::<CaseEvent>(&entry.action, &body).ok()? else {
            return None;
        };
        let who = people.of(&entry.actor).unwrap_or_else(|| entry.actor.to_string());
        Some(Payment { number: entry.version, at: At(entry.occurred_at), amount: Amount(amount.value()), reference, who })
    };
    entries.iter().filter_map(payment).collect()
}

/// What agencies did with the case, and what that is worth to them.
async fn effects(
    conn: &mut PgConnection,
    moment: &Moment,
    case: CaseId,
    names: &Agencies,
    entries: &[AuditEntry],
) -> sqlx::Result<Vec<Effect>> {
    let ids: Vec<AgencyId> = names.keys().copied().collect();
    let positions: Vec<i64> = entries.iter().map(|entry| entry.position.to_i64()).collect();
    let deeds = agency_explained::deeds(conn, moment.tenant, case, &ids, &positions).await?;
    let effect = |(agency, terms): (AgencyId, Vec<domain::explain::Term>)| {
        let points = terms.iter().map(|term| term.points).sum::<Decimal>();
        let deed = terms.first()?;
        Some(Effect {
            agency: names.get(&agency).cloned().unwrap_or_else(|| agency.to_string()),
            at: At(deed.occurred_at?),
            position: deed.position?,
            settings: deed.policy_version?,
            points: Points(points),
            floored: Points(points.max(SCORE_2_FLOOR)),
            terms: terms.into_iter().map(term).collect(),
        })
    };
    Ok(deeds.into_iter().filter_map(effect).collect())
}

fn term(term: domain::explain::Term) -> Term {
    Term { reason: said(&term.reason), detail: term.detail, points: Points(term.points) }
}

fn recovery(card: &CaseCard) -> Recovery {
    Recovery {
        formula: card.case.recovery_formula.clone(),
        value: card.case.recovery_score.to_string(),
        terms: card.case.recovery_terms.iter().cloned().map(term).collect(),
    }
}

fn line(event: Happening) -> Line {
    let who = event.who.name.unwrap_or(event.who.actor);
    Line { number: event.version, at: At(event.at), who, words: event.in_words, position: event.position }
}
