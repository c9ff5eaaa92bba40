//! Notices by mail: short, with an id by which a repetition is recognised, and with nothing in its headers that does not belong there.

use super::{assigned, only, time_passes};
use crate::client::id;
use crate::house::House;
use crate::mailbox::Mailbox;
use api::config::Duty;
use serde_json::{Value, json};

async fn with_mailbox() -> (House, Mailbox, Value) {
    let mailbox = Mailbox::open().await;
    let url = mailbox.url.clone();
    let house = House::with(|config| {
        config.roles = vec![Duty::Api, Duty::Project];
        config.notices_retry_ms = 3_600_000;
        config.smtp_url = Some(url);
        config.smtp_from = Some("Docket <docket@desk.example>".into());
    })
    .await;
    let wanted = json!({"email": "team.lead@example.com", "kinds": ["assigned"]});
    let added = house.admin.post("/api/v1/notices/endpoints", wanted).await.is(201);
    (house, mailbox, added)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_by_mail() {
    let (house, mailbox, added) = with_mailbox().await;
    assert_eq!((&added["secret"], &added["warning"]), (&json!(null), &json!(null)), "{added}");
    let case = assigned(&house.admin).await;
    house.settle().await;
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 1);
    let number = house.admin.case(case).await["case_id"].as_str().unwrap().to_owned();
    assert_eq!(mails[0].to, "team.lead@example.com");
    assert_eq!(mails[0].header("Subject"), Some(format!("Case {number} was assigned to an agency").as_str()));
    assert_eq!(mails[0].header("From"), Some("Docket <docket@desk.example>"));
    let notice = only(&house.admin, "state=delivered").await;
    assert_eq!(mails[0].header("Message-ID"), Some(format!("<{}@desk.example>", id(&notice)).as_str()));
    assert!(mails[0].text.contains(&format!("/api/v1/cases/{case}")), "{}", mails[0].text);
    let path = format!("/api/v1/notices/endpoints/{}/rotate-secret", id(&added));
    assert_eq!(house.admin.post(&path, json!({})).await.status, 409, "mail is not signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_puts_it_off_is_asked_again_and_one_that_refuses_is_not() {
    let (house, mailbox, _) = with_mailbox().await;
    mailbox.refuse(["451 greylisted, come again"]);
    assigned(&house.admin).await;
    house.settle().await;
    let pending = only(&house.admin, "state=pending").await;
    assert_eq!(pending["last_error"], "the mail server put it off: 451", "{pending}");
    time_passes(&house).await;
    house.settle().await;
    assert_eq!(mailbox.mails()[0].header("Message-ID").unwrap(), format!("<{}@desk.example>", id(&pending)));
    mailbox.refuse(["550 nobody of that name"]);
    assigned(&house.admin).await;
    house.settle().await;
    let failed = only(&house.admin, "state=failed").await;
    assert_eq!((&failed["attempts"], &failed["last_error"]), (&json!(1), &json!("the mail server refused it: 550")), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_number_that_holds_a_line_break_adds_no_header() {
    let (house, mailbox, _) = with_mailbox().await;
    let desk = &house.admin;
    let opening = json!({"caseNumber": "X\r\nBcc: all@example.com\r\n\r\nHello", "customer": {"name": "A"}, "overdueAmount": 5,
        "priority": "P1", "autoAssign": false});
    let case = desk.done(json!({"command": "OpenCase", "data": opening})).await;
    let agency = desk.agency("Swift", json!({})).await;
    desk.act(case, "assign", json!({"dca_id": agency})).await;
    house.settle().await;
    let mail = &mailbox.mails()[0];
    assert_eq!(mail.header("Bcc"), None, "{}", mail.text);
    assert_eq!(mail.text.matches("\nTo: ").count() + usize::from(mail.text.starts_with("To: ")), 1, "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_it_is_said_so() {
    let house = House::open().await;
    let added = house.admin.post("/api/v1/notices/endpoints", json!({"email": "team.lead@example.com"})).await.is(201);
    assert!(added["warning"].as_str().unwrap().contains("no mail server is set up"), "{added}");
    assigned(&house.admin).await;
    house.settle().await;
    let skipped = only(&house.admin, "state=skipped").await;
    assert_eq!(skipped["last_error"], "no mail server is set up (--smtp-url)", "{skipped}");
    let read_back = house.admin.get(&format!("/api/v1/notices/endpoints/{}", id(&added))).await.ok();
    assert_eq!(read_back["email"], "team.lead@example.com");
}
