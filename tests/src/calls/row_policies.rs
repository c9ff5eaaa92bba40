//! Who sees whose: one table of roles, relations and kinds of things (B.R3 with B.X4, B.X5 and B.X6), checked in lists, one by one,
//! and by PostgreSQL for people who bring SQL of their own.

use crate::client::{Client, id};
use crate::house::{House, PASSWORD};
use commands::Ask;
use commands::calls::report_run::KeepReport;
use commands::calls::verification::BeginVerification;
use domain::calls::report_run::{ReportKind, ReportRun};
use domain::organization::role::Role;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Row};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// `own`: one's own thing, at another location than the one looked after. `here`: somebody else's at the location where one works,
/// or which one looks after. `there`: at another location. `authored`: at another location, but set or written by whoever looks.
/// `foreign`: another company's. `-` is what cannot be: staff and agents set no goals, and a location is nobody's own.
#[rustfmt::skip]
const TABLE: &[&str] = &[
    // thing        who            own here there authored foreign   because
    "agent          staff          yes no   no    -        no", //   own row (B.R3)
    "agent          agent          yes no   no    -        no",
    "agent          supervisor     yes yes  no    -        no", //   rows of their active location_staff
    "agent          manager        yes yes  yes   -        no",
    "agent          company_admin  yes yes  yes   -        no",
    "call           staff          yes no   no    -        no",
    "call           agent          yes no   no    -        no",
    "call           supervisor     yes yes  no    -        no",
    "call           manager        yes yes  yes   -        no",
    "call           company_admin  yes yes  yes   -        no",
    "journal        staff          yes no   no    -        no", //   the owner reads, though staff writes none (B.X5)
    "journal        agent          yes no   no    -        no",
    "journal        supervisor     yes yes  yes   -        no", //   owner, or supervisor and above: all of the company
    "journal        manager        yes yes  yes   -        no",
    "journal        company_admin  yes yes  yes   -        no",
    "shift          staff          yes no   no    -        no", //   like call records (B.X4)
    "shift          agent          yes no   no    -        no",
    "shift          supervisor     yes yes  no    -        no",
    "shift          manager        yes yes  yes   -        no",
    "shift          company_admin  yes yes  yes   -        no",
    "goal           staff          yes no   no    -        no",
    "goal           agent          yes no   no    -        no",
    "goal           supervisor     yes yes  no    yes      no", //   created by self, and those of the location (B.X6)
    "goal           manager        yes yes  yes   yes      no",
    "goal           company_admin  yes yes  yes   yes      no",
    "review         staff          yes no   no    -        no",
    "review         agent          yes no   no    -        no",
    "review         supervisor     yes yes  no    yes      no", //   reviewer own, and those of the location (B.X6)
    "review         manager        yes yes  yes   yes      no",
    "review         company_admin  yes yes  yes   yes      no",
    "campaign       staff          yes no   no    -        no", //   assigned agents, and manageCampaigns (B.X4)
    "campaign       agent          yes no   no    -        no",
    "campaign       supervisor     yes no   no    -        no",
    "campaign       manager        yes yes  yes   -        no",
    "campaign       company_admin  yes yes  yes   -        no",
    "team_metrics   staff          -   no   no    -        no", //   by location, and from supervisor on
    "team_metrics   agent          -   no   no    -        no",
    "team_metrics   supervisor     -   yes  no    -        no",
    "team_metrics   manager        -   yes  yes   -        no",
    "team_metrics   company_admin  -   yes  yes   -        no",
];

const RELATIONS: [&str; 5] = ["own", "here", "there", "authored", "foreign"];
const ROLES: [Role; 5] = [Role::Staff, Role::Agent, Role::Supervisor, Role::Manager, Role::CompanyAdmin];

/// Where a kind of thing is listed, shown alone, and kept.
struct Kind {
    name: &'static str,
    list: &'static str,
    /// Where in an item of the list it says which thing it is.
    id: &'static str,
    /// Shown alone, if it is.
    one: Option<&'static str>,
    sql: &'static str,
}

const KINDS: [Kind; 8] = [
    Kind { name: "agent", list: "/api/agents", id: "/id", one: Some("/api/agents/{id}"), sql: "select agent_id from agents" },
    Kind {
        name: "call",
        list: "/api/call-records",
        id: "/id",
        one: Some("/api/call-records/{id}"),
        sql: "select call_id from calls",
    },
    Kind {
        name: "journal",
        list: "/api/call-journals",
        id: "/id",
        one: Some("/api/call-journals/{id}"),
        sql: "select journal_id from journals",
    },
    Kind {
        name: "shift",
        list: "/api/workforce/shifts",
        id: "/id",
        one: Some("/api/workforce/shifts/{id}"),
        sql: "select shift_id from shifts",
    },
    Kind { name: "goal", list: "/api/goals", id: "/id", one: Some("/api/goals/{id}"), sql: "select goal_id from goals" },
    Kind {
        name: "review",
        list: "/api/qa/reviews",
        id: "/id",
        one: Some("/api/qa/review/{id}"),
        sql: "select review_id from reviews",
    },
    Kind {
        name: "campaign",
        list: "/api/campaigns",
        id: "/id",
        one: Some("/api/campaigns/{id}"),
        sql: "select campaign_id from campaigns",
    },
    Kind {
        name: "team_metrics",
        list: "/api/team-metrics?from=2026-01-05&to=2026-01-05",
        id: "/location/id",
        one: None,
        sql: "select distinct location_id from call_hours where location_id is not null",
    },
];

/// Things of one person by their kind.
type Things = BTreeMap<&'static str, Uuid>;

/// A company in which things are made.
struct Company<'h> {
    house: &'h House,
    admin: Client,
    source: Uuid,
}

struct Someone {
    user: Uuid,
    email: String,
    client: Client,
}

impl<'h> Company<'h> {
    async fn of(house: &'h House, admin: &Client) -> Self {
        let source = admin.done(json!({"command": "AddSource", "data": {"name": "Main office"}})).await;
        Self { house, admin: admin.clone(), source }
    }

    async fn site(&self, name: &str) -> Uuid {
        id(&self.admin.post("/api/locations", json!({"name": name})).await.is(201)["data"])
    }

    /// Somebody with a telephone at a site.
    async fn agent(&self, email: &str, role: Role, site: Uuid, extension: &str) -> Someone {
        let user = self.house.person(&self.admin, email, role).await;
        let body = json!({"userId": user, "locationId": site, "extension": extension, "team": "morning"});
        self.admin.post("/api/agents", body).await.is(201);
        Someone { user, email: email.to_owned(), client: self.house.signed_in(email, PASSWORD).await }
    }

    async fn command(&self, by: &Client, name: &str, data: Value) -> Uuid {
        by.done(json!({"command": name, "data": data})).await
    }

    /// One thing of each kind, all of the same person.
    async fn things_of(&self, whose: &Someone, extension: &str) -> Things {
        let (email, admin) = (&whose.email, &self.admin);
        let record = json!({"callid": format!("of {email}"), "time-start": "2026-01-05T14:00:00Z",
            "time-answered": "2026-01-05T14:00:10Z", "time-end": "2026-01-05T14:05:00Z", "from-no": "+15551230001",
            "from-type": "Line", "to-no": format!("Ext.{extension}"), "to-dn": extension, "to-type": "Extension"});
        let call = self.command(admin, "RecordCdr", json!({"source": self.source, "record": record})).await;
        let journal = json!({"callRecordId": call, "callSummary": "asked for an appointment"});
        let shift = json!({"agent": email, "date": "2026-01-05", "startTime": "08:00:00", "endTime": "16:00:00"});
        let campaign = json!({"campaignName": format!("Calls of {email}"), "campaignType": "follow_up", "startDate": "2026-01-01",
            "endDate": "2026-01-31", "targetAudience": "everybody", "assignedAgents": [email]});
        Things::from([
            ("agent", whose.user),
            ("call", call),
            ("journal", self.command(&whose.client, "WriteJournal", journal).await),
            ("shift", self.command(admin, "ScheduleShift", shift).await),
            ("goal", self.goal(admin, email).await),
            ("review", self.review(admin, email).await),
            ("campaign", self.command(admin, "CreateCampaign", campaign).await),
        ])
    }

    async fn goal(&self, by: &Client, email: &str) -> Uuid {
        // A month of its own for whoever sets it: an agent has one goal for a period.
        let month = if by.token() == self.admin.token() { "2026-01-01" } else { "2026-02-01" };
        let goal = json!({"agent": email, "period": "monthly", "periodStartDate": month, "targets": {"callsPerDay": 40}});
        self.command(by, "SetGoal", goal).await
    }

    async fn review(&self, by: &Client, email: &str) -> Uuid {
        let review =
            json!({"agent": email, "reviewType": "random", "content": {"marks": {"activeListening": 4}}, "complete": true});
        self.command(by, "DraftReview", review).await
    }
}

/// Somebody who looks, and what there is to be seen by its kind and their relation to it.
struct Viewer {
    role: Role,
    user: Uuid,
    client: Client,
    things: BTreeMap<(&'static str, &'static str), Uuid>,
}

/// What a viewer sees of a kind in lists, one by one, and by SQL.
fn expected() -> BTreeMap<(&'static str, &'static str, &'static str), Option<bool>> {
    let mut cells = BTreeMap::new();
    for line in TABLE {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [kind, role, said @ ..] = &words[..] else { panic!("{line}") };
        assert_eq!(said.len(), RELATIONS.len(), "{line}");
        for (relation, said) in RELATIONS.into_iter().zip(said) {
            let sees = match *said {
                "yes" => Some(true),
                "no" => Some(false),
                "-" => None,
                other => panic!("{other} in {line}"),
            };
            assert!(cells.insert((*kind, *role, relation), sees).is_none(), "{line} stands twice");
        }
    }
    assert_eq!(cells.len(), KINDS.len() * ROLES.len() * RELATIONS.len(), "every kind and every role has its line");
    cells
}

async fn cast(house: &House) -> (Vec<Viewer>, Uuid) {
    let here = Company::of(house, &house.admin).await;
    let (wixom, plymouth) = (here.site("Wixom").await, here.site("Plymouth").await);
    let ada = here.agent("ada@example.com", Role::Agent, wixom, "101").await;
    let bob = here.agent("bob@example.com", Role::Agent, plymouth, "102").await;
    let (of_ada, of_bob) = (here.things_of(&ada, "101").await, here.things_of(&bob, "102").await);

    let foreign = house.foreign().await;
    let elsewhere = Company::of(house, &foreign.admin).await;
    let novi = elsewhere.site("Novi").await;
    let carl = elsewhere.agent("carl@elsewhere.example", Role::Agent, novi, "101").await;
    let of_carl = elsewhere.things_of(&carl, "101").await;

    let mut viewers = Vec::new();
    for (role, extension) in ROLES.into_iter().zip(201..) {
        let (email, extension) = (format!("{}@example.com", role.word()), extension.to_string());
        // Staff was an agent once, or would have nothing of its own.
        let first = if role == Role::Staff { Role::Agent } else { role };
        let works_at = if [Role::Staff, Role::Agent].contains(&role) { wixom } else { plymouth };
        let someone = here.agent(&email, first, works_at, &extension).await;
        let own = here.things_of(&someone, &extension).await;
        let mut things = BTreeMap::new();
        for kind in KINDS {
            for (relation, of) in [("own", &own), ("here", &of_ada), ("there", &of_bob), ("foreign", &of_carl)] {
                things.extend(of.get(kind.name).map(|thing| ((kind.name, relation), *thing)));
            }
        }
        for (relation, site) in [("here", wixom), ("there", plymouth), ("foreign", novi)] {
            things.insert(("team_metrics", relation), site);
        }
        match role {
            Role::Staff => {
                let change = json!({"command": "UpdateUser", "on": someone.user, "data": {"roles": ["staff"]}});
                house.admin.done(change).await;
            }
            Role::Supervisor => {
                // They looked after both sites, and now only after the one where they do not work.
                for site in [wixom, plymouth] {
                    house.admin.post(&format!("/api/locations/{site}/staff"), json!({"userId": someone.user})).await.ok();
                }
                things.insert(("goal", "authored"), here.goal(&someone.client, "bob@example.com").await);
                things.insert(("review", "authored"), here.review(&someone.client, "bob@example.com").await);
                house.admin.delete(&format!("/api/locations/{plymouth}/staff/{}", someone.user)).await.ok();
            }
            Role::Manager => {
                let dora = here.agent("dora@example.com", Role::Agent, plymouth, "301").await;
                things.insert(("goal", "authored"), here.goal(&someone.client, &dora.email).await);
                things.insert(("review", "authored"), here.review(&someone.client, &dora.email).await);
            }
            Role::CompanyAdmin => {
                let emil = here.agent("emil@example.com", Role::Agent, plymouth, "302").await;
                things.insert(("goal", "authored"), here.goal(&someone.client, &emil.email).await);
                things.insert(("review", "authored"), here.review(&someone.client, &emil.email).await);
            }
            _ => {}
        }
        viewers.push(Viewer { role, user: someone.user, client: someone.client, things });
    }
    house.settle().await;
    (viewers, wixom)
}

/// What is in a list of which somebody may see a part; whoever is shown out sees nothing.
async fn listed(client: &Client, kind: &Kind) -> BTreeSet<Uuid> {
    let asked = if kind.list.contains('?') { kind.list.to_owned() } else { format!("{}?limit=100", kind.list) };
    let answer = client.get(&asked).await;
    if answer.status == 403 {
        return BTreeSet::new();
    }
    let shown = answer.is(200);
    let data = &shown["data"];
    let items = data["items"].as_array().or(data["rows"].as_array()).unwrap_or_else(|| panic!("no list in {shown}"));
    // One's own call counts for oneself wherever one works; more than that one is other people's.
    let of_others = |item: &&Value| item["figures"]["totalCallsHandled"].as_f64().is_none_or(|calls| calls > 1.0);
    items.iter().filter(of_others).filter_map(|item| item.pointer(kind.id)?.as_str()?.parse().ok()).collect()
}

async fn shown_alone(client: &Client, path: &str, thing: Uuid) -> bool {
    let answer = client.get(&path.replace("{id}", &thing.to_string())).await;
    assert!([200, 403, 404].contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
    answer.status == 200
}

/// What PostgreSQL lets somebody see who asks as this role, with these settings of the session.
async fn by_sql(house: &House, role: &str, settings: &[(&str, String)], question: &str) -> BTreeSet<Uuid> {
    let mut conn = house.rooms().owner.acquire().await.unwrap().detach();
    let mut tx = conn.begin().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("set local role {role}"))).execute(&mut *tx).await.unwrap();
    sqlx::query("set local search_path = read, public").execute(&mut *tx).await.unwrap();
    for (name, value) in settings {
        sqlx::query("select set_config($1, $2, true)").bind(name).bind(value).execute(&mut *tx).await.unwrap();
    }
    let rows = sqlx::query(AssertSqlSafe(question.to_owned())).fetch_all(&mut *tx).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn session(house: &House, viewer: &Viewer, looks_after: Uuid) -> Vec<(&'static str, String)> {
    let reach = match viewer.role {
        Role::Staff | Role::Agent => "own",
        Role::Supervisor => "location",
        _ => "tenant",
    };
    let locations = if reach == "location" { looks_after.to_string() } else { String::new() };
    vec![
        ("docket.tenant", house.tenant.to_string()),
        ("docket.reach", reach.into()),
        ("docket.viewer", viewer.user.to_string()),
        ("docket.locations", locations),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_what_the_table_says_and_nothing_else() {
    let house = House::open().await;
    let expected = expected();
    let (viewers, wixom) = cast(&house).await;
    let mut wrong = Vec::new();
    let mut checked = 0;
    for viewer in &viewers {
        let session = session(&house, viewer, wixom);
        for kind in KINDS {
            let by_list = listed(&viewer.client, &kind).await;
            let by_analyst = by_sql(&house, "docket_analyst", &session, kind.sql).await;
            let by_app = by_sql(&house, "docket_app", &session, kind.sql).await;
            for relation in RELATIONS {
                let role = viewer.role.word();
                let Some(sees) = expected[&(kind.name, role, relation)] else { continue };
                let thing = viewer.things.get(&(kind.name, relation));
                let thing = *thing.unwrap_or_else(|| panic!("{role} has no {relation} {}", kind.name));
                let mut found = vec![
                    ("in the list", by_list.contains(&thing)),
                    ("as docket_analyst", by_analyst.contains(&thing)),
                    ("as docket_app", by_app.contains(&thing)),
                ];
                if let Some(path) = kind.one {
                    found.push(("alone", shown_alone(&viewer.client, path, thing).await));
                }
                checked += found.len();
                wrong.extend(found.into_iter().filter(|(_, seen)| *seen != sees).map(|(how, seen)| {
                    let verb = if seen { "sees" } else { "does not see" };
                    format!("{role} {verb} the {} of the relation {relation} {how}", kind.name)
                }));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} are not as the table says:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 500, "{checked}");
    house.is_healthy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_takes_the_newest_of_what_one_sees() {
    let house = House::open().await;
    let (viewers, wixom) = cast(&house).await;
    let calls = "select projection.calls_found('15551230001', 1)";
    let journals = "select projection.journals_found('appointment', 1)";
    for viewer in viewers.iter().filter(|viewer| viewer.role != Role::Staff) {
        let session = session(&house, viewer, wixom);
        let found = by_sql(&house, "docket_app", &session, calls).await;
        assert_eq!(found.len(), 1, "{:?} finds one of those they see", viewer.role);
        let seen = by_sql(&house, "docket_app", &session, "select call_id from calls").await;
        assert!(found.is_subset(&seen), "{:?}", viewer.role);
        let found = by_sql(&house, "docket_app", &session, journals).await;
        let seen = by_sql(&house, "docket_app", &session, "select journal_id from journals").await;
        assert!(found.len() == 1 && found.is_subset(&seen), "{:?}", viewer.role);
    }
    let nobody = [("docket.tenant", house.tenant.to_string())];
    assert!(by_sql(&house, "docket_app", &nobody, calls).await.is_empty(), "without saying who looks");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_says_of_a_person_with_sql_goes_before_their_settings() {
    let house = House::open().await;
    let (viewers, wixom) = cast(&house).await;
    let agent = viewers.iter().find(|viewer| viewer.role == Role::Agent).unwrap();
    let owner = &house.rooms().owner;
    let role = format!("story_{}", Uuid::now_v7().simple());
    let all = [("docket.tenant", house.tenant.to_string()), ("docket.reach", "tenant".into())];
    let elsewhere = [("docket.tenant", Uuid::now_v7().to_string())];
    sqlx::query(AssertSqlSafe(format!("create role {role} login in role docket_analyst"))).execute(owner).await.unwrap();
    let asked = async |settings: &[(&str, String)], question: &str| signed_in_as(&house, &role, settings, question).await;
    let (calls, events) = ("select call_id from calls", "select stream_id from log.readable where category = 'call'");
    assert!(asked(&all, calls).await.len() > 1 && asked(&all, events).await.len() > 1, "nobody said anything of them");
    assert!(asked(&elsewhere, calls).await.is_empty());
    let row =
        "insert into log.people_of_sql (role_name, tenant_id, reach, viewer, locations) values ($1::text::name, $2, $3, $4, $5)";
    let row = sqlx::query(row).bind(&role).bind(house.tenant.0).bind("own").bind(agent.user).bind(Vec::<Uuid>::new());
    row.execute(owner).await.unwrap();
    let own = BTreeSet::from([agent.things[&("call", "own")]]);
    for settings in [&all[..], &elsewhere, &[]] {
        assert_eq!(asked(settings, calls).await, own);
        assert!(asked(settings, events).await.is_empty());
    }
    let wider = "update log.people_of_sql set reach = 'location', locations = array[$1]";
    sqlx::query(wider).bind(wixom).execute(owner).await.unwrap();
    assert!(asked(&elsewhere, calls).await.is_superset(&own) && asked(&elsewhere, calls).await.len() > 1);
    sqlx::query(AssertSqlSafe(format!("drop role {role}"))).execute(owner).await.unwrap();
}

/// The same as [`by_sql`] for somebody who signed in with a role of their own.
async fn signed_in_as(house: &House, role: &str, settings: &[(&str, String)], question: &str) -> BTreeSet<Uuid> {
    let mut conn = house.rooms().owner.acquire().await.unwrap().detach();
    let mut tx = conn.begin().await.unwrap();
    sqlx::query(AssertSqlSafe(format!("set local session authorization {role}"))).execute(&mut *tx).await.unwrap();
    sqlx::query("set local search_path = read, public").execute(&mut *tx).await.unwrap();
    for (name, value) in settings {
        sqlx::query("select set_config($1, $2, true)").bind(name).bind(value).execute(&mut *tx).await.unwrap();
    }
    let rows = sqlx::query(AssertSqlSafe(question.to_owned())).fetch_all(&mut *tx).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_say_who_looks_sees_nothing_and_a_reach_alone_opens_nothing() {
    let house = House::open().await;
    let (_, wixom) = cast(&house).await;
    let tenant = ("docket.tenant", house.tenant.to_string());
    let of = |reach: &str| ("docket.reach", reach.to_owned());
    let locations = ("docket.locations", wixom.to_string());
    for kind in KINDS {
        let seen = async |role: &str, settings: &[(&str, String)]| by_sql(&house, role, settings, kind.sql).await.len();
        for role in ["docket_app", "docket_analyst", "docket_auditor"] {
            assert_eq!(seen(role, &[]).await, 0, "{}: {role} without a company", kind.name);
            assert_eq!(seen(role, &[tenant.clone(), of("own")]).await, 0, "{}: {role} as nobody", kind.name);
            let nowhere = [tenant.clone(), of("location")];
            // Journals are open to whoever looks after others, wherever that is (B.R3).
            assert_eq!(seen(role, &nowhere).await > 0, kind.name == "journal", "{}: {role} with no location", kind.name);
            let own = [tenant.clone(), of("own"), locations.clone()];
            assert_eq!(seen(role, &own).await, 0, "{}: {role}: locations count for those who look after some", kind.name);
            assert_eq!(seen(role, &[tenant.clone(), of("everything")]).await, 0, "{}: {role}: an unknown reach", kind.name);
        }
        assert_eq!(seen("docket_app", std::slice::from_ref(&tenant)).await, 0, "{}: Docket itself must say who looks", kind.name);
        let all = seen("docket_analyst", std::slice::from_ref(&tenant)).await;
        assert!(all > 0, "{}: a person with SQL of their own sees the company", kind.name);
        assert_eq!(seen("docket_app", &[tenant.clone(), of("tenant")]).await, all, "{}", kind.name);
    }
}

/// What only Docket's own processes put on record: a report that bears everybody's figures, and a check of the figures.
async fn kept(house: &House) {
    let process = commands::Principal::process(house.tenant, "story");
    let day = "2026-01-05".parse().unwrap();
    let report = json!({"agents": [{"agentEmail": "bob@example.com", "totalCallsHandled": 1}]});
    let keep = KeepReport { kind: ReportKind::Daily, day, from: day, timezone: "UTC".into(), report };
    let run = ReportRun::id(house.tenant, ReportKind::Daily, day);
    house.commands().execute(&process, Ask::new(keep).on(run)).await.unwrap();
    let check = BeginVerification { run: Uuid::now_v7(), rebuild: false, asked_by: None };
    house.commands().execute(&process, Ask::new(check).on(house.tenant)).await.unwrap();
    house.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_and_the_log_are_no_way_round_the_wall() {
    let house = House::open().await;
    let (viewers, _) = cast(&house).await;
    kept(&house).await;
    let worker = house.client(Role::CaseWorker).await;
    let manager = &viewers.iter().find(|viewer| viewer.role == Role::Manager).unwrap().client;
    let supervisor = &viewers.iter().find(|viewer| viewer.role == Role::Supervisor).unwrap().client;
    let trail = async |client: &Client, asked: &str| client.get(&format!("/api/v1/audit-logs?{asked}")).await.ok();
    for category in ["agent", "call", "journal", "shift", "goal", "review", "campaign", "source", "report_run", "verification"] {
        let asked = format!("category={category}");
        assert!(trail(manager, &asked).await["total"].as_i64().unwrap() > 0, "{category}");
        for shut_out in [supervisor, &worker] {
            let seen = trail(shut_out, &asked).await;
            assert_eq!((&seen["total"], &seen["items"]), (&json!(0), &json!([])), "{category}: {seen}");
        }
    }
    let all = async |client: &Client| trail(client, "limit=100").await;
    let (theirs, managers) = (all(supervisor).await, all(manager).await);
    assert!(theirs["total"].as_i64() < managers["total"].as_i64());
    let items = theirs["items"].as_array().unwrap();
    assert_eq!(items.len() as i64, theirs["total"].as_i64().unwrap().min(100));
    assert!(items.iter().all(|item| item["category"] != "call") && items.iter().any(|item| item["category"] == "location"));
    let found = trail(supervisor, "search=15551230001").await;
    assert_eq!(found["total"], 0, "nor is a caller's number found: {found}");
    let csv = supervisor.get("/api/v1/exports/audit-logs.csv").await;
    assert!(!csv.text().contains("call.recorded") && csv.text().contains("location.added"));
    assert!(manager.get("/api/v1/exports/audit-logs.csv").await.text().contains("call.recorded"));

    let question = "select stream_id from log.events where category in ('call', 'shift', 'goal', 'report_run', 'source')";
    let tenant = ("docket.tenant", house.tenant.to_string());
    for reach in ["own", "location", "everything"] {
        let seen = by_sql(&house, "docket_analyst", &[tenant.clone(), ("docket.reach", reach.into())], question).await;
        assert!(seen.is_empty(), "{reach}: {seen:?}");
    }
    assert!(!by_sql(&house, "docket_analyst", std::slice::from_ref(&tenant), question).await.is_empty());
    let cases = "select stream_id from log.events where category = 'location'";
    let own = [tenant.clone(), ("docket.reach", "own".into())];
    assert!(!by_sql(&house, "docket_analyst", &own, cases).await.is_empty());

    // Nor are the tables of the audit trail, of which Docket itself reads all.
    for table in ["audit_trail", "audit_counts"] {
        let of = |categories: &str| format!("select gen_random_uuid() from {table} where category in ({categories})");
        let seen = async |role: &str, settings: &[(&str, String)], categories: &str| {
            by_sql(&house, role, settings, &of(categories)).await.len()
        };
        assert_eq!(seen("docket_analyst", &own, "'call', 'shift', 'report_run'").await, 0, "{table}");
        assert!(seen("docket_analyst", &own, "'location'").await > 0, "{table}");
        let all = seen("docket_analyst", std::slice::from_ref(&tenant), "'call', 'shift', 'report_run'").await;
        assert!(all > 2, "{table}");
        assert_eq!(seen("docket_app", &own, "'call', 'shift', 'report_run'").await, all, "{table}");
    }
}
