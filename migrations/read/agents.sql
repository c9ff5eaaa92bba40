-- The agents of a call centre as they are now.

create table agents (
  tenant_id      uuid        not null,
  agent_id       uuid        not null,
  email          text,
  name           text,
  location_id    uuid,
  location_name  text,
  team           text,
  extension      text,
  hired_on       date,
  certifications jsonb       not null,
  is_active      boolean     not null,
  created_at     timestamptz not null,
  updated_at     timestamptz not null,
  version        bigint      not null,
  position       bigint      not null,
  primary key (tenant_id, agent_id)
);
create index on agents (tenant_id, lower(email));
create index on agents (tenant_id, location_id);
create index on agents (tenant_id, extension);

comment on table agents is 'One row per person who takes calls or once did.';
comment on column agents.tenant_id      is 'The company.';
comment on column agents.agent_id       is 'The agent, by the id of their account.';
comment on column agents.email          is 'Their address.';
comment on column agents.name           is 'First and last name.';
comment on column agents.location_id    is 'Where they work now.';
comment on column agents.location_name  is 'What the place was called when they came there.';
comment on column agents.team           is 'Their team.';
comment on column agents.extension      is 'Their telephone; null once they have left.';
comment on column agents.hired_on       is 'Since when they have done this work.';
comment on column agents.certifications is 'What they were certified for, oldest first: name, on, location, team.';
comment on column agents.is_active      is 'They take calls.';
comment on column agents.created_at     is 'When they were enrolled first, in business time (UTC).';
comment on column agents.updated_at     is 'When this last changed, in business time (UTC).';
comment on column agents.version        is 'Version of the agent: how many events they have.';
comment on column agents.position       is 'Place in the log of the last event.';
