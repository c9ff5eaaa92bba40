//! What people look at about cases and agencies.
