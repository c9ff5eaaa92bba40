//! What is said about users: how they are shown, found, created and changed.

use crate::auth::Password;
use crate::shape;
use chrono::{DateTime, Utc};
use domain::cases::customer::given;
use domain::organization::role::Role;
use domain::organization::user::User as Account;
use domain::{Email, Link, TenantId, Text, UserId};
use projections::organization::people::Person;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A person with an account (D.T1).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub(super) id: Uuid,
    #[schema(example = "ada@example.com")]
    pub(super) email: Option<String>,
    #[schema(example = "Ada")]
    pub(super) first_name: Option<String>,
    #[schema(example = "Lovelace")]
    pub(super) last_name: Option<String>,
    /// The first of the roles.
    #[schema(value_type = Option<String>, example = "agent")]
    pub(super) role: Option<Role>,
    #[schema(value_type = Vec<String>, example = json!(["agent"]))]
    pub(super) roles: Vec<Role>,
    pub(super) company_id: Uuid,
    pub(super) location_id: Option<Uuid>,
    pub(super) profile_image_url: Option<String>,
    pub(super) is_active: bool,
    pub(super) last_login_at: Option<DateTime<Utc>>,
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        Self {
            id: person.user_id.0,
            email: person.email,
            first_name: person.first_name,
            last_name: person.last_name,
            role: person.roles.first().copied(),
            roles: person.roles,
            company_id: person.tenant_id.0,
            location_id: person.location_id.map(Uuid::from),
            profile_image_url: person.profile_image_url,
            is_active: person.is_active,
            last_login_at: person.last_login_at,
            created_at: Some(person.created_at),
            updated_at: Some(person.updated_at),
        }
    }
}

impl User {
    /// What the log itself knows, while the screens do not have it yet.
    pub(super) fn from_account(tenant: TenantId, id: UserId, account: &Account) -> Self {
        let details = account.details().ok();
        Self {
            id: id.0,
            email: details.and_then(|details| details.email.known()).map(ToString::to_string),
            first_name: details.and_then(|details| details.first_name.known()).map(ToString::to_string),
            last_name: details.and_then(|details| details.last_name.as_ref()?.known()).map(ToString::to_string),
            role: account.roles().first().copied(),
            roles: account.roles().to_vec(),
            company_id: tenant.0,
            location_id: details.and_then(|details| details.location).map(Uuid::from),
            profile_image_url: details
                .and_then(|details| details.profile_image_url.as_ref())
                .map(|link| link.as_str().to_owned()),
            is_active: account.is_active(),
            last_login_at: None,
            created_at: None,
            updated_at: None,
        }
    }
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewUser {
    #[serde(flatten)]
    pub(super) user: User,
    /// The first password, if none was given: it is shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "mVbq7TzKcRw2YhPd3nXs")]
    pub(super) initial_password: Option<String>,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserClosed)]
pub struct Done {
    #[schema(example = "User deactivated")]
    pub(super) message: &'static str,
}

/// Which users are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Of this company only.
    pub(super) company_id: Option<Uuid>,
    /// Found in name or e-mail address.
    #[param(pattern = "^[^\\x00]*$")]
    pub(super) search: Option<String>,
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1000000)]
    pub(super) page: Option<u32>,
    /// How many on a page.
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u32>,
}

/// Which users of a company are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedHere {
    /// Found in name or e-mail address.
    #[param(pattern = "^[^\\x00]*$")]
    pub(super) search: Option<String>,
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1000000)]
    pub(super) page: Option<u32>,
    /// How many on a page.
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u32>,
}

/// Who shall have an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = UserToCreate)]
#[schema(example = json!({"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace", "role": "agent"}))]
pub struct Create {
    #[schema(schema_with = shape::email)]
    pub(super) email: Email,
    #[schema(schema_with = shape::text::<128>)]
    pub(super) first_name: Text<128>,
    #[schema(schema_with = shape::text_or_null::<128>, required = false)]
    pub(super) last_name: Option<Text<128>>,
    /// The first role; `agent` if neither this nor `roles` is given.
    #[schema(value_type = Option<RoleWord>)]
    pub(super) role: Option<Role>,
    #[schema(value_type = Option<Vec<RoleWord>>, min_items = 1)]
    pub(super) roles: Option<Vec<Role>>,
    /// Without one a random one is made, and shown once.
    #[schema(value_type = Option<String>, min_length = 8, max_length = 256, pattern = "^[^\\x00]*$")]
    pub(super) password: Option<Password>,
    /// Another company than one's own: for super admins.
    pub(super) company_id: Option<Uuid>,
    pub(super) location_id: Option<Uuid>,
    #[schema(schema_with = shape::link_or_null, required = false)]
    pub(super) profile_image_url: Option<Link>,
}

/// What shall be different; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = UserChange)]
#[schema(example = json!({"lastName": "King", "roles": ["supervisor"]}))]
pub struct Change {
    #[schema(schema_with = shape::email_or_null, required = false)]
    pub(super) email: Option<Email>,
    #[schema(schema_with = shape::text_or_null::<128>, required = false)]
    pub(super) first_name: Option<Text<128>>,
    /// `null` clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::text_or_null::<128>, required = false)]
    pub(super) last_name: Option<Option<Text<128>>>,
    #[schema(value_type = Option<RoleWord>)]
    pub(super) role: Option<Role>,
    #[schema(value_type = Option<Vec<RoleWord>>, min_items = 1)]
    pub(super) roles: Option<Vec<Role>>,
    /// `null` clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    pub(super) location_id: Option<Option<Uuid>>,
    /// `null` clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = shape::link_or_null, required = false)]
    pub(super) profile_image_url: Option<Option<Link>>,
    /// `false` closes the account, `true` opens it again.
    pub(super) is_active: Option<bool>,
    /// A new password; all their sessions end.
    #[schema(value_type = Option<String>, min_length = 8, max_length = 256, pattern = "^[^\\x00]*$")]
    pub(super) password: Option<Password>,
}

/// A role, under its name or under the name that a specification gives it.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case", example = "agent")]
#[allow(dead_code)]
pub enum RoleWord {
    SuperAdmin,
    #[schema(rename = "superadmin")]
    SuperadminAlias,
    CompanyAdmin,
    #[schema(rename = "admin")]
    AdminAlias,
    Manager,
    RegionalManager,
    StateManager,
    BranchManager,
    Supervisor,
    TeamLead,
    Agent,
    #[schema(rename = "call_center_agent")]
    CallCenterAgentAlias,
    CaseWorker,
    #[schema(rename = "user")]
    UserAlias,
    Staff,
    Customer,
    Auditor,
    Analyst,
}
