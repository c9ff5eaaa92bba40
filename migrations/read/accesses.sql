-- Who looked at which calls, journals and recordings.

create table accesses (
  tenant_id uuid        not null,
  position  bigint      not null,
  entry     integer     not null,
  user_id   uuid        not null,
  what      text        not null,
  thing_id  uuid        not null,
  route     text        not null,
  at        timestamptz not null,
  primary key (tenant_id, position, entry)
);
create index on accesses (tenant_id, thing_id, at, position, entry);

comment on table accesses is 'One row per thing in an answer that somebody was given.';
comment on column accesses.tenant_id is 'The company whose thing it is.';
comment on column accesses.position  is 'Place in the log of the event that names it.';
comment on column accesses.entry     is 'Its place among the things that this event names, from 0.';
comment on column accesses.user_id   is 'Whoever looked.';
comment on column accesses.what      is 'call, journal or recording.';
comment on column accesses.thing_id  is 'The call or the journal; a recording by its call.';
comment on column accesses.route     is 'By which route of the interface, for example GET /api/call-records/{id}.';
comment on column accesses.at        is 'When (UTC).';

create table journals_of_calls (
  tenant_id  uuid not null,
  journal_id uuid not null,
  call_id    uuid not null,
  primary key (tenant_id, journal_id)
);
create index on journals_of_calls (tenant_id, call_id);

comment on table journals_of_calls is 'One row per journal that was ever written, also after it was disposed of: looks at it are among those at its call.';
comment on column journals_of_calls.tenant_id  is 'The company whose journal it is.';
comment on column journals_of_calls.journal_id is 'The journal.';
comment on column journals_of_calls.call_id    is 'The call it is about.';
