-- A notice says whether it tells of something that was only played through (E.X10).

alter table outbox.notices add column simulated boolean not null default false;
comment on column outbox.notices.simulated is 'True if it did not really happen: somebody played through what an agency might do.';
