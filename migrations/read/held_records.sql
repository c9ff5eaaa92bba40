-- Records that could not be understood.

create table held_records (
  tenant_id   uuid        not null,
  held_id     uuid        not null,
  source_id   uuid        not null,
  raw         text        not null,
  encoding    text        not null,
  field       text        not null,
  reason      text        not null,
  state       text        not null,
  held_at     timestamptz not null,
  settled_at  timestamptz,
  call_id     uuid,
  corrected   text,
  dismissal   text,
  version     bigint      not null,
  position    bigint      not null,
  primary key (tenant_id, held_id)
);
create index on held_records (tenant_id, state, held_at desc, held_id);
create index on held_records (tenant_id, source_id, held_at desc);

comment on table held_records is 'One row per record that could not be understood when it came in.';
comment on column held_records.tenant_id  is 'The company.';
comment on column held_records.held_id    is 'The record; it follows from its source and its bytes.';
comment on column held_records.source_id  is 'The telephone system it came from.';
comment on column held_records.raw        is 'What came in; empty once its call was kept long enough. A NUL character, which no column can hold, is shown as U+2400.';
comment on column held_records.encoding   is 'How raw is written: text, or base64 where the bytes are no text.';
comment on column held_records.field      is 'The field that breaks a rule.';
comment on column held_records.reason     is 'The rule.';
comment on column held_records.state      is 'waiting, replayed (it became part of a call) or dismissed.';
comment on column held_records.held_at    is 'When it came in, in business time (UTC).';
comment on column held_records.settled_at is 'When it was replayed or dismissed, in business time (UTC).';
comment on column held_records.call_id    is 'The call it became part of.';
comment on column held_records.corrected  is 'How it should have read; null once its call was kept long enough.';
comment on column held_records.dismissal  is 'Why it was dismissed.';
comment on column held_records.version    is 'Version of the record: how many events it has.';
comment on column held_records.position   is 'Place in the log of its last event.';

create table held_of_calls (
  tenant_id uuid   not null,
  call_id   uuid   not null,
  held_ids  uuid[] not null,
  primary key (tenant_id, call_id)
);

comment on table held_of_calls is 'One row per call that records from quarantine became part of.';
comment on column held_of_calls.tenant_id is 'The company.';
comment on column held_of_calls.call_id   is 'The call.';
comment on column held_of_calls.held_ids  is 'The records, in the order in which they became part of it.';
