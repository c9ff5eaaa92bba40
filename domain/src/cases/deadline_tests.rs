//! The deadlines of cases: when a case is at risk or breached, once for each window, and how a completion is judged.

use super::*;

fn at_risk(sla: SlaWindow, agency: Option<AgencyId>) -> Dated<CaseEvent> {
    Dated { at: sla.at_risk_at, event: CaseEvent::SlaAtRisk { due_at: sla.due_at, agency } }
}

fn breached(sla: SlaWindow, agency: Option<AgencyId>) -> Dated<CaseEvent> {
    Dated { at: sla.due_at, event: CaseEvent::SlaBreached { due_at: sla.due_at, agency } }
}

#[test]
fn deadlines_are_dated_at_their_own_instants_and_noted_once() {
    let sla = window(Priority::P2, day(0));
    let open = case("open");
    assert_eq!(open.settle(sla.at_risk_at - TICK), []);
    assert_eq!(open.settle(sla.at_risk_at), [at_risk(sla, None)]);
    assert_eq!(open.settle(sla.due_at), [at_risk(sla, None)], "due is not yet late");
    assert_eq!(open.settle(sla.due_at + TICK), [at_risk(sla, None), breached(sla, None)]);
    assert_eq!(open.settle(day(4000)), [at_risk(sla, None), breached(sla, None)]);

    let warned = after(&[opened(), at_risk(sla, None).event]);
    assert_eq!(warned.settle(sla.due_at), []);
    assert_eq!(warned.settle(sla.due_at + TICK), [breached(sla, None)]);
    let late = after(&[opened(), at_risk(sla, None).event, breached(sla, None).event]);
    assert_eq!(late.settle(day(4000)), []);
    for state in ["assigned", "in_progress", "delayed"] {
        let expected = [at_risk(sla, Some(agency(7))), breached(sla, Some(agency(7)))];
        assert_eq!(case(state).settle(day(4000)), expected, "{state}: the agency in charge is named");
    }
}

#[test]
fn no_deadline_passes_once_a_case_has_ended() {
    for state in ["unopened", "completed", "closed", "deleted"] {
        assert_eq!(case(state).settle(day(4000)), [], "{state}");
    }
}

#[test]
fn a_new_window_has_deadlines_of_its_own() {
    let first = window(Priority::P2, day(0));
    let missed = [at_risk(first, None).event, breached(first, None).event];

    let second = window(Priority::P2, day(20));
    let reopened = CaseEvent::Reopened { reason: None, sla: second };
    let again = after(&[&[opened()], &missed[..], &history("closed")[1..], &[reopened]].concat());
    assert_eq!(again.settle(second.at_risk_at - TICK), []);
    assert_eq!(again.settle(second.due_at + TICK), [at_risk(second, None), breached(second, None)]);

    let longer = window(Priority::P3, day(0));
    let calmer = CaseEvent::PriorityChanged { from: Priority::P2, to: Priority::P3, sla: longer };
    let changed = after(&[&[opened()], &missed[..], &[calmer]].concat());
    assert_eq!(changed.settle(longer.at_risk_at - TICK), []);
    assert_eq!(changed.settle(longer.due_at + TICK), [at_risk(longer, None), breached(longer, None)]);
}

#[test]
fn a_completion_counts_whole_days_from_the_assignment_in_force() {
    let days = |case: &Case, at| match case.complete(&stamp(at), None).unwrap().remove(0) {
        CaseEvent::Completed { days, assigned_at, completed_at, .. } => {
            assert_eq!(completed_at, at);
            (assigned_at, days)
        }
        other => panic!("{other:?}"),
    };
    let case = case("in_progress");
    assert_eq!(days(&case, day(1)), (day(1), 0));
    assert_eq!(days(&case, day(6) - TICK), (day(1), 4));
    assert_eq!(days(&case, day(6)), (day(1), 5));

    let back = CaseEvent::Rejected { agency: agency(7), assigned_at: day(1), reason: "too far".into() };
    let next = CaseEvent::Assigned { agency: agency(8), at: day(4), automatic: true, reason: "best score".into() };
    let again = after(&[history("in_progress"), vec![back, next, CaseEvent::Accepted { agency: agency(8) }]].concat());
    assert_eq!(days(&again, day(6)), (day(4), 2));
}

#[test]
fn a_completion_is_judged_at_its_instant() {
    let sla = window(Priority::P2, day(0));
    let judged =
        |at: Instant, sla| {
            let (assigned_at, days) = (day(1), (at - day(1)).num_days());
            let outcome = Some("paid".to_owned());
            given(history("in_progress"))
                .when(|c: &Case| c.complete(&stamp(at), Some("paid".into())))
                .then([CaseEvent::Completed { agency: agency(7), assigned_at, completed_at: at, days, sla, outcome }]);
        };
    judged(sla.at_risk_at - TICK, SlaStatus::OnTrack);
    judged(sla.at_risk_at, SlaStatus::AtRisk);
    judged(sla.due_at, SlaStatus::AtRisk);
    judged(sla.due_at + TICK, SlaStatus::Breached);
}
