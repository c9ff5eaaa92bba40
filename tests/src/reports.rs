//! Reports on paper: the same figures as on the screens, whatever people wrote, and nobody has to wait for those of others.

use crate::client::{Client, Reply, id, number};
use crate::house::House;
use domain::organization::role::Role;
use futures::future::join_all;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use uuid::Uuid;

/// The words on the pages, one blank between each and the next.
fn words(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}\n{}", reply.asked, reply.text());
    assert_eq!(reply.header("content-type").unwrap(), "application/pdf");
    let name = reply.header("content-disposition").unwrap();
    assert!(name.starts_with("attachment; filename=\"") && name.ends_with(".pdf\""), "{name}");
    assert!(reply.position() > 0);
    let text = pdf_extract::extract_text_from_mem(&reply.bytes).unwrap().replace('\u{200b}', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A figure of the API as it stands on paper: two decimals, thousands apart.
fn money(value: &Value) -> String {
    ::reports::figures::Amount(number(value)).to_string()
}

#[track_caller]
fn holds(words: &str, expected: impl AsRef<str>) {
    let expected = expected.as_ref();
    // Where a line was broken, and between two columns, blanks are a matter of taste.
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    assert!(bare(words).contains(&bare(expected)), "{expected:?} is not in\n{words}");
}

async fn paper(desk: &Client, path: &str) -> Reply {
    desk.get(&format!("/api/v1/reports/{path}/pdf")).await
}

async fn pages(desk: &Client, path: &str) -> String {
    words(&paper(desk, path).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_on_paper_is_the_case_on_the_screen() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = desk.agency("Swift Debt Solutions", json!({})).await;
    let fields = json!({"customer_name": "Ωμέγα Żółć Жук", "customer_email": "omega@example.com", "overdue_amount": 15000.25,
        "notes": "Call after noon."});
    let case = desk.working(agency, fields).await;
    desk.act(case, "payments", json!({"amount": 1250.10, "reference": "transfer 77"})).await;
    desk.act(case, "delay", json!({"reason": "debtor is travelling"})).await;
    desk.act(case, "resume", json!({})).await;
    desk.act(case, "complete", json!({"outcome": "instalments agreed"})).await;
    house.settle().await;

    let reply = paper(desk, &format!("case/{case}")).await;
    let text = words(&reply);
    let shown = desk.case(case).await;
    for field in ["case_id", "customer_name", "customer_email", "notes", "dca_name", "outcome", "sla_status", "status"] {
        holds(&text, shown[field].as_str().unwrap());
    }
    for field in ["overdue_amount", "amount_paid", "balance", "credit"] {
        holds(&text, money(&shown[field]));
    }
    holds(&text, number(&shown["ai_recovery_score"]).to_string());
    holds(&text, "transfer 77");
    for event in house.history(case).await {
        holds(&text, event["in_words"].as_str().unwrap());
        holds(&text, event["position"].to_string());
        holds(&text, event["who"]["name"].as_str().unwrap());
        holds(&text, event["at"].as_str().unwrap()[..16].replace('T', " "));
    }
    let explained = desk.get(&format!("/api/v1/dcas/{agency}/score/explain?formula=agency.score@1")).await.ok();
    let terms = explained["terms"].as_array().unwrap();
    assert_eq!(terms.len(), 3, "{explained}");
    for term in terms {
        assert_eq!(term["case_id"], json!(case));
        holds(&text, term["reason"].as_str().unwrap().replace('_', " "));
        holds(&text, term["position"].to_string());
        holds(&text, format!("v{}", term["policy_version"]));
    }
    holds(&text, "1 of ");
    holds(&text, format!("Log position {}", reply.position()));

    // Who may not see agencies sees no scores of theirs either.
    let staff = pages(&house.client(Role::Staff).await, &format!("case/{case}")).await;
    holds(&staff, shown["case_id"].as_str().unwrap());
    assert!(text.contains("agencies’ scores") && !staff.contains("agencies’ scores"), "{staff}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_cases_on_paper_come_to_what_the_screens_say() {
    let house = House::open().await;
    let desk = &house.admin;
    let lines = (0..600).map(|n| {
        let (currency, priority) = (["USD", "EUR"][n % 2], ["P1", "P2", "P3"][n % 3]);
        let data = json!({"caseNumber": format!("X-{n:04}"), "customer": {"name": format!("Debtor {n}")},
            "overdueAmount": n * 100 + 1, "currency": currency, "priority": priority, "autoAssign": false});
        json!({"command": "OpenCase", "on": Uuid::now_v7(), "data": data}).to_string()
    });
    desk.send("POST", "/api/commands", Some("application/x-ndjson"), lines.collect::<Vec<_>>().join("\n")).await.is(200);
    let agency = desk.agency("Swift", json!({})).await;
    let case = desk.working(agency, json!({"overdue_amount": 500.10})).await;
    desk.act(case, "payments", json!({"amount": 600.25})).await;
    house.settle().await;
    house.foreign().await;

    let text = pages(desk, "all-cases").await;
    let stats = desk.get("/api/v1/dashboard/stats").await.ok();
    holds(&text, format!("Cases {}", stats["total_cases"]));
    for (status, count) in stats["cases_by_status"].as_object().unwrap() {
        holds(&text, format!("{} {count}", status.replace('_', " ")));
    }
    for (priority, count) in stats["cases_by_priority"].as_object().unwrap() {
        holds(&text, format!("{priority} {count}"));
    }
    for (sla, field) in [("On Track", "on_track"), ("At Risk", "at_risk"), ("Breached", "breached")] {
        holds(&text, format!("{sla} {}", stats["sla"][field]));
    }
    assert_eq!(stats["amounts"].as_array().unwrap().len(), 2);
    for sums in stats["amounts"].as_array().unwrap() {
        holds(&text, money(&sums["overdue"]));
        holds(&text, money(&sums["paid"]));
        holds(&text, format!("{} %", number(&sums["recovery_rate"])));
    }
    let shown = desk.case(case).await;
    holds(
        &text,
        format!(
            "{} USD {} {} {}",
            &shown["sla_due_date"].as_str().unwrap()[..10],
            money(&shown["overdue_amount"]),
            money(&shown["amount_paid"]),
            money(&shown["balance"])
        ),
    );
    assert!((0..600).all(|n| text.contains(&format!("X-{n:04} Debtor {n} "))), "every case is there");
    assert!(!text.contains("Somebody Else"), "and none of another company");

    let urgent = pages(desk, "all-cases").await;
    let narrowed = words(&desk.get("/api/v1/reports/all-cases/pdf?priority=P2&sort=overdue_amount&order=asc&search=x-0").await);
    assert!(urgent.contains("X-0002 ") && !narrowed.contains("X-0002 "));
    holds(&narrowed, "Cases 200");
    assert!(narrowed.find("X-0001 ").unwrap() < narrowed.find("X-0004 ").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_cases_come_out_and_twenty_thousand_are_the_most() {
    let house = House::open().await;
    let desk = &house.admin;
    let open = async |from: usize, cases: usize| {
        let lines = (from..from + cases).map(|n| {
            let data = json!({"caseNumber": format!("X-{n:05}"), "customer": {"name": format!("Debtor {n}")},
                "overdueAmount": 1000 + n, "priority": "P2", "autoAssign": false});
            json!({"command": "OpenCase", "on": Uuid::now_v7(), "data": data}).to_string()
        });
        for some in lines.collect::<Vec<_>>().chunks(1000) {
            desk.send("POST", "/api/commands", Some("application/x-ndjson"), some.join("\n")).await.is(200);
        }
        house.settle().await;
    };
    open(0, 10_000).await;
    let reply = paper(desk, "all-cases").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let pages = pdf_extract::Document::load_mem(&reply.bytes).unwrap().get_pages().len();
    assert_eq!(pages, 1 + 10_000usize.div_ceil(36));
    open(10_000, 10_001).await;
    let refused = paper(desk, "all-cases").await.is(422);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("20000 cases") && detail.contains("20001"), "{detail}");
    holds(&words(&desk.get("/api/v1/reports/all-cases/pdf?search=x-0001").await), "Cases 10 ");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_on_paper_has_the_scores_of_the_screens() {
    let house = House::open().await;
    let desk = &house.admin;
    let agency = Uuid::now_v7();
    desk.at_time("2023-01-01T00:00:00Z", "RegisterAgency", agency, json!({"name": "Slow & Sons"})).await;
    let past = Uuid::now_v7();
    let open = json!({"customer": {"name": "A"}, "overdueAmount": 10, "priority": "P2", "autoAssign": false});
    desk.at_time("2023-02-01T00:00:00Z", "OpenCase", past, open).await;
    desk.at_time("2023-02-01T00:00:00Z", "AssignAgency", past, json!({"agencyId": agency})).await;
    desk.at_time("2023-02-01T00:00:00Z", "AcceptCase", past, json!({})).await;
    desk.at_time("2023-03-02T12:00:00Z", "CompleteCase", past, json!({})).await;
    for n in 0..4 {
        let case = desk.working(agency, json!({"overdue_amount": 100 + n})).await;
        match n {
            0 => drop(desk.act(case, "complete", json!({})).await),
            1 => drop(desk.act(case, "reject", json!({"reason": "x"})).await),
            2 => drop(desk.act(case, "delay", json!({"reason": "x"})).await),
            _ => {}
        }
    }
    house.settle().await;

    let text = pages(desk, &format!("dca/{agency}")).await;
    let shown = desk.dca(agency).await;
    holds(&text, "Slow & Sons");
    holds(&text, format!("Performance score {}", number(&shown["performance_score"])));
    holds(&text, format!("Mean days to complete {}", number(&shown["avg_completion_time_days"])));
    for formula in ["agency.score@1", "agency.score@2"] {
        let explained = desk.get(&format!("/api/v1/dcas/{agency}/score/explain?formula={formula}")).await.ok();
        holds(&text, format!("{formula} = {}", number(&explained["value"])));
        let terms = explained["terms"].as_array().unwrap();
        assert!(terms.len() > 3, "{explained}");
        for reason in terms.iter().map(|term| term["reason"].as_str().unwrap()) {
            let same: Vec<&Value> = terms.iter().filter(|term| term["reason"] == reason).collect();
            let points = same.iter().map(|term| number(&term["points"])).sum::<Decimal>();
            holds(&text, format!("{} {} {}", reason.replace('_', " "), same.len(), ::reports::figures::Points(points)));
        }
    }
    // The trend is what the API says of the ends of months.
    let this_month =
        chrono::Utc::now().format("%Y-%m-01T00:00:00Z").to_string().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let end = this_month - chrono::TimeDelta::microseconds(1);
    let at = end.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let then = desk.get(&format!("/api/v1/dcas/{agency}/score?at={at}")).await.ok();
    holds(&text, end.format("%b %y").to_string());
    let first = number(&then["score_1"]["value"]).to_string();
    assert_ne!(first, number(&shown["score_1"]["value"]).to_string(), "the last days count");
    holds(&text, format!("agency.score@1 {}", vec![first; 11].join(" ")));
    for case in desk.get(&format!("/api/v1/cases/?dca_id={agency}")).await.ok()["items"].as_array().unwrap() {
        holds(&text, case["case_id"].as_str().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_wrote_stays_words() {
    let house = House::open().await;
    let desk = &house.admin;
    let long = "x".repeat(200);
    let names = [
        "#read(\"/etc/passwd\")",
        "$x$ *a* _b_ ]",
        "#panic() \\ `raw` <label> @ref",
        "= Heading",
        "O\u{202e}gnp\u{200f}",
        "😀 نعم שלום",
        &long,
    ];
    let agency = desk.agency("#import \"frame.typ\": *", json!({"contact_person": "#sys.inputs"})).await;
    for (n, name) in names.iter().enumerate() {
        let reason = format!("{name} {}", "y".repeat(700));
        let case = desk.working(agency, json!({"customer_name": name, "notes": "z".repeat(5000)})).await;
        desk.act(case, "delay", json!({"reason": reason})).await;
        let text = pages(desk, &format!("case/{case}")).await;
        if n < 4 {
            holds(&text, name);
        }
        assert!(!text.contains("root:"), "{text}");
        assert_eq!(text.matches('z').count() / 5000, 1, "all of the notes is there");
    }
    house.settle().await;
    let all = pages(desk, "all-cases").await;
    names[..4].iter().for_each(|name| holds(&all, name));
    holds(&pages(desk, &format!("dca/{agency}")).await, "#import \"frame.typ\": *");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_refused_as_on_the_screens() {
    let house = House::open().await;
    let desk = house.admin.with("X-Request-Id", "the-same");
    let foreign = house.foreign().await;
    let gone = id(&desk.open_case(json!({})).await);
    desk.send("DELETE", &format!("/api/v1/cases/{gone}?reason=twice"), None, "").await.is(200);
    house.settle().await;
    for (report, list, ids) in [
        ("case", "cases", vec![gone.to_string(), foreign.case.to_string(), Uuid::now_v7().to_string(), "x".into()]),
        ("dca", "dcas", vec![foreign.agency.to_string(), Uuid::now_v7().to_string(), "x".into()]),
    ] {
        for id in ids {
            let (paper, screen) =
                (paper(&desk, &format!("{report}/{id}")).await, desk.get(&format!("/api/v1/{list}/{id}")).await);
            assert_eq!((paper.status, paper.text()), (screen.status, screen.text()), "{report} {id}");
            assert!(paper.status >= 400);
        }
    }
    for query in ["status=gone", "colour=red", "dca_id=x", "search=%00"] {
        let paper = desk.get(&format!("/api/v1/reports/all-cases/pdf?{query}")).await;
        let screen = desk.get(&format!("/api/v1/cases/?{query}")).await;
        assert_eq!((paper.status, paper.text()), (screen.status, screen.text()), "{query}");
        assert_eq!(paper.status, if query.starts_with("search") { screen.status } else { 422 });
    }
    let (got, asked) =
        (desk.get("/api/v1/reports/all-cases/pdf").await, desk.send("HEAD", "/api/v1/reports/all-cases/pdf", None, "").await);
    assert_eq!((asked.status, asked.bytes.len()), (200, 0));
    assert_eq!(asked.header("content-type"), got.header("content-type"));
    assert_eq!(asked.header("content-encoding"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_at_once_are_three_and_others_do_not_notice() {
    let house = House::open().await;
    let desk = &house.admin;
    let foreign = house.foreign().await;
    house.settle().await;
    let tickets = &house.running().house.limits.tickets;
    let held: Vec<_> = (0..3).map(|_| tickets.take(house.tenant).unwrap()).collect();
    let (ten, theirs) = futures::join!(join_all((0..10).map(|_| paper(desk, "all-cases"))), paper(&foreign.admin, "all-cases"));
    for refused in &ten {
        refused.is(429);
        assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    }
    holds(&words(&theirs), "Cases 1 ");
    drop(held);
    let (ten, screen) = futures::join!(join_all((0..10).map(|_| paper(desk, "all-cases"))), desk.get("/api/v1/cases/"));
    screen.is(200);
    assert!(ten.iter().all(|reply| [200, 429].contains(&reply.status)) && ten.iter().any(|reply| reply.status == 200));
    pages(desk, "all-cases").await;
    house.is_healthy().await;
}

/// A program in place of the typesetter.
fn program(text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("docket-typesetter-{}", Uuid::now_v7().simple()));
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_takes_too_long_is_given_up_and_nothing_is_left_of_it() {
    let noted = std::env::temp_dir().join(format!("docket-typesetter-{}.pid", Uuid::now_v7().simple()));
    let sleeper = program(&format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 600", noted.display()));
    let house = House::with(|config| {
        config.program = Some(sleeper.clone());
        config.typeset_seconds = 1;
    })
    .await;
    let late = paper(&house.admin, "all-cases").await;
    assert!(late.status == 503 && late.text().contains("1 s"), "{} {}", late.status, late.text());
    let pid = std::fs::read_to_string(&noted).unwrap();
    let process = PathBuf::from(format!("/proc/{}", pid.trim()));
    let tickets = &house.running().house.limits.tickets;
    // Each look asks the server something, so it has all the time it needs.
    while process.exists() || (0..3).map(|_| tickets.take(house.tenant)).collect::<Result<Vec<_>, _>>().is_err() {
        house.admin.get("/api/v1/cases/").await.is(200);
    }
    house.is_healthy().await;
    [sleeper, noted].iter().for_each(|path| std::fs::remove_file(path).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typesetter_that_fails_is_our_fault_and_nobody_elses() {
    let broken = program("cat > /dev/null; echo '%PDF-1.7 half a'; exit 3");
    let house = House::with(|config| config.program = Some(broken.clone())).await;
    let refused = paper(&house.admin, "all-cases").await;
    assert!(refused.is(500)["detail"].as_str().is_some_and(|detail| !detail.contains("exit")), "{}", refused.text());
    house.is_healthy().await;
    std::fs::remove_file(broken).unwrap();
}
