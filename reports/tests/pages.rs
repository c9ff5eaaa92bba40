//! Pages come out whatever people wrote, and what they wrote is on them and nothing else.
#![allow(clippy::unwrap_used)]

mod samples;

use reports::{Kind, typeset};
use serde::Serialize;

fn pages(kind: Kind, name: &str, report: impl Serialize) -> Vec<u8> {
    let json = serde_json::to_vec(&report).unwrap();
    let pdf = typeset(kind, &json).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    assert!(pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"));
    // To be looked at: DOCKET_PAGES=/tmp/pages cargo test -p reports
    if let Ok(folder) = std::env::var("DOCKET_PAGES") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(format!("{folder}/{name}.pdf"), &pdf).unwrap();
    }
    pdf
}

/// The words of each page, without blanks: where columns end is a matter of taste.
fn words(pdf: &[u8]) -> Vec<String> {
    let bare = |page: String| page.split_whitespace().collect::<String>().replace('\u{200b}', "");
    pdf_extract::extract_text_from_mem_by_pages(pdf).unwrap().into_iter().map(bare).collect()
}

#[test]
fn every_report_says_what_it_is_of_which_moment_and_how_long() {
    let of = |name: &str, pdf: Vec<u8>| {
        let pages = words(&pdf);
        for (nth, page) in pages.iter().enumerate() {
            for expected in ["ConsolidatedCollectionsplc", "Logposition4711", "validat2026-03-2109:30:00UTC"] {
                assert!(page.contains(expected), "{name}, page {}: {page}", nth + 1);
            }
            assert!(page.contains(&format!("{}of{}", nth + 1, pages.len())), "{name}, page {}: {page}", nth + 1);
        }
        pages
    };
    let case = of("case", pages(Kind::Case, "case", samples::case("Ωμέγα Żółć Жук")));
    assert!(case.concat().contains("ΩμέγαŻółćЖук") && case.concat().contains("14,750.00USD"), "{case:?}");
    let agency = of("agency", pages(Kind::Agency, "agency", samples::agency(30, "Swift Debt Solutions")));
    assert!(agency.concat().contains("agency.score@1=105"), "{agency:?}");
    of("worklist", pages(Kind::Worklist, "worklist", samples::worklist(120, "John Doe")));
    of("nothing", pages(Kind::Worklist, "nothing", samples::worklist(0, "John Doe")));
}

#[test]
fn a_list_that_fills_several_sheets_is_whole_and_leaves_no_gap() {
    let worklist = words(&pages(Kind::Worklist, "several", samples::worklist(1000, "Jane")));
    assert_eq!(worklist.len(), 1 + 1000usize.div_ceil(36));
    for n in 0..1000 {
        assert!(worklist[1 + n / 36].contains(&format!("CASE-2026-{n:06}Jane{n}")), "{n}");
    }
    let agency = words(&pages(Kind::Agency, "agency-several", samples::agency(500, "Jane")));
    let before = agency.len() - 500usize.div_ceil(56);
    assert!((0..500).all(|n| agency[before + n / 56].contains(&format!("CASE-2026-{n:06}"))), "{agency:?}");
    let mut case = samples::case("Jane");
    let one = case.history[0].clone();
    case.history = (1..=1200).map(|number| reports::case::Happening { number, position: 5000 + number, ..one.clone() }).collect();
    let case = words(&pages(Kind::Case, "case-several", case));
    assert!((1..=1200).all(|n| case.concat().contains(&(5000 + n).to_string())));
    assert!(case.last().unwrap().contains(&format!("{0}of{0}", case.len())), "{case:?}");
}

#[test]
fn whatever_people_write_is_words() {
    let long = "x".repeat(5000);
    let hostile = [
        "#read(\"/etc/passwd\")",
        "$x$ *bold* _it_ `raw` ]",
        "#panic() <label> @ref \\",
        "= Heading",
        "#import \"frame.typ\": *",
        "\u{202e}turned\u{200f} round\u{2066}",
        "a\u{0}b\u{7}c\u{1b}[31m\u{ffff}",
        "😀 नमस्ते 漢字 שלום مرحبا \u{10ffff}",
        "",
        &long,
    ];
    for (nth, words_of) in hostile.into_iter().enumerate() {
        for (kind, text) in [
            (Kind::Case, words(&pages(Kind::Case, &format!("hostile-case-{nth}"), samples::case(words_of)))),
            (Kind::Worklist, words(&pages(Kind::Worklist, &format!("hostile-worklist-{nth}"), samples::worklist(40, words_of)))),
            (Kind::Agency, words(&pages(Kind::Agency, &format!("hostile-agency-{nth}"), samples::agency(40, words_of)))),
        ] {
            let text = text.concat();
            let bare: String = words_of.split_whitespace().collect();
            assert!(nth > 4 || text.contains(&bare), "{kind:?} {words_of}: {text}");
            assert!(!text.contains("root:"), "{kind:?} {words_of}: {text}");
            assert!(kind != Kind::Case || words_of != long || text.matches('x').count() > 5000, "{kind:?}: {text}");
        }
    }
}

#[test]
fn what_is_no_report_is_refused() {
    for bad in [&b""[..], b"[]", b"{}", b"{\"head\": 7}", b"not json"] {
        for kind in Kind::ALL {
            assert!(typeset(kind, bad).is_err(), "{kind:?}");
        }
    }
}
