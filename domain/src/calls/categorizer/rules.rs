//! The phrases that the categoriser knows. Another list is another version of the rule: this one stays as it is.

use super::{For, Rule};
use crate::calls::call::{CallPriority, CallType, Outcome};

/// Words that take back what follows within the next word or two.
pub(super) const BEFORE: &[&str] = &["no", "not", "never", "without", "didnt", "doesnt", "isnt", "wasnt"];

const APPOINTMENT: For = For::Type(CallType::Appointment);
const PRESCRIPTION: For = For::Type(CallType::Prescription);
const BILLING: For = For::Type(CallType::Billing);
const GENERAL: For = For::Type(CallType::General);
const FOLLOW_UP: For = For::Type(CallType::FollowUp);
const SCHEDULED: For = For::Outcome(Outcome::AppointmentScheduled);
const INFORMED: For = For::Outcome(Outcome::InformationProvided);
const TRANSFERRED: For = For::Outcome(Outcome::TransferRequired);
const CALLBACK: For = For::Outcome(Outcome::CallbackScheduled);
const URGENT: For = For::Priority(CallPriority::Urgent);
const HIGH: For = For::Priority(CallPriority::High);
const LOW: For = For::Priority(CallPriority::Low);
const COMPLAINT: For = For::Tag("complaint");

const fn rule(phrase: &'static str, speaks_for: For, weight: u32) -> Rule {
    Rule { phrase, speaks_for, weight }
}

pub(super) const RULES: &[Rule] = &[
    rule("appointment*", APPOINTMENT, 3),
    rule("reschedul*", APPOINTMENT, 3),
    rule("schedul*", APPOINTMENT, 2),
    rule("book*", APPOINTMENT, 2),
    rule("check up", APPOINTMENT, 2),
    rule("checkup", APPOINTMENT, 2),
    rule("next available", APPOINTMENT, 2),
    rule("consultation", APPOINTMENT, 2),
    rule("time slot*", APPOINTMENT, 2),
    rule("prescription*", PRESCRIPTION, 3),
    rule("refill*", PRESCRIPTION, 3),
    rule("medication*", PRESCRIPTION, 2),
    rule("medicine*", PRESCRIPTION, 2),
    rule("pharmac*", PRESCRIPTION, 2),
    rule("dosage*", PRESCRIPTION, 2),
    rule("antibiotic*", PRESCRIPTION, 2),
    rule("ran out of", PRESCRIPTION, 1),
    rule("bill", BILLING, 3),
    rule("bills", BILLING, 3),
    rule("billed", BILLING, 3),
    rule("billing", BILLING, 3),
    rule("invoice*", BILLING, 3),
    rule("refund*", BILLING, 3),
    rule("copay*", BILLING, 3),
    rule("deductible*", BILLING, 3),
    rule("payment*", BILLING, 2),
    rule("paid", BILLING, 2),
    rule("charge*", BILLING, 2),
    rule("insurance", BILLING, 2),
    rule("statement", BILLING, 1),
    rule("balance", BILLING, 1),
    rule("follow up", FOLLOW_UP, 3),
    rule("following up", FOLLOW_UP, 3),
    rule("followup", FOLLOW_UP, 3),
    rule("test result*", FOLLOW_UP, 3),
    rule("lab result*", FOLLOW_UP, 3),
    rule("biopsy result*", FOLLOW_UP, 3),
    rule("called back", FOLLOW_UP, 2),
    rule("returned the call", FOLLOW_UP, 2),
    rule("after the procedure", FOLLOW_UP, 2),
    rule("opening hours", GENERAL, 3),
    rule("office hours", GENERAL, 3),
    rule("directions", GENERAL, 2),
    rule("wrong number", GENERAL, 3),
    rule("parking", GENERAL, 2),
    rule("general question*", GENERAL, 3),
    rule("question*", GENERAL, 1),
    rule("information", GENERAL, 1),
    rule("appointment made", SCHEDULED, 4),
    rule("appointment scheduled", SCHEDULED, 4),
    rule("appointment booked", SCHEDULED, 4),
    rule("made an appointment", SCHEDULED, 4),
    rule("scheduled an appointment", SCHEDULED, 4),
    rule("booked an appointment", SCHEDULED, 4),
    rule("scheduled for", SCHEDULED, 3),
    rule("booked for", SCHEDULED, 3),
    rule("rescheduled", SCHEDULED, 3),
    rule("information provided", INFORMED, 3),
    rule("provided information", INFORMED, 3),
    rule("gave information", INFORMED, 3),
    rule("informed", INFORMED, 2),
    rule("explained", INFORMED, 2),
    rule("advised", INFORMED, 2),
    rule("clarified", INFORMED, 2),
    rule("answered", INFORMED, 1),
    rule("transferred", TRANSFERRED, 3),
    rule("put through", TRANSFERRED, 3),
    rule("forwarded to", TRANSFERRED, 2),
    rule("connected to", TRANSFERRED, 2),
    rule("handed over", TRANSFERRED, 2),
    rule("will call back", CALLBACK, 3),
    rule("callback", CALLBACK, 3),
    rule("call back", CALLBACK, 2),
    rule("ring back", CALLBACK, 2),
    rule("chest pain", URGENT, 6),
    rule("cant breathe", URGENT, 6),
    rule("trouble breathing", URGENT, 6),
    rule("unconscious", URGENT, 6),
    rule("overdose*", URGENT, 6),
    rule("suicid*", URGENT, 6),
    rule("anaphyla*", URGENT, 6),
    rule("allergic reaction", URGENT, 5),
    rule("emergency", URGENT, 5),
    rule("bleeding", URGENT, 4),
    rule("urgent*", URGENT, 4),
    rule("severe*", HIGH, 3),
    rule("asap", HIGH, 3),
    rule("as soon as possible", HIGH, 3),
    rule("fever*", HIGH, 2),
    rule("infect*", HIGH, 2),
    rule("worse*", HIGH, 2),
    rule("pain*", HIGH, 2),
    rule("complain*", HIGH, 1),
    rule("angry", HIGH, 1),
    rule("no hurry", LOW, 3),
    rule("no rush", LOW, 3),
    rule("not urgent", LOW, 3),
    rule("whenever", LOW, 2),
    rule("complain*", COMPLAINT, 1),
    rule("angry", COMPLAINT, 1),
    rule("rude*", COMPLAINT, 1),
    rule("unhappy", COMPLAINT, 1),
    rule("dissatisf*", COMPLAINT, 1),
    rule("unacceptable", COMPLAINT, 1),
    rule("new patient*", For::Tag("new_patient"), 1),
    rule("insurance", For::Tag("insurance"), 1),
    rule("refund*", For::Tag("refund"), 1),
    rule("cancel*", For::Tag("cancellation"), 1),
    rule("no show", For::Tag("no_show"), 1),
    rule("missed the appointment", For::Tag("no_show"), 1),
    rule("interpreter", For::Tag("interpreter"), 1),
    rule("medical records", For::Tag("records_request"), 1),
    rule("called again", For::Tag("repeat_caller"), 1),
    rule("second time", For::Tag("repeat_caller"), 1),
    rule("third time", For::Tag("repeat_caller"), 1),
    rule("wrong number", For::Tag("wrong_number"), 1),
];
