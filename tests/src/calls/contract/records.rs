//! The records of a dozen calls as their telephone system writes them: every way a call can go.

/// A leg as the telephone system writes it: type and number of those who ring, are rung and have it at last; the clock times of its
/// beginning, answer and end; why it ended and changed; who was polled in vain.
struct Leg(&'static str, [&'static str; 3], [&'static str; 3], &'static str, &'static str, &'static str);

const CALLER: &str = "Line 10000";
const ADA: &str = "Extension 101";
const BOB: &str = "Extension 102";
const NOBODY: &str = " ";

/// Every way a call can go, on Monday and Tuesday, 4 and 5 March 2024, by the clocks of Detroit.
#[rustfmt::skip]
const LEGS: [Leg; 14] = [
    Leg("C1", [CALLER, "Queue 800", ADA], ["04 08:05:00", "04 08:05:12", "04 08:08:21"], "TerminatedBySrc", "", ""),
    Leg("C2", [CALLER, ADA, NOBODY], ["04 08:20:00", "04 08:20:05", "04 08:24:05"], "TerminatedBySrc", "", ""),
    Leg("C3", [CALLER, "Queue 801", BOB], ["04 09:30:00", "04 09:30:30", "04 09:35:30"], "TerminatedBySrc", "", ""),
    Leg("C4", [CALLER, "Queue 800", ADA], ["04 10:00:00", "04 10:00:08", "04 10:02:08"], "TerminatedBySrc", "", ""),
    Leg("C4", [CALLER, ADA, BOB], ["04 10:00:08", "04 10:02:08", "04 10:07:08"], "TerminatedBySrc", "ReplacedDst", ""),
    Leg("C5", [CALLER, "Queue 800", NOBODY], ["04 10:30:00", "", "04 10:31:05"], "TerminatedBySrc", "", ""),
    Leg("C6", [CALLER, "Queue 800", NOBODY], ["04 11:00:00", "", "04 11:00:45"], "TerminatedByDst", "", ""),
    Leg("C6", [CALLER, "VMail 999", NOBODY], ["04 11:00:45", "04 11:00:46", "04 11:01:20"], "TerminatedBySrc", "", ""),
    Leg("C7", [CALLER, ADA, NOBODY], ["04 11:30:00", "", "04 11:30:25"], "TerminatedBySrc", "", ""),
    Leg("C8", [ADA, CALLER, NOBODY], ["04 13:00:00", "04 13:00:10", "04 13:02:10"], "TerminatedByDst", "", ""),
    Leg("C9", [ADA, CALLER, NOBODY], ["04 13:10:00", "", "04 13:10:25"], "TerminatedBySrc", "", ""),
    Leg("C10", [CALLER, "Queue 800", BOB], ["04 14:00:00", "04 14:00:25", "04 14:03:25"], "TerminatedBySrc", "", "101"),
    Leg("C11", [CALLER, ADA, NOBODY], ["05 08:10:00", "05 08:10:04", "05 08:20:04"], "TerminatedBySrc", "", ""),
    Leg("C12", [ADA, BOB, NOBODY], ["05 09:00:00", "05 09:00:06", "05 09:01:06"], "TerminatedByDst", "", ""),
];

impl Leg {
    fn line(&self, n: usize) -> String {
        let Leg(call, ends, times, terminated, changed, polled) = self;
        let [began, answered, ended] = times.map(|at| if at.is_empty() { String::new() } else { format!("2024/03/{at}") });
        let [from, to, last] = ends.map(|end| end.split_once(' ').unwrap());
        let number = |(kind, dn): (&str, &str)| match kind {
            "Line" => "+17345550177".to_owned(),
            "Extension" => format!("Ext.{dn}"),
            _ => dn.to_owned(),
        };
        let name = |(kind, dn): (&str, &str)| match (kind, dn) {
            ("Line", _) => "Ivy Quinn",
            (_, "800") => "Appointments",
            (_, "801") => "Billing",
            _ => "",
        };
        let dialled = if to.0 == "Line" { "+17345550177" } else { "+17345550100" };
        [
            &format!("H{n}"),
            *call,
            "",
            &began,
            &answered,
            &ended,
            terminated,
            &number(from),
            &number(to),
            from.1,
            to.1,
            dialled,
            changed,
            &number(last),
            last.1,
            "",
            "",
            "",
            "",
            "",
            from.0,
            to.0,
            last.0,
            name(from),
            name(to),
            name(last),
            polled,
        ]
        .join(",")
    }
}

pub fn lines() -> Vec<String> {
    LEGS.iter().enumerate().map(|(n, leg)| leg.line(n)).collect()
}
