-- The telephone systems that calls come from.

create table sources (
  tenant_id     uuid        not null,
  source_id     uuid        not null,
  name          text        not null,
  timezone      text        not null,
  fields        jsonb       not null,
  key           text        not null,
  location_id   uuid,
  location_name text,
  base_url      text,
  client_id     text,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  version       bigint      not null,
  position      bigint      not null,
  primary key (tenant_id, source_id)
);
create index on sources (tenant_id, created_at, source_id);

comment on table sources is 'One row per telephone system whose records are taken in.';
comment on column sources.tenant_id     is 'The company.';
comment on column sources.source_id     is 'The telephone system.';
comment on column sources.name          is 'What it is called.';
comment on column sources.timezone      is 'The zone of its clock times (IANA).';
comment on column sources.fields        is 'The order of the fields in its lines.';
comment on column sources.key           is 'The field that tells its calls apart: callid or historyid.';
comment on column sources.location_id   is 'Where its calls belong that no agent had.';
comment on column sources.location_name is 'What the place was called when it was given.';
comment on column sources.base_url      is 'Where it answers questions.';
comment on column sources.client_id     is 'As whom it is asked for a token; null: its key is the token.';
comment on column sources.created_at    is 'When it was added, in business time (UTC).';
comment on column sources.updated_at    is 'When this last changed, in business time (UTC).';
comment on column sources.version       is 'Version of the source: how many events it has.';
comment on column sources.position      is 'Place in the log of its last event.';
