//! The lines of the table, in their order, with their targets.

use crate::plan::Part::{self, *};
use crate::table::{Line, Target};

const fn line(what: &'static str, figure: &'static str, unit: &'static str, target: Target, parts: &'static [Part]) -> Line {
    Line { what, figure, unit, target, parts }
}

/// The table.
pub const LINES: &[Line] = &[
    line("CRUD (actix-web + sqlx), 64 connections", "CRUD 64", "/s", Target::None, &[Commands, ApiOnly]),
    line("… p99", "CRUD 64 p99", "ms", Target::None, &[Commands, ApiOnly]),
    line("… processor time of its process", "CRUD 64 processor", "µs each", Target::None, &[Commands, ApiOnly]),
    line("CRUD, 1 connection", "CRUD 1", "/s", Target::None, &[Commands]),
    line("CRUD, 64 connections, load by wrk", "CRUD by wrk", "/s", Target::None, &[Wrk]),
    line("… load by our generator", "CRUD by us", "/s", Target::None, &[Wrk]),
    line("processor time of wrk itself", "wrk processor", "µs each", Target::None, &[Wrk]),
    line("… of our generator", "our processor", "µs each", Target::AtMostTimes(1.25, "wrk processor"), &[Wrk]),
    line("cqrs-es + postgres-es, 64 connections", "cqrs-es 64", "/s", Target::None, &[Commands]),
    line("… p99", "cqrs-es 64 p99", "ms", Target::None, &[Commands]),
    line("… processor time of its process", "cqrs-es 64 processor", "µs each", Target::None, &[Commands]),
    line("limit: pgbench, one row a transaction, 64 clients", "pgbench", "/s", Target::None, &[Limits]),
    line("limit: unnest of 500 rows as wide as events, 1 connection", "unnest-500", "rows/s", Target::None, &[Batches, Import]),
    line("… with the log's three indexes too", "unnest-500 indexed", "rows/s", Target::None, &[Batches, Import]),
    line("… of 500 rows of 5 columns", "unnest-500 narrow", "rows/s", Target::None, &[Batches, Import]),
    line("**one-event commands, 64 connections**", "Docket 64", "/s", Target::AtLeastTimes(2.0, "CRUD 64"), &[Commands]),
    line("… beside cqrs-es", "Docket 64", "/s", Target::AtLeastTimes(4.5, "cqrs-es 64"), &[Commands]),
    line("… p99", "Docket 64 p99", "ms", Target::AtMostTimes(1.0, "CRUD 64 p99"), &[Commands]),
    line("… processor time of its process", "Docket 64 processor", "µs each", Target::None, &[Commands]),
    line("**one-event commands, 1 connection**", "Docket 1", "/s", Target::AtLeastTimes(0.7, "CRUD 1"), &[Commands]),
    line("by its route, answered with the case's card, 64 connections", "Docket card 64", "/s", Target::None, &[Commands]),
    line("… p99", "Docket card 64 p99", "ms", Target::None, &[Commands]),
    line("`--roles api` (read models elsewhere), 64 connections", "api only 64", "/s", Target::None, &[ApiOnly]),
    line("… p99", "api only 64 p99", "ms", Target::None, &[ApiOnly]),
    line("… processor time of its process", "api only 64 processor", "µs each", Target::None, &[ApiOnly]),
    line(
        "**NDJSON batches of 500**, 2 connections",
        "batches",
        "commands/s",
        Target::AtLeastTimes(0.3, "unnest-500"),
        &[Batches],
    ),
    line(
        "**import** of the help desk's history",
        "import events",
        "events/s",
        Target::AtLeastTimes(0.2, "unnest-500"),
        &[Import],
    ),
    line("… in lines", "import", "lines/s", Target::None, &[Import]),
    line("… most memory", "import peak", "MiB", Target::None, &[Import]),
    line("**import** of a made-up history ten times as long", "long import events", "events/s", Target::None, &[Import]),
    line("… in lines", "long import", "lines/s", Target::None, &[Import]),
    line("… most memory", "long import peak", "MiB", Target::AtMostTimes(1.25, "import peak"), &[Import]),
    line("**commit → visible row** at 2,000 commands/s, p99", "freshness", "ms", Target::AtMost(100.0), &[Freshness]),
    line("… median", "freshness median", "ms", Target::None, &[Freshness]),
    line("… by the slowest model's own account, p99", "freshness by models", "ms", Target::AtMost(100.0), &[Freshness]),
    line("… commands answered then", "steady", "/s", Target::AtLeast(1_900.0), &[Freshness]),
    line("**worklist page**, p99", "worklist page", "ms", Target::AtMost(10.0), &[Reads]),
    line("**case card**, p99", "case card", "ms", Target::AtMost(10.0), &[Reads]),
    line("**agency score**, p99", "agency score", "ms", Target::AtMost(10.0), &[Reads]),
    line("**dashboard**, p99", "dashboard", "ms", Target::AtMost(10.0), &[Reads]),
    line("… beside commands answered", "writes beside", "/s", Target::AtLeast(1_900.0), &[Reads]),
    line("limit: sequential read of the log", "sequential read", "events/s", Target::None, &[Rebuild]),
    line("limit: bare keyed fold of 500", "bare fold", "events/s", Target::None, &[Rebuild]),
    line("**rebuild of the worklist**", "rebuild", "events/s", Target::AtLeastTimes(0.5, "bare fold"), &[Rebuild]),
    line("**rebuild of all read models**", "rebuild of all", "s", Target::AtMostTimes(3.0, "slowest rebuild"), &[Rebuild]),
    line("… the slowest of them alone", "slowest rebuild", "s", Target::None, &[Rebuild]),
    line("**memory of `docket serve`** after the large database", "memory", "MiB", Target::AtMost(256.0), &[Memory]),
    line("… at most", "memory peak", "MiB", Target::None, &[Memory]),
    line("one-event commands with an empty log", "empty log", "/s", Target::None, &[FullLog]),
    line("**one-event commands with a full log**", "full log", "/s", Target::AtLeastTimes(0.9, "empty log"), &[FullLog]),
];
