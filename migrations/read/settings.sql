-- The settings of a company, every version of them, and what was judged anew by one of them.

create table settings (
  tenant_id      uuid        not null,
  version        integer     not null,
  in_force_from  timestamptz not null,
  chosen         jsonb       not null,
  published_at   timestamptz not null,
  published_by   text        not null,
  withdrawn_at   timestamptz,
  stream_version bigint      not null,
  position       bigint      not null,
  primary key (tenant_id, version)
);
comment on table settings is 'One row per version of a company''s settings. The first has always been in force.';
comment on column settings.tenant_id      is 'The company.';
comment on column settings.version        is 'Version: 1, 2, 3 …';
comment on column settings.in_force_from  is 'From when it is in force (UTC).';
comment on column settings.chosen         is 'All settings by name; a notify_… that is absent is on.';
comment on column settings.published_at   is 'When it was published, in business time (UTC).';
comment on column settings.published_by   is 'Who published it: user:<id>, process:<name> or operator.';
comment on column settings.withdrawn_at   is 'When it was withdrawn before it was in force; null if it was not.';
comment on column settings.stream_version is 'Version of the stream of settings after it.';
comment on column settings.position       is 'Place in the log of its event.';

create table restatements (
  tenant_id      uuid        not null,
  restatement    integer     not null,
  starts_at      timestamptz not null,
  ends_at        timestamptz not null,
  version        integer     not null,
  reason         text        not null,
  restated_at    timestamptz not null,
  restated_by    text        not null,
  undone_at      timestamptz,
  undone_by      text,
  undone_because text,
  stream_version bigint      not null,
  position       bigint      not null,
  primary key (tenant_id, restatement)
);
comment on table restatements is 'Stretches of the past in which agencies are judged by another version of the settings than the one in force then.';
comment on column restatements.tenant_id      is 'The company.';
comment on column restatements.restatement    is 'Its number: 1, 2, 3 …';
comment on column restatements.starts_at      is 'First instant of the stretch (UTC).';
comment on column restatements.ends_at        is 'First instant after it (UTC).';
comment on column restatements.version        is 'Version of the settings by which it is judged.';
comment on column restatements.reason         is 'Why.';
comment on column restatements.restated_at    is 'When that was decided, in business time (UTC).';
comment on column restatements.restated_by    is 'Who decided it: user:<id>, process:<name> or operator.';
comment on column restatements.undone_at      is 'When it was taken back; null while it holds.';
comment on column restatements.undone_by      is 'Who took it back.';
comment on column restatements.undone_because is 'Why it was taken back.';
comment on column restatements.stream_version is 'Version of the stream of settings after its last event.';
comment on column restatements.position       is 'Place in the log of its last event.';
