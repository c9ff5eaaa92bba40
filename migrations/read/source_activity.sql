-- How much each telephone system has sent, and when it last did.

create table source_activity (
  tenant_id    uuid        not null,
  source_id    uuid        not null,
  calls        bigint      not null,
  held         bigint      not null,
  last_call_at timestamptz,
  last_held_at timestamptz,
  primary key (tenant_id, source_id)
);

comment on table source_activity is 'One row per telephone system from which anything ever came.';
comment on column source_activity.tenant_id    is 'The company.';
comment on column source_activity.source_id    is 'The telephone system.';
comment on column source_activity.calls        is 'How many calls it told of.';
comment on column source_activity.held         is 'How many of its records could not be understood when they came in.';
comment on column source_activity.last_call_at is 'When the first record of a call came in last, by Docket''s clock (UTC).';
comment on column source_activity.last_held_at is 'When a record came in last that could not be understood, by Docket''s clock (UTC).';
