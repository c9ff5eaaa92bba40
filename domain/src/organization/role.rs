//! What people may do: one list of permissions, and roles as named sets of them with a scope (K8).

use crate::LocationId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::str::FromStr;

/// One thing that may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    ReadCases,
    CreateCases,
    UpdateCases,
    AssignCases,
    /// Accept, reject, delay, resume, complete.
    WorkCases,
    EscalateCases,
    RecordPayments,
    CloseCases,
    DeleteCases,
    ReadAgencies,
    ManageAgencies,
    ReadDashboard,
    ReadSettings,
    ManageSettings,
    ReadAudit,
    /// Playing through what agencies might do, where the server and the company allow it.
    UseTesting,
    ReadUsers,
    ManageUsers,
    ReadLocations,
    ManageLocations,
    /// Records of calls within one's reach (B.R3).
    ReadCalls,
    /// Wrapping up one's calls: complete, escalate, follow up.
    WorkCalls,
    /// Correcting what is on record of a call.
    AmendCalls,
    EditCallJournals,
    ReviewJournals,
    ViewOwnPerformance,
    ViewTeamPerformance,
    ViewAllPerformance,
    GenerateReports,
    ConfigureMetrics,
    ManageGoals,
    AccessRecordings,
    ConductQaReviews,
    ManageCampaigns,
    ExportData,
    /// The directory of agents, their extensions and their shifts.
    ManageWorkforce,
    /// Bringing in records of calls, and the telephone systems they come from.
    IngestCalls,
    /// Deciding what becomes of records that were kept long enough.
    ManageRetention,
    /// All companies, over all tenants.
    ManageCompanies,
    /// Commands dated in the past.
    ImportHistory,
    /// What only Docket's own processes ask for.
    RunProcesses,
}

/// How far a role reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Own,
    Team,
    Location,
    Node,
    Tenant,
    All,
}

/// Whose calls, shifts and figures somebody sees (B.R3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Their own.
    #[default]
    Own,
    /// Their own, and those of these locations.
    Locations(BTreeSet<LocationId>),
    /// All of the tenant.
    Tenant,
}

/// A named set of permissions. A user may hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    #[serde(alias = "superadmin")]
    SuperAdmin,
    #[serde(alias = "admin")]
    CompanyAdmin,
    Manager,
    RegionalManager,
    StateManager,
    BranchManager,
    Supervisor,
    TeamLead,
    #[serde(alias = "call_center_agent")]
    Agent,
    #[serde(alias = "user")]
    CaseWorker,
    Staff,
    Customer,
    Auditor,
    Analyst,
}

impl Role {
    pub const ALL: [Role; 14] = [
        Role::SuperAdmin,
        Role::CompanyAdmin,
        Role::Manager,
        Role::RegionalManager,
        Role::StateManager,
        Role::BranchManager,
        Role::Supervisor,
        Role::TeamLead,
        Role::Agent,
        Role::CaseWorker,
        Role::Staff,
        Role::Customer,
        Role::Auditor,
        Role::Analyst,
    ];

    /// The word under which it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Role::SuperAdmin => "super_admin",
            Role::CompanyAdmin => "company_admin",
            Role::Manager => "manager",
            Role::RegionalManager => "regional_manager",
            Role::StateManager => "state_manager",
            Role::BranchManager => "branch_manager",
            Role::Supervisor => "supervisor",
            Role::TeamLead => "team_lead",
            Role::Agent => "agent",
            Role::CaseWorker => "case_worker",
            Role::Staff => "staff",
            Role::Customer => "customer",
            Role::Auditor => "auditor",
            Role::Analyst => "analyst",
        }
    }

    pub fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Role::SuperAdmin => &[
                ReadCases,
                CreateCases,
                UpdateCases,
                AssignCases,
                WorkCases,
                EscalateCases,
                RecordPayments,
                CloseCases,
                DeleteCases,
                ReadAgencies,
                ManageAgencies,
                ReadDashboard,
                ReadSettings,
                ManageSettings,
                ReadAudit,
                UseTesting,
                ReadUsers,
                ManageUsers,
                ReadLocations,
                ManageLocations,
                ReadCalls,
                WorkCalls,
                AmendCalls,
                EditCallJournals,
                ReviewJournals,
                ViewOwnPerformance,
                ViewTeamPerformance,
                ViewAllPerformance,
                GenerateReports,
                ConfigureMetrics,
                ManageGoals,
                AccessRecordings,
                ConductQaReviews,
                ManageCampaigns,
                ExportData,
                ManageWorkforce,
                IngestCalls,
                ManageRetention,
                ManageCompanies,
                ImportHistory,
            ],
            Role::CompanyAdmin => &[
                ReadCases,
                CreateCases,
                UpdateCases,
                AssignCases,
                WorkCases,
                EscalateCases,
                RecordPayments,
                CloseCases,
                DeleteCases,
                ReadAgencies,
                ManageAgencies,
                ReadDashboard,
                ReadSettings,
                ManageSettings,
                ReadAudit,
                UseTesting,
                ReadUsers,
                ManageUsers,
                ReadLocations,
                ManageLocations,
                ReadCalls,
                WorkCalls,
                AmendCalls,
                EditCallJournals,
                ReviewJournals,
                ViewOwnPerformance,
                ViewTeamPerformance,
                ViewAllPerformance,
                GenerateReports,
                ConfigureMetrics,
                ManageGoals,
                AccessRecordings,
                ConductQaReviews,
                ManageCampaigns,
                ExportData,
                ManageWorkforce,
                IngestCalls,
                ManageRetention,
                ImportHistory,
            ],
            Role::Manager => &[
                ReadCases,
                CreateCases,
                UpdateCases,
                AssignCases,
                WorkCases,
                EscalateCases,
                RecordPayments,
                CloseCases,
                DeleteCases,
                ReadAgencies,
                ManageAgencies,
                ReadDashboard,
                ReadSettings,
                ReadAudit,
                ReadUsers,
                ReadLocations,
                ReadCalls,
                WorkCalls,
                AmendCalls,
                EditCallJournals,
                ReviewJournals,
                ViewOwnPerformance,
                ViewTeamPerformance,
                ViewAllPerformance,
                GenerateReports,
                ConfigureMetrics,
                ManageGoals,
                AccessRecordings,
                ConductQaReviews,
                ManageCampaigns,
                ExportData,
                ManageWorkforce,
                IngestCalls,
            ],
            Role::RegionalManager | Role::StateManager | Role::BranchManager => &[
                ReadCases,
                CreateCases,
                UpdateCases,
                AssignCases,
                WorkCases,
                EscalateCases,
                RecordPayments,
                CloseCases,
                DeleteCases,
                ReadAgencies,
                ManageAgencies,
                ReadDashboard,
                ReadSettings,
                ReadAudit,
                ReadUsers,
                ReadLocations,
                ReadCalls,
                WorkCalls,
                AmendCalls,
                EditCallJournals,
                ReviewJournals,
                ViewOwnPerformance,
                ViewTeamPerformance,
                GenerateReports,
                ManageGoals,
                AccessRecordings,
                ConductQaReviews,
                ManageWorkforce,
            ],
            Role::Supervisor | Role::TeamLead => &[
                ReadCases,
                CreateCases,
                UpdateCases,
                AssignCases,
                WorkCases,
                EscalateCases,
                RecordPayments,
                CloseCases,
                ReadAgencies,
                ReadDashboard,
                ReadSettings,
                ReadAudit,
                ReadLocations,
                ReadCalls,
                WorkCalls,
                AmendCalls,
                EditCallJournals,
                ReviewJournals,
                ViewOwnPerformance,
                ViewTeamPerformance,
                GenerateReports,
                ManageGoals,
                AccessRecordings,
                ConductQaReviews,
                ManageWorkforce,
            ],
            Role::CaseWorker => &[
                ReadCases,
                CreateCases,
                UpdateCases,
                AssignCases,
                WorkCases,
                EscalateCases,
                RecordPayments,
                CloseCases,
                DeleteCases,
                ReadAgencies,
                ReadDashboard,
                ReadAudit,
                ReadLocations,
            ],
            Role::Agent => &[
                ReadCases,
                WorkCases,
                EscalateCases,
                RecordPayments,
                ReadAgencies,
                ReadLocations,
                ReadCalls,
                WorkCalls,
                EditCallJournals,
                ViewOwnPerformance,
            ],
            Role::Staff => &[ReadCases, ReadLocations, ReadCalls, ViewOwnPerformance],
            Role::Customer => &[],
            Role::Auditor => &[
                ReadCases,
                ReadAgencies,
                ReadDashboard,
                ReadSettings,
                ReadAudit,
                ReadUsers,
                ReadLocations,
                ReadCalls,
                ViewOwnPerformance,
                ViewTeamPerformance,
                ViewAllPerformance,
                GenerateReports,
            ],
            Role::Analyst => &[
                ReadCases,
                ReadAgencies,
                ReadDashboard,
                ReadSettings,
                ReadLocations,
                ReadCalls,
                ViewOwnPerformance,
                ViewTeamPerformance,
                ViewAllPerformance,
                GenerateReports,
                ExportData,
            ],
        }
    }

    /// How far it reaches. Only a super admin leaves the tenant.
    pub fn scope(self) -> Scope {
        match self {
            Role::SuperAdmin => Scope::All,
            Role::RegionalManager | Role::StateManager | Role::BranchManager => Scope::Node,
            Role::Supervisor => Scope::Location,
            Role::TeamLead => Scope::Team,
            Role::Agent | Role::Staff | Role::Customer => Scope::Own,
            _ => Scope::Tenant,
        }
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|_| {
            let known: Vec<_> = Role::ALL.iter().map(|role| role.word()).collect();
            format!("must be one of {}", known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_read_back_from_its_word_and_aliases() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{}\"", role.word()));
        }
        for (alias, role) in [
            ("superadmin", Role::SuperAdmin),
            ("admin", Role::CompanyAdmin),
            ("call_center_agent", Role::Agent),
            ("user", Role::CaseWorker),
        ] {
            assert_eq!(alias.parse(), Ok(role));
        }
        assert!("boss".parse::<Role>().is_err());
    }

    #[test]
    fn specification_e_keeps_agencies_and_settings_to_admins() {
        // E.R1: dashboard, cases and audit for admin and user; agencies, testing and settings for admin only.
        let (admin, user) = (Role::CompanyAdmin.permissions(), Role::CaseWorker.permissions());
        for both in [Permission::ReadDashboard, Permission::CreateCases, Permission::UpdateCases, Permission::ReadAudit] {
            assert!(admin.contains(&both) && user.contains(&both), "{both:?}");
        }
        for admin_only in
            [Permission::ManageAgencies, Permission::ReadSettings, Permission::ManageSettings, Permission::UseTesting]
        {
            assert!(admin.contains(&admin_only) && !user.contains(&admin_only), "{admin_only:?}");
        }
    }

    #[test]
    fn only_a_super_admin_sees_companies_and_nobody_plays_process() {
        for role in Role::ALL {
            assert_eq!(role.permissions().contains(&Permission::ManageCompanies), role == Role::SuperAdmin);
            assert!(!role.permissions().contains(&Permission::RunProcesses));
        }
    }
}
