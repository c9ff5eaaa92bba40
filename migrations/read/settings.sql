-- The settings of a company, every version of them.

create table settings (
  tenant_id      uuid        not null,
  version        integer     not null,
  in_force_from  timestamptz not null,
  chosen         jsonb       not null,
  published_at   timestamptz not null,
  published_by   text        not null,
  stream_version bigint      not null,
  position       bigint      not null,
  primary key (tenant_id, version)
);
comment on table settings is 'One row per version of a company''s settings. The first has always been in force.';
comment on column settings.tenant_id      is 'The company.';
comment on column settings.version        is 'Version: 1, 2, 3 …';
comment on column settings.in_force_from  is 'From when it is in force (UTC).';
comment on column settings.chosen         is 'All settings by name.';
comment on column settings.published_at   is 'When it was published, in business time (UTC).';
comment on column settings.published_by   is 'Who published it: user:<id>, process:<name> or operator.';
comment on column settings.stream_version is 'Version of the stream of settings after it.';
comment on column settings.position       is 'Place in the log of its event.';
