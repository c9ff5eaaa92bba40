//! What came of a campaign's call, and by which rule it counts as completed and as a success.

use super::CampaignType;
use serde::{Deserialize, Serialize};

/// The rule by which outcomes are judged.
pub const OUTCOME_RULE: &str = "campaign.outcome@1";

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignOutcome {
    AppointmentScheduled,
    InformationProvided,
    TransferRequired,
    CallbackScheduled,
    SurveyCompleted,
    Retained,
    Declined,
    DoNotCall,
    NoAnswer,
    Voicemail,
    Busy,
    WrongNumber,
}

/// How a call counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whoever was to be called was spoken with.
    pub completed: bool,
    /// The campaign's purpose was served.
    pub successful: bool,
}

impl CampaignOutcome {
    pub const ALL: [CampaignOutcome; 12] = [
        CampaignOutcome::AppointmentScheduled,
        CampaignOutcome::InformationProvided,
        CampaignOutcome::TransferRequired,
        CampaignOutcome::CallbackScheduled,
        CampaignOutcome::SurveyCompleted,
        CampaignOutcome::Retained,
        CampaignOutcome::Declined,
        CampaignOutcome::DoNotCall,
        CampaignOutcome::NoAnswer,
        CampaignOutcome::Voicemail,
        CampaignOutcome::Busy,
        CampaignOutcome::WrongNumber,
    ];

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            CampaignOutcome::AppointmentScheduled => "appointment_scheduled",
            CampaignOutcome::InformationProvided => "information_provided",
            CampaignOutcome::TransferRequired => "transfer_required",
            CampaignOutcome::CallbackScheduled => "callback_scheduled",
            CampaignOutcome::SurveyCompleted => "survey_completed",
            CampaignOutcome::Retained => "retained",
            CampaignOutcome::Declined => "declined",
            CampaignOutcome::DoNotCall => "do_not_call",
            CampaignOutcome::NoAnswer => "no_answer",
            CampaignOutcome::Voicemail => "voicemail",
            CampaignOutcome::Busy => "busy",
            CampaignOutcome::WrongNumber => "wrong_number",
        }
    }

    /// `campaign.outcome@1`: completed is whatever needs a person at the other end; successful is what the campaign is for, and an
    /// appointment is a success whatever it is for.
    pub fn judged(self, purpose: CampaignType) -> Verdict {
        use CampaignOutcome::*;
        let completed = !matches!(self, NoAnswer | Voicemail | Busy | WrongNumber);
        let successful = match (purpose, self) {
            (_, AppointmentScheduled) => true,
            (CampaignType::OutboundAppointments, _) => false,
            (CampaignType::FollowUp, outcome) => matches!(outcome, InformationProvided | CallbackScheduled),
            (CampaignType::SatisfactionSurvey, outcome) => outcome == SurveyCompleted,
            (CampaignType::Retention, outcome) => outcome == Retained,
        };
        Verdict { completed, successful }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_needs_somebody_at_the_other_end_and_serves_the_purpose() {
        use CampaignOutcome::*;
        for outcome in CampaignOutcome::ALL {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), format!("\"{}\"", outcome.word()));
            for purpose in [
                CampaignType::OutboundAppointments,
                CampaignType::FollowUp,
                CampaignType::SatisfactionSurvey,
                CampaignType::Retention,
            ] {
                let verdict = outcome.judged(purpose);
                assert!(verdict.completed || !verdict.successful, "{outcome:?} {purpose:?}");
            }
        }
        let judged = |outcome: CampaignOutcome, purpose| {
            let verdict = outcome.judged(purpose);
            (verdict.completed, verdict.successful)
        };
        assert_eq!(judged(AppointmentScheduled, CampaignType::Retention), (true, true));
        assert_eq!(judged(InformationProvided, CampaignType::FollowUp), (true, true));
        assert_eq!(judged(InformationProvided, CampaignType::OutboundAppointments), (true, false));
        assert_eq!(judged(SurveyCompleted, CampaignType::SatisfactionSurvey), (true, true));
        assert_eq!(judged(Retained, CampaignType::Retention), (true, true));
        assert_eq!(judged(Declined, CampaignType::Retention), (true, false));
        for nobody in [NoAnswer, Voicemail, Busy, WrongNumber] {
            assert_eq!(judged(nobody, CampaignType::FollowUp), (false, false));
        }
    }
}
