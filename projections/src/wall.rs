//! Which rows of a call centre's tables somebody may see: the second wall, kept by PostgreSQL itself (B.R3, B.X4–B.X6).
//!
//! Who looks stands in settings of the session: `docket.reach` (`tenant`, `location` or `own`), `docket.viewer` and
//! `docket.locations` (ids with commas between). Docket sets them for each question. A person with SQL of their own sees the
//! whole company unless a reach is set, for example with `alter role anna set docket.reach = 'location'`. Each setting is read
//! once for a statement (it stands in a subquery of its own), not once for a row.

/// The setting in a subquery of its own.
macro_rules! setting {
    ($name:literal) => {
        concat!("(select nullif(current_setting('", $name, "', true), ''))")
    };
}

macro_rules! everything {
    () => {
        concat!(
            "(select case current_user ",
            // Docket's own role sees nothing without saying who looks: forgetting it must not open anything.
            "when 'docket_app' then current_setting('docket.reach', true) is not distinct from 'tenant' ",
            "or current_setting('docket.every_tenant', true) is not distinct from 'on' ",
            "else coalesce(nullif(current_setting('docket.reach', true), ''), 'tenant') = 'tenant' end)"
        )
    };
}

macro_rules! user {
    () => {
        "(select nullif(current_setting('docket.viewer', true), '')::uuid)"
    };
}

macro_rules! locations {
    () => {
        concat!(
            "any ((select case when ",
            setting!("docket.reach"),
            " = 'location' then string_to_array(nullif(current_setting('docket.locations', true), ''), ',')::uuid[] end)::uuid[])"
        )
    };
}

/// The kinds of things of which not everybody in the company sees every one. In the audit trail, which knows nobody's location, only
/// those see them who see everything.
pub const WALLED: &[&str] = &[
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
    "review",
    "shift",
];

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
