-- What was kept long enough: proposed, decided by a person, carried out.

create table disposals (
  tenant_id      uuid        not null,
  disposal_id    uuid        not null,
  kind           text        not null,
  before         date        not null,
  due            bigint      not null,
  things         integer     not null,
  status         text        not null,
  proposed_at    timestamptz not null,
  decided_by     uuid,
  decided_at     timestamptz,
  decision       uuid,
  reason         text,
  disposed       integer,
  kept           jsonb       not null,
  carried_out_at timestamptz,
  version        bigint      not null,
  position       bigint      not null,
  primary key (tenant_id, disposal_id)
);
create index on disposals (tenant_id, proposed_at, disposal_id);
create index on disposals (tenant_id, decided_at) where status = 'approved';

comment on table disposals is 'One row per proposal to let go of records that were kept long enough.';
comment on column disposals.tenant_id      is 'The company.';
comment on column disposals.disposal_id    is 'The proposal.';
comment on column disposals.kind           is 'calls, recordings or journals.';
comment on column disposals.before         is 'The things are from days before this one.';
comment on column disposals.due            is 'How many were due in all when it was made.';
comment on column disposals.things         is 'How many of them this proposal names.';
comment on column disposals.status         is 'proposed, approved, refused or carried_out.';
comment on column disposals.proposed_at    is 'When it was made, in business time (UTC).';
comment on column disposals.decided_by     is 'The person who agreed or refused; null for the operator.';
comment on column disposals.decided_at     is 'When they did.';
comment on column disposals.decision       is 'The event by which they did.';
comment on column disposals.reason         is 'Why it was refused.';
comment on column disposals.disposed       is 'How many are gone.';
comment on column disposals.kept           is 'Those that had to be kept when it was carried out: id and reason.';
comment on column disposals.carried_out_at is 'When it was.';
comment on column disposals.version        is 'Version of the proposal: how many events it has.';
comment on column disposals.position       is 'Place in the log of the last event.';

create table disposal_things (
  tenant_id   uuid    not null,
  disposal_id uuid    not null,
  thing_id    uuid    not null,
  entry       integer not null,
  primary key (tenant_id, disposal_id, thing_id)
);
create index on disposal_things (tenant_id, thing_id);

comment on table disposal_things is 'One row per thing that a proposal names.';
comment on column disposal_things.tenant_id   is 'The company.';
comment on column disposal_things.disposal_id is 'The proposal.';
comment on column disposal_things.thing_id    is 'The call or the journal; a recording by its call.';
comment on column disposal_things.entry       is 'Its place in the proposal, from 0, the oldest first.';
