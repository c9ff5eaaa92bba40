//! The closed lists of words that a call is described with, each under the word that is stored and shown.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$note])* #[serde(rename = $word)] $variant),* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word under which it is stored and shown.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
        }
    )*};
}

words! {
    /// From where to where a call went.
    Direction { Inbound = "inbound", Outbound = "outbound", Internal = "internal" }

    /// How a call ended; the rule is in `cdr/legs.rs`.
    CallStatus {
        Completed = "completed",
        Missed = "missed",
        Abandoned = "abandoned",
        Transferred = "transferred",
        Voicemail = "voicemail",
    }

    /// What a call was about.
    CallType {
        Appointment = "appointment",
        Prescription = "prescription",
        Billing = "billing",
        General = "general",
        FollowUp = "follow_up",
    }

    /// What came of a call.
    Outcome {
        AppointmentScheduled = "appointment_scheduled",
        InformationProvided = "information_provided",
        TransferRequired = "transfer_required",
        CallbackScheduled = "callback_scheduled",
    }

    /// How urgent a call is.
    CallPriority { Urgent = "urgent", High = "high", Normal = "normal", Low = "low" }

    /// What is still to be done after a call.
    FollowUpType { Callback = "callback", Appointment = "appointment", ProviderReview = "provider_review", Billing = "billing" }

    /// The shape in which a record came in.
    RecordShape { Line = "line", Json = "json" }

    /// What kind of thing takes part in a leg of a call.
    PartyKind {
        /// Somebody's telephone.
        Extension = "extension",
        /// A line to the world outside.
        External = "external",
        Queue = "queue",
        RingGroup = "ring_group",
        /// A voice menu.
        Menu = "menu",
        Voicemail = "voicemail",
        Fax = "fax",
        Other = "other",
    }
}
