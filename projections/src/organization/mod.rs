//! What people look at about companies and their people.
