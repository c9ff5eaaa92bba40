-- How much each telephone system has sent, when it last did, and when it was asked.

create table source_activity (
  tenant_id           uuid        not null,
  source_id           uuid        not null,
  calls               bigint      not null,
  held                bigint      not null,
  last_call_at        timestamptz,
  last_held_at        timestamptz,
  last_synced_at      timestamptz,
  last_sync_failed_at timestamptz,
  sync_failure        text,
  primary key (tenant_id, source_id)
);

comment on table source_activity is 'One row per telephone system from which anything ever came, or that was ever asked.';
comment on column source_activity.tenant_id    is 'The company.';
comment on column source_activity.source_id    is 'The telephone system.';
comment on column source_activity.calls        is 'How many calls it told of.';
comment on column source_activity.held         is 'How many of its records could not be understood when they came in.';
comment on column source_activity.last_call_at is 'When the first record of a call came in last, by Docket''s clock (UTC).';
comment on column source_activity.last_held_at is 'When a record came in last that could not be understood, by Docket''s clock (UTC).';
comment on column source_activity.last_synced_at      is 'When it was asked last and answered, by Docket''s clock (UTC).';
comment on column source_activity.last_sync_failed_at is 'When it was asked last and did not answer as it should, by Docket''s clock (UTC).';
comment on column source_activity.sync_failure        is 'What was wrong then; null once it has answered again.';
