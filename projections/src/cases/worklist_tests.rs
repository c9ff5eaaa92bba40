//! The worklist follows a case from its opening to its deletion, and the counters follow the worklist.

use super::*;
use crate::cases::story::{AGENCY, CASE, Story, TENANT, at_day, money};
use crate::cases::worklist_page::CaseCard;
use domain::cases::sla::SlaWindow;
use rust_decimal::dec;

fn case(story: &Story) -> CaseRow {
    let key = CaseKey { tenant_id: TENANT, case_id: CASE };
    story.rows::<Worklist>().get::<CaseRow>(&key).unwrap().unwrap().clone()
}

fn activity(story: &Story) -> CaseActivity {
    let key = CaseKey { tenant_id: TENANT, case_id: CASE };
    story.rows::<Worklist>().get::<CaseActivity>(&key).unwrap().unwrap().clone()
}

/// The kinds of which there are cases: how many on track, at risk and breached.
fn kinds(story: &Story) -> Vec<(CaseStatus, Priority, [i64; 3])> {
    let mut rows = story.rows::<Worklist>();
    let counts = rows.tables().find(|table| table.name() == "case_counts").unwrap().all().unwrap();
    let counts = counts.into_values().map(|count| serde_json::from_value::<CaseCount>(count).unwrap());
    counts.filter(|c| c.cases() != 0).map(|c| (c.status, c.priority, [c.on_track, c.at_risk, c.breached])).collect()
}

/// What is owed and paid in US dollars.
fn sums(story: &Story) -> (Decimal, Decimal) {
    let rows = story.rows::<Worklist>();
    let sums = &rows.get::<CaseAmounts>(&TenantKey { tenant_id: TENANT }).unwrap().unwrap().amounts["USD"];
    (sums.overdue, sums.paid)
}

fn paid(story: &mut Story, day: i64, amount: i64) {
    let amount = Decimal::from(amount).try_into().unwrap();
    story.case(day, CaseEvent::PaymentReceived { amount, currency: Default::default(), reference: None });
}

#[test]
fn a_new_case_is_open_and_on_track() {
    let story = Story::opened(0);
    let case = case(&story);
    assert_eq!((case.status, case.priority, case.auto_assign), (CaseStatus::Open, Priority::P2, true));
    assert_eq!((case.customer_name.as_deref(), case.customer_email.as_deref()), (Some("Ada Lovelace"), Some("ada@example.com")));
    assert_eq!((case.overdue_amount.to_string(), case.recovery_score.to_string()), ("1250.50".into(), "64.50".into()));
    assert_eq!(case.sla_at(at_day(4)), SlaStatus::OnTrack);
    assert_eq!(case.sla_at(at_day(7)), SlaStatus::AtRisk);
    assert_eq!(case.sla_at(at_day(8)), SlaStatus::Breached);
    assert_eq!(kinds(&story), [(CaseStatus::Open, Priority::P2, [1, 0, 0])]);
    assert_eq!(sums(&story), (dec!(1250.50), dec!(0.00)));
}

#[test]
fn a_case_is_followed_to_its_completion_and_judged_there() {
    let mut story = Story::opened(0);
    story.assigned(1).case(2, CaseEvent::Accepted { agency: AGENCY });
    assert_eq!(case(&story).status, CaseStatus::InProgress);
    story.completed(6, 5, SlaStatus::AtRisk).case(9, CaseEvent::Closed {});
    let row = case(&story);
    assert_eq!((row.status, row.agency_id, row.completed_at), (CaseStatus::Closed, Some(AGENCY), Some(at_day(6))));
    assert_eq!(row.sla_at(at_day(99)), SlaStatus::AtRisk);
    assert_eq!((activity(&story).version, activity(&story).updated_at), (5, at_day(9)));
    assert_eq!(kinds(&story), [(CaseStatus::Closed, Priority::P2, [0, 1, 0])]);

    let sla = SlaWindow { started_at: at_day(10), at_risk_at: at_day(15), due_at: at_day(17), policy: 1 };
    story.case(10, CaseEvent::Reopened { reason: None, sla });
    let row = case(&story);
    assert_eq!((row.status, row.agency_id, row.sla_judged, row.due_at), (CaseStatus::Open, None, None, at_day(17)));
    assert_eq!(kinds(&story), [(CaseStatus::Open, Priority::P2, [1, 0, 0])]);
}

#[test]
fn a_rejected_case_is_open_again_and_remembers_who_gave_it_back() {
    let mut story = Story::opened(0);
    story.assigned(1).rejected(2);
    let row = case(&story);
    assert_eq!((row.status, row.agency_id, row.assigned_at), (CaseStatus::Open, None, None));
    assert_eq!(row.rejected_by, [AGENCY]);
}

#[test]
fn changes_and_payments_show_and_are_counted() {
    let mut story = Story::opened(0);
    let sla = SlaWindow { started_at: at_day(0), at_risk_at: at_day(2), due_at: at_day(3), policy: 1 };
    story.case(1, CaseEvent::PriorityChanged { from: Priority::P2, to: Priority::P1, sla });
    let (customer, ageing_days, notes, documents) = (None, Some(31), None, None);
    story.case(1, CaseEvent::Updated { customer, overdue: Some(money("100")), ageing_days, notes, documents });
    paid(&mut story, 2, 60);
    paid(&mut story, 2, 65);
    let row = case(&story);
    assert_eq!((row.priority, row.ageing_days, row.due_at), (Priority::P1, 31, at_day(3)));
    assert_eq!((activity(&story).amount_paid, sums(&story)), (dec!(125.00), (dec!(100.00), dec!(125.00))));
    let card = CaseCard { case: row, activity: activity(&story), agency_name: None };
    assert_eq!((card.credit(), card.balance()), (dec!(25.00), dec!(0.00)));
    assert_eq!(kinds(&story), [(CaseStatus::Open, Priority::P1, [1, 0, 0])]);
}

#[test]
fn a_deadline_on_record_is_counted() {
    let mut story = Story::opened(0);
    story.case(5, CaseEvent::SlaAtRisk { due_at: at_day(7), agency: None });
    assert_eq!(kinds(&story), [(CaseStatus::Open, Priority::P2, [0, 1, 0])]);
    story.case(7, CaseEvent::SlaBreached { due_at: at_day(7), agency: None });
    assert_eq!(kinds(&story), [(CaseStatus::Open, Priority::P2, [0, 0, 1])]);
}

#[test]
fn a_deleted_case_disappears() {
    let mut story = Story::opened(0);
    paid(&mut story, 0, 5);
    story.case(1, CaseEvent::Deleted { reason: "twice".into(), agency: None });
    let key = CaseKey { tenant_id: TENANT, case_id: CASE };
    assert_eq!(story.rows::<Worklist>().get::<CaseRow>(&key).unwrap(), None);
    assert_eq!((kinds(&story), sums(&story)), (vec![], (dec!(0.00), dec!(0.00))));
}
