//! The rules of the house, checked: who may know whom, how large a file may grow, and what every file begins with.

use std::fs;
use std::path::{Path, PathBuf};

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![house().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|e| e == "rs") => {
                    let text = fs::read_to_string(&path).unwrap();
                    found.push((path, text));
                }
                false => {}
            }
        }
    }
    found
}

const CRATES: [&str; 7] =
    ["domain/src", "eventlog/src", "commands/src", "projections/src", "processes/src", "reports/src", "api/src"];

#[test]
fn crates_know_only_those_below_them() {
    let below: [(&str, &[&str]); 6] = [
        ("domain", &[]),
        ("eventlog", &["domain"]),
        ("commands", &["domain", "eventlog"]),
        ("projections", &["domain", "eventlog"]),
        ("processes", &["domain", "eventlog", "commands", "projections"]),
        ("reports", &[]),
    ];
    let members = ["domain", "eventlog", "commands", "projections", "processes", "reports", "api", "bench"];
    for (name, allowed) in below {
        let manifest = fs::read_to_string(house().join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
        for line in dependencies.lines() {
            let Some(dependency) = line.split(['.', ' ', '=']).next().filter(|word| members.contains(word)) else { continue };
            assert!(allowed.contains(&dependency), "{name} must not know {dependency}");
        }
    }
}

#[test]
fn the_rules_read_no_clock_and_roll_no_dice() {
    for (path, text) in sources("domain/src")
        .into_iter()
        .chain(sources("projections/src/cases"))
        .chain(sources("projections/src/organization"))
        .chain(sources("projections/src/notices"))
    {
        for forbidden in
            ["Utc::now", "SystemTime", "Instant::now", "now_v7", "new_v4", "rand::", "std::fs", "std::net", "async fn decide"]
        {
            assert!(!text.contains(forbidden), "{} uses {forbidden}", path.display());
        }
    }
    for (path, text) in sources("domain/src") {
        assert!(!text.contains("async fn") && !text.contains("tokio"), "{} waits for something", path.display());
    }
}

#[test]
fn a_read_model_names_no_other_read_models_rows_in_its_rules() {
    // Queries may join tables of one generation; rules may not. The engine refuses a row that keys() did not ask for, and a row
    // type can only be asked for by the model that lists its table; here we check that no table is listed twice.
    let mut listed = std::collections::HashMap::new();
    for (path, text) in sources("projections/src") {
        for name in text.split("const TABLE: &'static str = \"").skip(1) {
            let table = name.split('"').next().unwrap().to_owned();
            if let Some(other) = listed.insert(table.clone(), path.clone()) {
                assert_eq!(other, path, "two models own the table {table}");
            }
        }
    }
    let sql: Vec<String> = fs::read_dir(house().join("migrations/read"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    for table in listed.keys() {
        assert!(sql.iter().any(|sql| sql.contains(&format!("create table {table} "))), "no migration declares {table}");
    }
}

#[test]
fn every_file_says_in_a_sentence_what_it_is_and_stays_readable() {
    for folder in CRATES.into_iter().chain(["tests/src", "bench/src", "chaos/src"]) {
        for (path, text) in sources(folder) {
            let first = text.lines().next().unwrap_or_default();
            assert!(first.starts_with("//! ") && first.trim_end().len() > 20, "{} must begin with a sentence", path.display());
            let lines = text.lines().count();
            assert!(lines <= 600, "{} has {lines} lines; it wants to be two files", path.display());
        }
    }
}

/// Whether the module above declares it under `#[cfg(test)]`.
fn for_tests_only(path: &Path) -> bool {
    let (folder, name) = (path.parent().unwrap(), path.file_stem().unwrap().to_string_lossy());
    let above = ["mod.rs", "lib.rs", "main.rs"].map(|file| folder.join(file)).into_iter().chain([folder.with_extension("rs")]);
    above.filter_map(|file| fs::read_to_string(file).ok()).any(|text| {
        let mut lines = text.lines().map(str::trim);
        std::iter::from_fn(|| lines.find(|line| *line == "#[cfg(test)]").map(|_| lines.next().unwrap_or_default().to_owned()))
            .any(|declared| declared.ends_with(&format!("mod {name};")))
    })
}

#[test]
fn nothing_is_left_undone_and_nothing_panics_at_work() {
    for folder in CRATES {
        for (path, text) in sources(folder) {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for forbidden in ["TODO", "FIXME", "todo!(", "unimplemented!(", "dbg!("] {
                assert!(!text.contains(forbidden), "{} contains {forbidden}", path.display());
            }
            let start_up = path.ends_with("main.rs")
                || path.to_string_lossy().contains("/tests")
                || path.to_string_lossy().contains("testing.rs");
            let start_up = start_up || for_tests_only(&path);
            if !start_up && !path.to_string_lossy().contains("_tests.rs") && !path.to_string_lossy().contains("properties.rs") {
                assert!(!code.contains(".unwrap()"), "{} unwraps", path.display());
            }
        }
    }
}

#[test]
fn sql_is_lower_case() {
    let mut folders = vec![house().join("migrations")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for line in text.lines() {
                let code = line.split("--").next().unwrap_or_default();
                for word in ["SELECT", "CREATE TABLE", "INSERT INTO", "UPDATE ", "DELETE FROM"] {
                    assert!(!code.contains(word), "{}: {line}", path.display());
                }
            }
        }
    }
}
