//! Pages come out whatever people wrote, and what they wrote is on them and nothing else.
#![allow(clippy::unwrap_used)]

mod samples;

use reports::{Kind, typeset};
use serde::Serialize;

fn pages(kind: Kind, report: impl Serialize) -> Vec<u8> {
    let json = serde_json::to_vec(&report).unwrap();
    let pdf = typeset(kind, &json).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    assert!(pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"));
    // To be looked at: DOCKET_PAGES=/tmp/pages cargo test -p reports
    if let Ok(folder) = std::env::var("DOCKET_PAGES") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(format!("{folder}/{}.pdf", kind.word()), &pdf).unwrap();
    }
    pdf
}

#[test]
fn every_report_comes_out() {
    pages(Kind::Case, samples::case("John Doe"));
    pages(Kind::Worklist, samples::worklist(120, "John Doe"));
    pages(Kind::Agency, samples::agency(30, "Swift Debt Solutions"));
}

#[test]
#[ignore = "takes long: to be measured by hand"]
fn many_cases_come_out() {
    let cases = std::env::var("DOCKET_CASES").map_or(10_000, |cases| cases.parse().unwrap());
    let began = std::time::Instant::now();
    let pdf = pages(Kind::Worklist, samples::worklist(cases, "Jane Doe"));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    println!("{cases} cases: {:?}, {} bytes, {peak}", began.elapsed(), pdf.len());
}
