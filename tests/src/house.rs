//! A Docket of one's own for every story: a new database, the real server on a free port, and people who may use it.

use crate::client::{Client, id};
use api::auth::Password;
use api::config::Duty;
use api::{Config, Running};
use commands::Commands;
use domain::TenantId;
use domain::organization::role::Role;
use processes::auto_assignment::AutoAssignment;
use processes::calls::attribution::Attribution;
use processes::notices::{delivering::Deliverer, reading::NoticeReader};
use processes::shift_clock::ShiftClock;
use processes::sla_clock::SlaClock;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// The password of everybody in the stories.
pub const PASSWORD: &str = "a password for stories 1";

/// The house of one story. Its database goes with it.
pub struct House {
    running: Option<Running>,
    server: String,
    database: String,
    /// Nobody, at this house.
    pub anyone: Client,
    /// The first super admin.
    pub admin: Client,
    pub admin_password: Password,
    pub tenant: TenantId,
}

/// Another company in the same house, with something of everything.
pub struct Foreign {
    pub tenant: TenantId,
    pub admin: Client,
    pub case: Uuid,
    pub agency: Uuid,
    pub user: Uuid,
}

impl House {
    /// Everything but the processes, which [`House::settle`] does step by step.
    pub async fn open() -> Self {
        Self::with(|config| config.roles = vec![Duty::Api, Duty::Project]).await
    }

    /// With other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let server = std::env::var("DOCKET_TEST_SERVER").expect("run ./dev test, which starts a PostgreSQL for the tests");
        let database = format!("docket_story_{}", Uuid::now_v7().simple());
        let mut conn = PgConnection::connect(&server).await.expect("the PostgreSQL of DOCKET_TEST_SERVER answers");
        sqlx::query(AssertSqlSafe(format!("create database {database}"))).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let mut config = Config::for_tests(&format!("{base}/{database}"));
        config.program = Some(env!("CARGO_BIN_EXE_docket-of-the-stories").into());
        change(&mut config);
        let running = api::start(config).await.unwrap();
        let password = api::bootstrap::bootstrap(&running.house).await.unwrap().expect("the first start makes an admin");
        let anyone = Client::new(&running.url());
        let mut house = Self {
            running: Some(running),
            server,
            database,
            admin: anyone.clone(),
            anyone,
            admin_password: password,
            tenant: api::import::tenant_id(api::bootstrap::COMPANY),
        };
        let password = house.admin_password.as_str().to_owned();
        house.admin = house.signed_in(api::bootstrap::ADMIN, &password).await;
        house.admin.done(json!({"command": "UpdateCompany", "on": house.tenant, "data": {"maxUsers": 1000}})).await;
        house
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// What the server itself works with.
    pub fn rooms(&self) -> &api::House {
        &self.running().house
    }

    pub fn commands(&self) -> &Commands {
        &self.rooms().commands
    }

    /// The database, for another server on it.
    pub fn database_url(&self) -> String {
        let (base, _) = self.server.rsplit_once('/').unwrap();
        format!("{base}/{}", self.database)
    }

    pub async fn signed_in(&self, email: &str, password: &str) -> Client {
        let session = self.anyone.sign_in(email, password).await.ok();
        self.anyone.bearing(session["access_token"].as_str().unwrap())
    }

    /// Somebody new with this role in the first company, signed in.
    pub async fn client(&self, role: Role) -> Client {
        let email = format!("{}-{}@example.com", role.word(), Uuid::now_v7().simple());
        self.person(&self.admin, &email, role).await;
        self.signed_in(&email, PASSWORD).await
    }

    /// Creates an account.
    pub async fn person(&self, by: &Client, email: &str, role: Role) -> Uuid {
        let person =
            json!({"email": email, "firstName": "Test", "lastName": role.word(), "role": role.word(), "password": PASSWORD});
        id(&by.post("/api/users", person).await.ok())
    }

    /// Another company with an admin, a case, an agency and a person.
    pub async fn foreign(&self) -> Foreign {
        let company = id(&self.admin.post("/api/companies", json!({"name": "Elsewhere Ltd", "maxUsers": 50})).await.ok());
        let inside = self.admin.with("Docket-Tenant", company);
        let address = format!("boss-{}@elsewhere.example", Uuid::now_v7().simple());
        let user = self.person(&inside, &address, Role::CompanyAdmin).await;
        let admin = self.signed_in(&address, PASSWORD).await;
        let agency = admin.agency("Elsewhere Collectors", json!({})).await;
        let case = id(&admin.open_case(json!({"customer_name": "Somebody Else"})).await);
        Foreign { tenant: TenantId(company), admin, case, agency, user }
    }

    /// Until everything that follows from what was recorded has happened and can be seen.
    ///
    /// The processes of the product do their steps here and now, and always with fresh notes: as if a minute had passed.
    pub async fn settle(&self) {
        let rooms = self.rooms();
        loop {
            rooms.accesses.flush().await;
            assert!(rooms.engine().expect("the screens are computed here").settle().await, "the screens do not keep up");
            let before = self.events().await;
            step(&mut SlaClock::new(rooms.commands.clone(), rooms.reader.clone())).await;
            step(&mut AutoAssignment::new(rooms.commands.clone(), rooms.reader.clone())).await;
            step(&mut Attribution::new(rooms.commands.clone(), rooms.reader.clone())).await;
            step(&mut NoticeReader::new(rooms.notices.clone())).await;
            let mut deliverer = Deliverer::new(rooms.notices.clone());
            while step(&mut deliverer).await > 0 {}
            if self.events().await == before {
                return;
            }
        }
    }

    /// Shifts whose time has long been over are settled. Not part of [`House::settle`], because most stories are of days long past.
    pub async fn settle_shifts(&self) -> usize {
        let rooms = self.rooms();
        let settled = step(&mut ShiftClock::at_once(rooms.commands.clone(), rooms.reader.clone())).await;
        self.settle().await;
        settled
    }

    /// How many events are on record.
    pub async fn events(&self) -> i64 {
        self.rooms().log().head().await.unwrap().position.to_i64()
    }

    /// The house answers as ever: a good request works, the log is dense, no screen has stopped, nothing is left in the pools.
    pub async fn is_healthy(&self) {
        let ready = self.anyone.get("/ready").await.is(200);
        assert_eq!(ready["complaints"], json!([]), "{ready}");
        let count: i64 = sqlx::query_scalar("select count(*) from log.events").fetch_one(&self.rooms().owner).await.unwrap();
        assert_eq!(count, self.events().await, "the log is dense");
        let stuck: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'
             and now() - state_change > interval '1 second'",
        )
        .fetch_one(&self.rooms().owner)
        .await
        .unwrap();
        assert_eq!(stuck, 0, "a connection was left inside a transaction");
        self.admin.get("/api/v1/cases/?limit=1").await.is(200);
    }

    /// Every screen is what the log says.
    pub async fn verify(&self) {
        let rooms = self.rooms();
        let models = projections::all();
        let differences = projections::verify(&rooms.projector, rooms.log(), &models).await.unwrap();
        let shown: Vec<String> = differences.iter().take(10).map(ToString::to_string).collect();
        assert!(differences.is_empty(), "{} rows differ, such as\n{}", differences.len(), shown.join("\n"));
    }

    /// The history of a case as the names of its events.
    pub async fn story_of(&self, case: Uuid) -> Vec<String> {
        self.history(case).await.iter().map(|event| event["what"].as_str().expect("a name").to_owned()).collect()
    }

    pub async fn history(&self, case: Uuid) -> Vec<Value> {
        let history = self.admin.get(&format!("/api/v1/cases/{case}/history")).await.ok();
        history.as_array().or(history["items"].as_array()).expect("a list").clone()
    }
}

async fn step(duty: &mut impl processes::Duty) -> usize {
    duty.step().await.unwrap()
}

impl Drop for House {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else { return };
        let (server, database) = (self.server.clone(), self.database.clone());
        // A thread of its own, so that the database goes even when the story has failed.
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let _ = tokio::time::timeout(std::time::Duration::from_secs(5), running.stop()).await;
                let mut conn = PgConnection::connect(&server).await.unwrap();
                let drop = format!("drop database if exists {database} with (force)");
                sqlx::query(AssertSqlSafe(drop)).execute(&mut conn).await.unwrap();
            });
        });
        let _ = cleaning.join();
    }
}
