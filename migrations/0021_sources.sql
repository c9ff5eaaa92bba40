-- By what telephone systems prove themselves, and by what Docket proves itself to them.

create table vault.source_secrets (
  tenant_id uuid        not null,
  source_id uuid        not null,
  secret    bytea       not null,
  made_at   timestamptz not null,
  -- Null: it is the one in use.
  until     timestamptz
);
create unique index one_source_secret_in_use on vault.source_secrets (tenant_id, source_id) where until is null;
create index on vault.source_secrets (source_id);
comment on table vault.source_secrets is 'By what records from telephone systems are known to be theirs: the secret in use, and older ones until they no longer count.';

create table vault.source_keys (
  tenant_id uuid not null,
  source_id uuid not null,
  key       text not null,
  primary key (tenant_id, source_id)
);
comment on table vault.source_keys is 'The key by which each telephone system answers Docket''s questions.';

-- How far files of records have been taken in, so that a run that was cut off goes on there.
create table vault.cdr_files (
  tenant_id  uuid        not null,
  source_id  uuid        not null,
  path       text        not null,
  -- SHA-256 of the first bytes (as many as head_bytes says): another file under the same name begins anew.
  head       bytea       not null,
  head_bytes bigint      not null,
  taken      bigint      not null,
  updated_at timestamptz not null,
  primary key (tenant_id, source_id, path)
);
comment on table vault.cdr_files is 'How many bytes of each file of records have been taken in.';

grant select, insert, update, delete on vault.source_secrets, vault.source_keys, vault.cdr_files to docket_app;
