//! The contract with specification B: every one of its endpoints at its literal path, with a golden body (docs/contract.md).
//!
//! The bodies are in `tests/golden/b/` and are written and compared as those of E are (`tests/src/contract.rs`).

mod calls;
mod figures;
mod intake;
mod office;
mod quality;
mod records;
mod workforce;

use std::path::PathBuf;

/// The files with the tests of this contract.
const TESTS: [&str; 5] = [
    include_str!("contract/calls.rs"),
    include_str!("contract/figures.rs"),
    include_str!("contract/intake.rs"),
    include_str!("contract/quality.rs"),
    include_str!("contract/workforce.rs"),
];

/// The specification has this many endpoints and this many traps.
const ENDPOINTS: usize = 39;
const TRAPS: usize = 11;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The row of the table that is about an item.
#[track_caller]
fn row<'t>(table: &'t str, item: &str) -> &'t str {
    let found = table.lines().find(|line| line.starts_with(&format!("| {item} ")));
    found.unwrap_or_else(|| panic!("no row for {item}"))
}

/// The table in the documents names every endpoint with its literal path and the test that asks there, and every golden file is used.
#[test]
fn the_table_names_every_endpoint_of_b_and_its_test() {
    let table = std::fs::read_to_string(root().join("docs/contract.md")).unwrap();
    for n in 1..=ENDPOINTS {
        let row = row(&table, &format!("B.E{n}"));
        let told: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let [endpoint, name] = told[..] else { panic!("{row}") };
        assert!(name.starts_with(&format!("e{n:02}_")), "{row}");
        let body = TESTS.iter().find_map(|file| {
            let from = file.find(&format!("async fn {name}()"))?;
            let until = file[from..].find("\n}\n")?;
            Some(&file[from..from + until])
        });
        let body = body.unwrap_or_else(|| panic!("no test {name}"));
        let (_, path) = endpoint.split_once(' ').unwrap();
        for part in path.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)) {
            assert!(body.contains(part), "{name} asks somewhere else than {path}");
        }
    }
    for file in std::fs::read_dir(root().join("tests/golden/b")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let item = format!("\"{}\"", name.trim_end_matches(".json"));
        assert!(TESTS.iter().any(|tests| tests.contains(&item)), "{name} belongs to no test");
    }
}

/// What B implies and forgets is resolved, and where it is stands in the table.
#[test]
fn the_table_says_where_every_trap_of_b_is_resolved() {
    let table = std::fs::read_to_string(root().join("docs/contract.md")).unwrap();
    for n in 1..=TRAPS {
        let row = row(&table, &format!("B.X{n}"));
        let files: Vec<&str> = row.split('`').skip(1).step_by(2).filter(|name| name.ends_with(".rs")).collect();
        assert!(!files.is_empty(), "{row}");
        for file in files {
            assert!(root().join(file).exists(), "there is no {file}");
        }
    }
}
