//! The 27 fields of a call detail record of 3CX, by the names that 3CX and its users write them with.

use serde::{Deserialize, Serialize};

macro_rules! fields {
    ($($variant:ident = $word:literal),* $(,)?) => {
        /// A field of a call detail record.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Field { $(#[serde(rename = $word)] $variant),* }

        impl Field {
            /// All of them in the order in which 3CX writes them unless told otherwise.
            pub const ALL: [Field; 27] = [$(Field::$variant),*];

            /// Its name in 3CX's own words.
            pub fn word(self) -> &'static str {
                match self { $(Field::$variant => $word),* }
            }
        }
    };
}

fields! {
    HistoryId = "historyid",
    CallId = "callid",
    Duration = "duration",
    TimeStart = "time-start",
    TimeAnswered = "time-answered",
    TimeEnd = "time-end",
    ReasonTerminated = "reason-terminated",
    FromNo = "from-no",
    ToNo = "to-no",
    FromDn = "from-dn",
    ToDn = "to-dn",
    DialNo = "dial-no",
    ReasonChanged = "reason-changed",
    FinalNumber = "final-number",
    FinalDn = "final-dn",
    BillCode = "bill-code",
    BillRate = "bill-rate",
    BillCost = "bill-cost",
    BillName = "bill-name",
    Chain = "chain",
    FromType = "from-type",
    ToType = "to-type",
    FinalType = "final-type",
    FromDispname = "from-dispname",
    ToDispname = "to-dispname",
    FinalDispname = "final-dispname",
    MissedQueueCalls = "missed-queue-calls",
}

impl Field {
    /// The field of this name, whether it is written `time-start`, `time_start`, `timeStart` or `TimeStart`.
    pub fn named(name: &str) -> Option<Field> {
        let same = |word: &str| {
            let letters = |text: &str| text.chars().filter(|c| !matches!(c, '-' | '_')).collect::<String>().to_lowercase();
            letters(word) == letters(name)
        };
        Field::ALL.into_iter().find(|field| same(field.word()))
    }

    /// Its place among the 27.
    pub fn place(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_known_under_every_spelling() {
        for name in ["time-start", "time_start", "timeStart", "TimeStart", "TIME_START"] {
            assert_eq!(Field::named(name), Some(Field::TimeStart), "{name}");
        }
        assert_eq!(Field::named("callId"), Some(Field::CallId));
        assert_eq!(Field::named("fromDispName"), Some(Field::FromDispname));
        assert_eq!(Field::named("weather"), None);
        assert_eq!(Field::ALL.map(Field::place), std::array::from_fn(|n| n));
    }
}
