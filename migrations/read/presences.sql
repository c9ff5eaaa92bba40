-- What every telephone is doing, as far as is known.

create table presences (
  tenant_id     uuid        not null,
  extension     text        not null,
  agent_id      uuid,
  agent_email   text,
  agent_name    text,
  location_id   uuid,
  location_name text,
  team          text,
  state         text        not null,
  since         timestamptz not null,
  call_key      text,
  other_number  text,
  queue_name    text,
  source_id     uuid,
  noted_at      timestamptz not null,
  version       bigint      not null,
  position      bigint      not null,
  primary key (tenant_id, extension)
);
create index on presences (tenant_id, location_id);
create index on presences (tenant_id, agent_id);

comment on table presences is 'One row per telephone of which something was ever said.';
comment on column presences.tenant_id     is 'The company.';
comment on column presences.extension     is 'The number of the telephone within the house.';
comment on column presences.agent_id      is 'Who held it then; null if nobody did.';
comment on column presences.agent_email   is 'Their address then.';
comment on column presences.agent_name    is 'Their name then.';
comment on column presences.location_id   is 'Where they worked then.';
comment on column presences.location_name is 'What the place was called.';
comment on column presences.team          is 'Their team then.';
comment on column presences.state         is 'available, ringing, on_call, wrap_up, away, dnd or offline.';
comment on column presences.since         is 'Since when, as the telephone system says (UTC).';
comment on column presences.call_key      is 'The call it is in, by the telephone system''s own name for it.';
comment on column presences.other_number  is 'Who is at the other end.';
comment on column presences.queue_name    is 'The queue the call came from.';
comment on column presences.source_id     is 'The telephone system that said so; null if a person did.';
comment on column presences.noted_at      is 'When Docket was told, in business time (UTC).';
comment on column presences.version       is 'How often what it does has changed.';
comment on column presences.position      is 'Place in the log of the last event.';
