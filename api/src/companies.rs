//! The companies that use Docket, as those see them who let them in.

use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Body, Circumstances, Id, Params};
use crate::users::paged;
use crate::{Answer, House, shape};
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use commands::Ask;
use commands::organization::tenant::{RegisterCompany, UpdateCompany};
use domain::organization::role::Permission;
use domain::organization::tenant::{Environment, Tenant};
use domain::{TenantId, Text};
use projections::organization::companies;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A company (D.T2).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Company {
    id: Uuid,
    #[schema(example = "Acme Collections")]
    name: String,
    #[schema(example = "basic")]
    subscription_plan: String,
    is_active: bool,
    /// How many active users it may have.
    #[schema(example = 5)]
    max_users: u32,
    /// How many conversation channels it may have.
    #[schema(example = 3)]
    max_channels: u32,
    /// `production`: nothing is simulated here. `sandbox`: everything may be wiped away. `null`: nobody said.
    #[schema(value_type = Option<CompanyEnvironment>)]
    environment: Option<Environment>,
    /// How many of its seats are taken.
    users: Option<u32>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
}

impl From<companies::Company> for Company {
    fn from(company: companies::Company) -> Self {
        Self {
            id: company.tenant_id.0,
            name: company.name,
            subscription_plan: company.subscription_plan,
            is_active: company.is_active,
            max_users: company.max_users,
            max_channels: company.max_channels,
            environment: company.environment,
            users: Some(company.users),
            created_at: Some(company.created_at),
            updated_at: Some(company.updated_at),
        }
    }
}

/// Which companies are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Found in the name.
    #[param(pattern = "^[^\\x00]*$")]
    search: Option<String>,
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1000000)]
    page: Option<u32>,
    /// How many on a page.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// A company to be set up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = CompanyToRegister)]
#[schema(example = json!({"name": "Acme Collections", "maxUsers": 5}))]
pub struct Register {
    #[schema(schema_with = shape::text::<255>)]
    name: Text<255>,
    /// `basic` unless said otherwise.
    #[schema(schema_with = shape::text_or_null::<64>, required = false)]
    subscription_plan: Option<Text<64>>,
    is_active: Option<bool>,
    /// 5 unless said otherwise.
    #[schema(minimum = 1, maximum = 1000000, example = 5)]
    max_users: Option<u32>,
    /// 3 unless said otherwise.
    #[schema(minimum = 0, maximum = 1000000, example = 3)]
    max_channels: Option<u32>,
    /// Whether its data is real.
    #[schema(value_type = Option<CompanyEnvironment>)]
    environment: Option<Environment>,
}

/// What shall be different; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = CompanyChange)]
#[schema(example = json!({"maxUsers": 25}))]
pub struct Change {
    #[schema(schema_with = shape::text_or_null::<255>, required = false)]
    name: Option<Text<255>>,
    #[schema(schema_with = shape::text_or_null::<64>, required = false)]
    subscription_plan: Option<Text<64>>,
    /// `false` keeps its people out.
    is_active: Option<bool>,
    #[schema(minimum = 1, maximum = 1000000, example = 25)]
    max_users: Option<u32>,
    #[schema(minimum = 0, maximum = 1000000, example = 3)]
    max_channels: Option<u32>,
    /// A company in production stays there.
    #[schema(value_type = Option<CompanyEnvironment>)]
    environment: Option<Environment>,
}

/// Whether the data of a company is real.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "it describes the domain's own type, which knows nothing of descriptions")]
pub enum CompanyEnvironment {
    Production,
    Sandbox,
}

/// All companies by name (D.E9). `X-Total-Count` says how many there are in all.
#[utoipa::path(get, path = "/api/companies", tag = "companies", params(Wanted), responses((status = 200, body = Vec<Company>,
    headers(("X-Total-Count" = i64, description = "How many there are in all.")))))]
pub async fn list(house: web::Data<House>, wanted: Params<Wanted>) -> Result<HttpResponse, Error> {
    let Params(Wanted { search, page, limit }) = wanted;
    let page = paged(page, limit)?;
    let found = house
        .reader
        .every_tenant(move |conn| Box::pin(async move { companies::list(conn, search.as_deref(), page).await }))
        .await?;
    let shown: Vec<Company> = found.rows.into_iter().map(Company::from).collect();
    Ok(HttpResponse::Ok().insert_header(("X-Total-Count", found.total.to_string())).json(shown))
}

/// Set up a company (D.E10).
#[utoipa::path(post, path = "/api/companies", tag = "companies", request_body = Register,
    responses((status = 201, body = Company)))]
pub async fn register(
    house: web::Data<House>,
    caller: Caller,
    circumstances: Circumstances,
    body: Body<Register>,
) -> Result<Answer<Company>, Error> {
    let Body(Register { name, subscription_plan, is_active, max_users, max_channels, environment }) = body;
    let command = RegisterCompany { name, subscription_plan, is_active, max_users, max_channels, environment };
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command))).await?;
    Ok(Answer::created(card(&house, &done).await?).after(&done))
}

/// Change a company (D.E11).
#[utoipa::path(patch, path = "/api/companies/{id}", tag = "companies",
    params(("id" = Uuid, Path, description = "The company.")), request_body = Change, responses((status = 200, body = Company)))]
pub async fn change(
    house: web::Data<House>,
    caller: Caller,
    id: Id,
    circumstances: Circumstances,
    body: Body<Change>,
) -> Result<Answer<Company>, Error> {
    let Body(Change { name, subscription_plan, is_active, max_users, max_channels, environment }) = body;
    let command = UpdateCompany { name, subscription_plan, is_active, max_users, max_channels, environment };
    let done = house.execute(&caller.principal, circumstances.of(Ask::new(command).on(id.0))).await?;
    Ok(Answer::ok(card(&house, &done).await?).after(&done))
}

/// The company, if the caller may look into it: their own, or any for those who manage companies.
pub async fn visible(house: &House, caller: &Caller, id: Id) -> Result<TenantId, Error> {
    let tenant = TenantId(id.0);
    if tenant == caller.tenant() {
        return Ok(tenant);
    }
    let known = caller.may(Permission::ManageCompanies) && house.commands.state::<Tenant>(tenant, tenant).await?.1 > 0;
    if known { Ok(tenant) } else { Err(Error::missing("company")) }
}

/// The company after a command: as the screens show it, or what the log knows if they are behind.
async fn card(house: &House, done: &commands::Answer) -> Result<Company, Error> {
    let tenant = TenantId(done.id);
    if house.shows(done).await
        && let Ok(Some(company)) = house.reader.as_tenant(tenant, move |conn| Box::pin(companies::card(conn, tenant))).await
    {
        return Ok(company.into());
    }
    let (company, _) = house.commands.state::<Tenant>(tenant, tenant).await?;
    let details = company.details().map_err(|refusal| Error::refused(&refusal))?;
    Ok(Company {
        id: tenant.0,
        name: details.name.to_string(),
        subscription_plan: details.subscription_plan.to_string(),
        is_active: details.is_active,
        max_users: details.max_users,
        max_channels: details.max_channels,
        environment: details.environment,
        users: None,
        created_at: None,
        updated_at: None,
    })
}
