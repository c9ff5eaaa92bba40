//! Random lives of cases and agencies: whatever is asked, nothing panics and every event can be read back.
