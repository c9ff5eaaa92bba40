//! A lively sample company to look around in: a month that is made up, and people who go on working in it.

mod calls;
mod live;
mod people;
mod simulation;

use crate::auth::Password;
use crate::house::House;
use commands::organization::tenant::{BeginImport, EndImport};
use commands::{Ask, Principal};
use domain::organization::user::User;
use domain::{Actor, AgencyId, CaseId, TenantId, UserId};
use people::{AGENCIES, Account, PEOPLE};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The name of the sample company.
const COMPANY: &str = "demo";
/// The password of everybody in it. It is for looking around on one's own machine.
pub const PASSWORD: &str = "docket-demo";
/// The month: seed, cases and days.
const SEED: u64 = 2026;
const CASES: usize = 420;
const DAYS: i64 = 31;

/// Fills the sample company, says how to look around, and goes on working in it for as long as it is polled.
pub async fn run(house: &House, url: &str) -> Result<(), String> {
    let tenant = crate::import::tenant(&house.commands, COMPANY).await.map_err(|error| error.to_string())?;
    let mut people = let_in(house, tenant, PEOPLE).await?;
    // The auditor looks and does nothing.
    people.truncate(PEOPLE.len() - 1);
    let agencies = register(house, tenant).await?;
    let cases = match filled(house, tenant).await? {
        true => running(house, tenant).await?,
        false => fill(house, tenant, &people, &agencies).await?,
    };
    let office = calls::Office::open(house, tenant).await?;
    if let Some(engine) = house.engine() {
        engine.settle().await;
    }
    println!("{}", welcome(url, agencies.first().copied().unwrap_or_default()));
    tokio::join!(live::go_on(house.commands.clone(), people, cases), office.go_on());
    Ok(())
}

/// Creates everybody's account, once, and gives them their password.
async fn let_in(house: &House, tenant: TenantId, accounts: &[Account]) -> Result<Vec<Principal>, String> {
    let mut people = Vec::new();
    for person in accounts {
        let id = UserId(Uuid::new_v5(&tenant.0, person.0.as_bytes()));
        let known = house.commands.state::<User>(tenant, id).await.map_err(|error| error.to_string())?.1 > 0;
        if !known {
            let ask = Ask::new(people::create(person)?).on(id);
            house.commands.execute(&Principal::operator(tenant), ask).await.map_err(|error| error.to_string())?;
        }
        if house.vault.password_hash(id).await.map_err(|error| error.message)?.is_none() {
            let password = Password::try_from(PASSWORD.to_owned())?;
            let hash = house.passwords.hash(password).await.map_err(|error| error.message)?;
            house.vault.keep_password(tenant, id, &hash, house.commands.now()).await.map_err(|error| error.message)?;
        }
        people.push(Principal { actor: Actor::User(id), ..Principal::operator(tenant) });
    }
    Ok(people)
}

async fn register(house: &House, tenant: TenantId) -> Result<Vec<AgencyId>, String> {
    let who = Principal::operator(tenant);
    let before = house.commands.now() - chrono::Days::new(DAYS as u64 + 2);
    let mut ids = Vec::new();
    for agency in AGENCIES {
        let id = AgencyId(Uuid::new_v5(&tenant.0, agency.name.as_bytes()));
        let known = house.commands.state::<domain::cases::agency::Agency>(tenant, id).await;
        if known.map_err(|error| error.to_string())?.1 == 0 {
            let ask = Ask::new(people::register(agency)?).on(id).at(before);
            house.commands.execute(&who, ask).await.map_err(|error| error.to_string())?;
        }
        ids.push(id);
    }
    Ok(ids)
}

/// The month is in already: its last key is on record.
async fn filled(house: &House, tenant: TenantId) -> Result<bool, String> {
    let done = house.log().find(tenant, "demo month").await.map_err(|error| error.to_string())?;
    Ok(done.is_some())
}

/// Writes the month through the same commands that everybody uses, each at its business time and by whoever was on duty.
async fn fill(house: &House, tenant: TenantId, people: &[Principal], agencies: &[AgencyId]) -> Result<Vec<CaseId>, String> {
    let who = Principal::operator(tenant);
    let failed = |error: commands::Error| error.to_string();
    house.commands.execute(&who, Ask::new(BeginImport {})).await.map_err(failed)?;
    let steps = simulation::month(tenant, agencies, SEED, CASES, DAYS, house.commands.now())?;
    let mut cases = BTreeSet::new();
    let mut shift: Vec<Ask> = Vec::new();
    let mut on_duty = 0;
    let (mut recorded, mut refused) = (0, 0);
    for step in steps {
        // Half a day is a shift; the admin and the two case workers take turns.
        let next = (step.at.timestamp() / 43_200) as usize % 3.min(people.len());
        if next != on_duty {
            work(house, &people[on_duty], &mut shift, &mut recorded, &mut refused).await?;
            on_duty = next;
        }
        cases.extend(step.ask.on.map(CaseId));
        shift.push(step.ask);
    }
    work(house, &people[on_duty], &mut shift, &mut recorded, &mut refused).await?;
    house.commands.execute(&who, Ask::new(EndImport {}).key("demo month")).await.map_err(failed)?;
    tracing::info!(recorded, refused, "the sample month is in");
    Ok(cases.into_iter().collect())
}

async fn work(house: &House, who: &Principal, shift: &mut Vec<Ask>, recorded: &mut u32, refused: &mut u32) -> Result<(), String> {
    for answer in house.commands.execute_all(who, std::mem::take(shift)).await {
        match answer {
            Ok(_) => *recorded += 1,
            Err(error @ commands::Error::Unavailable(_)) => return Err(error.to_string()),
            // An agency was full that day; the case stays where it is, as it would in life.
            Err(_) => *refused += 1,
        }
    }
    Ok(())
}

/// The cases that run, to go on with after a second start.
async fn running(house: &House, tenant: TenantId) -> Result<Vec<CaseId>, String> {
    let now = house.commands.now();
    let board = house.reader.as_tenant(tenant, move |conn| {
        Box::pin(async move { projections::cases::sla_board::board(conn, tenant, None, None, now, 100).await })
    });
    Ok(board.await.map_err(|error| error.to_string())?.due_next.into_iter().map(|case| case.case_id).collect())
}

fn welcome(url: &str, agency: AgencyId) -> String {
    let login = PEOPLE[0].0;
    format!(
        r#"
The sample company is open: a month of work by {agencies} agencies, a call centre with {agents} agents, and it goes on.

  URL     {url}
  Login   {login}  password  {PASSWORD}   (an auditor: {auditor}, same password)

Four things to try:

  1. Look around:   {url}/docs/
  2. Sign in and ask for the dashboard; ask again a little later:
       TOKEN=$(curl -s {url}/api/v1/auth/token -d 'username={login}&password={PASSWORD}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
       curl -s -H "Authorization: Bearer $TOKEN" {url}/api/v1/dashboard/stats
  3. Ask a number where it comes from, and do the sum again yourself:
       curl -s -H "Authorization: Bearer $TOKEN" {url}/api/v1/dcas/{agency}/score/explain | python3 tests/independent/explain.py
  4. Watch the call centre, where the telephones go on ringing; and see what one of its agents came to in two weeks:
       curl -s -H "Authorization: Bearer $TOKEN" {url}/api/call-center/board
       curl -s -H "Authorization: Bearer $TOKEN" {url}/api/agent-performance/{agent}

Ctrl-C stops everything. The data stays in .docket/."#,
        agencies = AGENCIES.len(),
        agents = calls::cast::AGENTS.len(),
        auditor = PEOPLE[PEOPLE.len() - 1].0,
        agent = calls::cast::AGENTS[0].email,
    )
}
