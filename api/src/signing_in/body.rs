//! What is said at the door: credentials, sessions, and who one is.

use crate::auth::Password;
use chrono::{DateTime, Utc};
use domain::organization::role::{Permission, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// E-mail address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    #[schema(example = "admin@docket.local", pattern = "^[^\\x00]*$")]
    #[serde(alias = "username")]
    pub(super) email: String,
    #[schema(example = "correct horse battery", pattern = "^[^\\x00]*$")]
    pub(super) password: String,
}

/// E-mail address and password as OAuth2 clients send them; of the other fields nothing is needed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordForm {
    #[schema(example = "admin@docket.local", pattern = "^[^\\x00]*$")]
    pub(super) username: String,
    #[schema(example = "correct horse battery", pattern = "^[^\\x00]*$")]
    pub(super) password: String,
    #[serde(default)]
    #[schema(example = "password", nullable = false, pattern = "^(password)?$")]
    pub(super) grant_type: Option<String>,
    #[serde(default, rename = "scope")]
    #[schema(nullable = false, pattern = "^[^\\x00]*$")]
    pub(super) _scope: Option<String>,
    #[serde(default, rename = "client_id")]
    #[schema(nullable = false, pattern = "^[^\\x00]*$")]
    pub(super) _client_id: Option<String>,
    #[serde(default, rename = "client_secret")]
    #[schema(nullable = false, pattern = "^[^\\x00]*$")]
    pub(super) _client_secret: Option<String>,
}

/// A session in camelCase.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// For the header `Authorization: Bearer …`.
    pub(super) token: String,
    #[schema(example = "bearer")]
    pub(super) token_type: &'static str,
    /// Seconds until the token is no longer good.
    #[schema(example = 900)]
    pub(super) expires_in: i64,
    /// For the next renewal, once.
    pub(super) refresh_token: String,
    pub(super) user: SessionUser,
}

/// Whose session it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    pub(super) id: Uuid,
    #[schema(example = "ada@example.com")]
    pub(super) email: String,
    #[schema(example = "Ada")]
    pub(super) first_name: Option<String>,
    #[schema(example = "Lovelace")]
    pub(super) last_name: Option<String>,
    #[schema(value_type = Vec<String>, example = json!(["company_admin"]))]
    pub(super) roles: Vec<Role>,
    pub(super) company_id: Uuid,
}

/// A session in OAuth2's words.
#[derive(Serialize, ToSchema)]
pub struct BareSession {
    /// For the header `Authorization: Bearer …`.
    pub(super) access_token: String,
    #[schema(example = "bearer")]
    pub(super) token_type: &'static str,
    /// Seconds until the token is no longer good.
    #[schema(example = 900)]
    pub(super) expires_in: i64,
    /// For the next renewal, once.
    pub(super) refresh_token: String,
}

/// The token that renews or ends a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Renewal {
    #[schema(pattern = "^[^\\x00]*$")]
    pub(super) refresh_token: String,
}

/// The token that renews or ends a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BareRenewal {
    #[schema(pattern = "^[^\\x00]*$")]
    pub(super) refresh_token: String,
}

/// One's own new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewPassword {
    #[schema(pattern = "^[^\\x00]*$")]
    pub(super) current_password: String,
    #[schema(value_type = String, min_length = 8, max_length = 256, pattern = "^[^\\x00]*$", example = "a longer one than before")]
    pub(super) new_password: Password,
}

/// What was done.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedOut)]
pub struct Left {
    #[schema(example = "Signed out")]
    pub(super) message: &'static str,
}

/// Who is signed in, in snake_case.
#[derive(Serialize, ToSchema)]
pub struct Me {
    pub(super) id: Uuid,
    #[schema(example = "ada@example.com")]
    pub(super) email: String,
    #[schema(example = "ada@example.com")]
    pub(super) username: String,
    #[schema(example = "Ada Lovelace")]
    pub(super) full_name: String,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    /// The first of the roles.
    #[schema(value_type = String, example = "company_admin")]
    pub(super) role: Option<Role>,
    #[schema(value_type = Vec<String>, example = json!(["company_admin"]))]
    pub(super) roles: Vec<Role>,
    pub(super) is_active: bool,
    pub(super) tenant_id: Uuid,
    #[schema(example = "Acme Collections")]
    pub(super) tenant_name: Option<String>,
    /// Everything their roles allow.
    #[schema(value_type = Vec<String>, example = json!(["read_cases", "work_cases"]))]
    pub(super) permissions: Vec<Permission>,
    pub(super) created_at: Option<DateTime<Utc>>,
}
