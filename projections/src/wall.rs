//! Which rows of a call centre's tables somebody may see: the second wall, kept by PostgreSQL itself (B.R3, B.X4–B.X6).
//!
//! Who looks stands in settings of the session: `docket.reach` (`tenant`, `location` or `own`), `docket.viewer` and
//! `docket.locations` (ids with commas between). Docket sets them for each question. A person with SQL of their own may set them as
//! they like, and sees the whole company if they set none; so what they may not see is said by their row in `log.people_of_sql`,
//! which goes before the settings (`log.said`). Each is read once for a statement (it stands in a subquery of its own), not once
//! for a row.

/// What the session says, or for a person with SQL what is said of them; not yet in a subquery.
macro_rules! said {
    ($name:literal) => {
        concat!(
            "nullif(case current_user when 'docket_app' then current_setting('",
            $name,
            "', true) else log.said('",
            $name,
            "') end, '')"
        )
    };
}

/// The same in a subquery of its own.
macro_rules! setting {
    ($name:literal) => {
        concat!("(select ", said!($name), ")")
    };
}

macro_rules! everything {
    () => {
        concat!(
            "(select case current_user ",
            // Docket's own role sees nothing without saying who looks: forgetting it must not open anything.
            "when 'docket_app' then current_setting('docket.reach', true) is not distinct from 'tenant' ",
            "or current_setting('docket.every_tenant', true) is not distinct from 'on' ",
            "else coalesce(nullif(log.said('docket.reach'), ''), 'tenant') = 'tenant' end)"
        )
    };
}

macro_rules! user {
    () => {
        concat!("(select ", said!("docket.viewer"), "::uuid)")
    };
}

macro_rules! locations {
    () => {
        concat!(
            "any ((select case when ",
            setting!("docket.reach"),
            " = 'location' then string_to_array(",
            said!("docket.locations"),
            ", ',')::uuid[] end)::uuid[])"
        )
    };
}

/// The list of walled kinds, and the condition under which a row of any kind is seen.
macro_rules! walled_kinds {
    ($($kind:literal),*) => {
        /// The kinds of things of which not everybody in the company sees every one. In the audit trail, which knows nobody's
        /// location, only those see them who see everything. The same list stands in `migrations/0026_reach_of_sql.sql`.
        pub const WALLED: &[&str] = &[$($kind),*];

        /// For tables with `category`: the kinds that are not walled, and all for whoever sees everything. Docket asks for what a
        /// person may see by itself, and needs the rest for the history of one thing that they see.
        pub const BY_CATEGORY: &str = concat!(
            "(select current_user = 'docket_app') or ", everything!(), " or category <> all (array[''", $(",'", $kind, "'"),*, "])"
        );
    };
}

walled_kinds!(
    "access",
    "agent",
    "call",
    "campaign",
    "coaching",
    "disposal",
    "extension",
    "goal",
    "held_record",
    "journal",
    "presence",
    "report_run",
    "review",
    "shift",
    "source",
    "source_sync",
    "verification"
);

/// Whoever looks sees all of the company: a condition.
pub const EVERYTHING: &str = everything!();
/// Whoever looks: a uuid, null for nobody.
pub const USER: &str = user!();
/// One of their locations, to be written after `location_id =`.
pub const LOCATIONS: &str = locations!();

/// For tables with `agent_id` and `location_id`: one's own rows, and those of one's locations.
pub const AGENT_AND_LOCATION: &str = concat!(everything!(), " or agent_id = ", user!(), " or location_id = ", locations!());

/// For tables with `location_id`: the rows of one's locations.
pub const LOCATION_ONLY: &str = concat!(everything!(), " or location_id = ", locations!());

/// For tables with `agent_id`: one's own rows, and all for whoever looks after others.
pub const AGENT_OR_TEAMWIDE: &str =
    concat!(everything!(), " or agent_id = ", user!(), " or ", setting!("docket.reach"), " = 'location'");

/// For goals, which those who set them keep in sight wherever the agent goes: a table with `agent_id`, `location_id`, `created_by`.
pub const GOALS: &str =
    concat!(everything!(), " or agent_id = ", user!(), " or created_by = ", user!(), " or location_id = ", locations!());

/// For reviews, which those who wrote them keep in sight too: a table with `agent_id`, `location_id`, `reviewer_id`.
pub const REVIEWS: &str =
    concat!(everything!(), " or agent_id = ", user!(), " or reviewer_id = ", user!(), " or location_id = ", locations!());
/// For tables with `agent_id`: one's own rows.
pub const AGENT_ONLY: &str = concat!(everything!(), " or agent_id = ", user!());

/// For tables with `assigned_agents`: the rows of those who are assigned (B.X4).
pub const ASSIGNED: &str = concat!(everything!(), " or ", user!(), " = any (assigned_agents)");

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// Kinds of things of a call centre that everybody may read of who may read the audit trail, and why.
    const OPEN: &[&str] = &[
        // Its settings: the time zone, targets, how long records are kept.
        "call_centre",
    ];

    #[test]
    fn every_kind_of_thing_of_a_call_centre_is_walled_or_said_to_be_open() {
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src/calls");
        let files = fs::read_dir(rules).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
        let texts: Vec<String> = files.map(|path| fs::read_to_string(path).unwrap()).collect();
        let after = "const CATEGORY: &'static str = \"";
        let categories: Vec<&str> =
            texts.iter().flat_map(|text| text.split(after).skip(1)).filter_map(|rest| rest.split('"').next()).collect();
        assert!(categories.len() >= WALLED.len(), "{categories:?}");
        for category in categories {
            assert!(WALLED.contains(&category) != OPEN.contains(&category), "{category} is neither walled nor open, or both");
        }
    }

    #[test]
    fn the_log_has_the_same_wall() {
        let sql = include_str!("../../migrations/0026_reach_of_sql.sql");
        let list = sql.split("category <> all (array[").nth(1).and_then(|rest| rest.split(']').next()).unwrap();
        let listed: Vec<&str> = list.split(',').map(|word| word.trim().trim_matches('\'')).collect();
        assert_eq!(listed, WALLED);
    }
}
