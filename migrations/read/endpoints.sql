-- Where a company wants to be told.

create table endpoints (
  tenant_id   uuid        not null,
  endpoint_id uuid        not null,
  url         text,
  email       text,
  kinds       text[]      not null,
  description text,
  standing    text        not null,
  reason      text,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  version     bigint      not null,
  position    bigint      not null,
  primary key (tenant_id, endpoint_id)
);

comment on table endpoints is 'One row per place outside where a company wants to be told.';
comment on column endpoints.tenant_id   is 'The company.';
comment on column endpoints.endpoint_id is 'The endpoint.';
comment on column endpoints.url         is 'The web address, if it is one.';
comment on column endpoints.email       is 'The e-mail address, if it is one.';
comment on column endpoints.kinds       is 'Of what it is told: sla_at_risk, sla_breached, assigned, rejected.';
comment on column endpoints.description is 'What it is for.';
comment on column endpoints.standing    is 'active, paused (by somebody) or disabled (by Docket).';
comment on column endpoints.reason      is 'Why it was disabled.';
comment on column endpoints.created_at  is 'When it was added, in business time (UTC).';
comment on column endpoints.updated_at  is 'When it last changed, in business time (UTC).';
comment on column endpoints.version     is 'Version of the endpoint: how many events it has.';
comment on column endpoints.position    is 'Place in the log of its last event.';
