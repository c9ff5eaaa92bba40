//! Wiping a sandbox: its cases go, its agencies rest, its settings are the defaults again. The log forgets nothing, as ever.

use super::{allowed, environment};
use crate::auth::Caller;
use crate::extract::Body;
use crate::{Answer, Error, House, shape};
use actix_web::web;
use commands::cases::agency::UpdateAgency;
use commands::cases::case::{DeleteCase, RejectCase};
use commands::cases::policy::{ResetSettings, WithdrawSettings};
use commands::{Ask, Principal};
use domain::Text;
use domain::cases::case::{Case, Status};
use domain::cases::policy::Policy;
use domain::organization::tenant::{Environment, Tenant};
use projections::cases::{agency_directory, worklist_page};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many cases are taken away together.
const TOGETHER: usize = 500;

/// That it is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"confirm": "Acme Sandbox"}))]
pub struct Confirmation {
    /// The company's name, so that nobody wipes another one by mistake.
    #[schema(schema_with = shape::text::<255>)]
    confirm: Text<255>,
}

/// What was wiped away.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Wiped {
    #[schema(example = 120)]
    deleted_cases: usize,
    /// Cases that somebody took on meanwhile.
    #[schema(example = 0)]
    left_cases: usize,
    #[schema(example = 8)]
    deactivated_dcas: usize,
    /// The version of the settings now in force, which are the defaults.
    #[schema(example = 3)]
    settings_version: u32,
}

/// Takes all cases of a sandbox away, lets its agencies rest, and gives it the default settings.
///
/// Only in a company marked as a sandbox. Every step is on record; auditors still see everything that was.
#[utoipa::path(post, path = "/api/v1/testing/reset", tag = "testing", request_body = Confirmation,
    responses((status = 200, body = Wiped)))]
pub async fn reset(house: web::Data<House>, caller: Caller, body: Body<Confirmation>) -> Result<Answer<Wiped>, Error> {
    let player = allowed(&house, &caller).await?;
    if environment(&house, &caller).await? != Some(Environment::Sandbox) {
        return Err(Error::forbidden("only a company marked as a sandbox can be wiped"));
    }
    let (tenant, _) = house.commands.state::<Tenant>(player.tenant, player.tenant).await?;
    let details = tenant.details().map_err(|refusal| Error::refused(&refusal))?;
    if details.name != body.0.confirm {
        return Err(Error::invalid("confirm", "must be the name of the company"));
    }
    let here = house.clone();
    Ok(Answer::ok(house.finish(async move { wipe(&here, &player).await }).await?))
}

async fn wipe(house: &House, who: &Principal) -> Result<Wiped, Error> {
    let tenant = who.tenant;
    let found = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(
            async move { Ok((worklist_page::all_cases(conn, tenant).await?, agency_directory::active(conn, tenant).await?)) },
        )
    });
    let (cases, agencies) = found.await?;
    let mut wiped = Wiped::default();
    let reason = Text::try_from("the sandbox was wiped").map_err(|rule| Error::invalid("reason", rule))?;
    for some in cases.chunks(TOGETHER) {
        // An agency that works on a case has to give it back first, which counts against it; no other case is given back.
        let mut back = Vec::new();
        for case in some {
            let (state, _) = house.commands.state::<Case>(tenant, *case).await?;
            if matches!(state.status(), Status::InProgress(_)) {
                back.push(Ask::new(RejectCase { reason: reason.clone() }).on(*case));
            }
        }
        house.commands.execute_all(who, back).await;
        let gone = some.iter().map(|case| Ask::new(DeleteCase { reason: reason.clone() }).on(*case)).collect();
        let deleted = house.commands.execute_all(who, gone).await.iter().filter(|answer| answer.is_ok()).count();
        wiped.deleted_cases += deleted;
        wiped.left_cases += some.len() - deleted;
    }
    for agency in agencies {
        let rest = UpdateAgency { is_active: Some(false), ..UpdateAgency::default() };
        house.commands.execute(who, Ask::new(rest).on(agency)).await?;
        wiped.deactivated_dcas += 1;
    }
    while house.commands.execute(who, Ask::new(WithdrawSettings {})).await.is_ok() {}
    house.commands.execute(who, Ask::new(ResetSettings {})).await?;
    let (policy, _) = house.commands.state::<Policy>(tenant, tenant).await?;
    wiped.settings_version = policy.in_force(house.commands.now()).version;
    Ok(wiped)
}
