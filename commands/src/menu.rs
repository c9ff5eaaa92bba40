//! The menu: every command by its name. The generic route, the importer, the documentation and the permission tests read this list.

use crate::command::{AnyCommand, Command, On};
use crate::{Error, calls, cases, notices, organization};
use domain::organization::role::Permission;

/// One command on the menu.
pub struct MenuItem {
    pub name: &'static str,
    pub may: Permission,
    pub on: On,
    /// An example of its data as JSON.
    pub example: &'static str,
    /// Reads its data; what is wrong is named by field and rule.
    pub read: fn(&str) -> Result<Box<dyn AnyCommand>, Error>,
}

const fn item<C: Command>() -> MenuItem {
    MenuItem { name: C::NAME, may: C::MAY, on: C::ON, example: C::EXAMPLE, read: read::<C> }
}

/// Everything that may be asked.
pub const MENU: &[MenuItem] = &[
    item::<cases::case::OpenCase>(),
    item::<cases::case::UpdateCase>(),
    item::<cases::case::AssignAgency>(),
    item::<cases::case::AcceptCase>(),
    item::<cases::case::RejectCase>(),
    item::<cases::case::DelayCase>(),
    item::<cases::case::ResumeCase>(),
    item::<cases::case::EscalateCase>(),
    item::<cases::case::RecordPayment>(),
    item::<cases::case::CompleteCase>(),
    item::<cases::case::ReopenCase>(),
    item::<cases::case::CloseCase>(),
    item::<cases::case::DeleteCase>(),
    item::<cases::case::SettleCase>(),
    item::<cases::case::AllocateCase>(),
    item::<cases::case::LeaveUnassigned>(),
    item::<cases::agency::RegisterAgency>(),
    item::<cases::agency::UpdateAgency>(),
    item::<cases::agency::ToggleAgency>(),
    item::<cases::policy::ChangeSettings>(),
    item::<cases::policy::ResetSettings>(),
    item::<cases::policy::WithdrawSettings>(),
    item::<cases::policy::RestateScores>(),
    item::<cases::policy::UndoRestatement>(),
    item::<cases::portal::NoteVisit>(),
    item::<organization::tenant::RegisterCompany>(),
    item::<organization::tenant::UpdateCompany>(),
    item::<organization::tenant::BeginImport>(),
    item::<organization::tenant::EndImport>(),
    item::<organization::user::CreateUser>(),
    item::<organization::user::UpdateUser>(),
    item::<organization::user::DeactivateUser>(),
    item::<organization::user::ReactivateUser>(),
    item::<organization::user::ChangePassword>(),
    item::<organization::user::NoteSignIn>(),
    item::<organization::user::JoinLocation>(),
    item::<organization::user::LeaveLocation>(),
    item::<organization::location::AddLocation>(),
    item::<organization::location::ChangeLocation>(),
    item::<organization::location::RemoveLocation>(),
    item::<calls::centre::ConfigureCallCentre>(),
    item::<calls::agent::EnrolAgent>(),
    item::<calls::agent::ChangeAgent>(),
    item::<calls::agent::CertifyAgent>(),
    item::<calls::agent::RemoveAgent>(),
    item::<calls::verification::BeginVerification>(),
    item::<calls::verification::EndVerification>(),
    item::<calls::presence::NotePresence>(),
    item::<calls::shift::ScheduleShift>(),
    item::<calls::shift::RescheduleShift>(),
    item::<calls::shift::StartShift>(),
    item::<calls::shift::BeginBreak>(),
    item::<calls::shift::EndBreak>(),
    item::<calls::shift::EndShift>(),
    item::<calls::shift::MarkAbsent>(),
    item::<calls::shift::CorrectShift>(),
    item::<calls::shift::WithdrawShift>(),
    item::<calls::shift::SettleShift>(),
    item::<calls::goal::SetGoal>(),
    item::<calls::goal::SetTeamGoal>(),
    item::<calls::goal::UpdateGoal>(),
    item::<calls::suggestion::NoteGoalReached>(),
    item::<calls::suggestion::SuggestCoaching>(),
    item::<calls::review::DraftReview>(),
    item::<calls::review::ChangeReview>(),
    item::<calls::review::CompleteReview>(),
    item::<calls::review::DiscussReview>(),
    item::<calls::review::AcknowledgeReview>(),
    item::<calls::review::DisputeReview>(),
    item::<calls::review::ResolveDispute>(),
    item::<calls::source::AddSource>(),
    item::<calls::source::ChangeSource>(),
    item::<calls::source::RemoveSource>(),
    item::<calls::source::RotateSourceSecret>(),
    item::<calls::source_sync::NoteSourceSync>(),
    item::<calls::record::RecordCdr>(),
    item::<calls::record::HoldRecord>(),
    item::<calls::record::ReplayHeldRecord>(),
    item::<calls::record::DismissHeldRecord>(),
    item::<calls::call::CompleteCall>(),
    item::<calls::call::AmendCall>(),
    item::<calls::call::CategorizeCall>(),
    item::<calls::call::AttributeCall>(),
    item::<calls::call::AttachRecording>(),
    item::<calls::call::ReviewRecording>(),
    item::<calls::call::RemoveRecording>(),
    item::<calls::call::EscalateCall>(),
    item::<calls::call::PlanFollowUp>(),
    item::<calls::call::MarkFollowUpDone>(),
    item::<calls::call::HoldCall>(),
    item::<calls::call::ReleaseCall>(),
    item::<calls::call::DisposeCall>(),
    item::<calls::campaign::CreateCampaign>(),
    item::<calls::campaign::ChangeCampaign>(),
    item::<calls::campaign::AssignCampaign>(),
    item::<calls::campaign::StartCampaign>(),
    item::<calls::campaign::PauseCampaign>(),
    item::<calls::campaign::ResumeCampaign>(),
    item::<calls::campaign::CompleteCampaign>(),
    item::<calls::campaign::CancelCampaign>(),
    item::<calls::campaign::LogCampaignCall>(),
    item::<calls::report_run::KeepReport>(),
    item::<calls::access::NoteAccesses>(),
    item::<calls::disposal::ProposeDisposal>(),
    item::<calls::disposal::ApproveDisposal>(),
    item::<calls::disposal::RefuseDisposal>(),
    item::<calls::disposal::CarryOutDisposal>(),
    item::<calls::disposal::DisposeJournal>(),
    item::<calls::disposal::DisposeReview>(),
    item::<calls::disposal::DisposeShift>(),
    item::<calls::disposal::DisposeGoal>(),
    item::<calls::disposal::DisposeHeldRecord>(),
    item::<calls::journal::WriteJournal>(),
    item::<calls::journal::ChangeJournal>(),
    item::<calls::journal::SubmitJournal>(),
    item::<calls::journal::ReviewJournal>(),
    item::<calls::journal::ApproveJournal>(),
    item::<calls::journal::ReturnJournal>(),
    item::<notices::endpoint::AddEndpoint>(),
    item::<notices::endpoint::ChangeEndpoint>(),
    item::<notices::endpoint::RemoveEndpoint>(),
    item::<notices::endpoint::DisableEndpoint>(),
    item::<notices::endpoint::RotateEndpointSecret>(),
];

/// The command of this name.
pub fn find(name: &str) -> Option<&'static MenuItem> {
    MENU.iter().find(|item| item.name == name)
}

fn read<C: Command>(data: &str) -> Result<Box<dyn AnyCommand>, Error> {
    // serde would also take a list of the fields' values in their order, which nobody means.
    if data.trim_start().starts_with('[') {
        return Err(Error::Invalid { field: "data".into(), rule: "must be an object".into() });
    }
    let mut reader = serde_json::Deserializer::from_str(data);
    let command: C = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "data".to_owned() } else { format!("data.{path}") };
        Error::Invalid { field, rule: rule_of(&error.into_inner()) }
    })?;
    reader.end().map_err(|error| Error::Invalid { field: "data".into(), rule: rule_of(&error) })?;
    Ok(Box::new(command))
}

/// What serde says, without its line and column (which are those of the data, not of the request).
fn rule_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_example_can_be_read_and_names_are_unique() {
        let mut names: Vec<_> = MENU.iter().map(|item| item.name).collect();
        for item in MENU {
            let command = (item.read)(item.example).unwrap_or_else(|error| panic!("{}: {error}", item.name));
            assert_eq!((command.name(), command.may()), (item.name, item.may));
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), MENU.len());
    }

    #[test]
    fn what_is_wrong_is_named_by_field_and_rule() {
        let refused = |name: &str, data: &str| match (find(name).unwrap().read)(data) {
            Err(Error::Invalid { field, rule }) => (field, rule),
            other => panic!("{other:?}"),
        };
        let (field, rule) = refused("OpenCase", r#"{"customer":{"name":"A"},"priority":"P9","overdueAmount":1}"#);
        assert_eq!(field, "data.priority");
        assert!(rule.contains("P1"), "{rule}");
        let (field, rule) = refused("OpenCase", r#"{"customer":{"name":"A"},"priority":"P1","overdueAmount":-1}"#);
        assert_eq!((field.as_str(), rule.as_str()), ("data.overdueAmount", "must be at least 0, is -1"));
        let (field, rule) = refused("AcceptCase", r#"{"speed":1}"#);
        assert_eq!(field, "data.speed");
        assert!(rule.contains("unknown field"), "{rule}");
        let (field, _) = refused("OpenCase", r#"{"customer":{"name":"A\u0000"},"priority":"P1","overdueAmount":1}"#);
        assert_eq!(field, "data.customer.name");
    }
}
