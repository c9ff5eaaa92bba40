-- What must never stand in the log: passwords, keys and sessions. Only Docket's own connections may touch it.

create schema vault;
comment on schema vault is 'Passwords (hashed), keys and sessions. Not events: they can be changed and forgotten.';

create table vault.secrets (
  name  text primary key,
  value bytea not null
);
comment on table vault.secrets is 'Keys that Docket made for itself at its first start.';

create table vault.credentials (
  user_id       uuid primary key,
  tenant_id     uuid not null,
  password_hash text not null,
  changed_at    timestamptz not null
);
comment on table vault.credentials is 'The password of each person who signs in by one, as an argon2id hash.';

create table vault.refresh_tokens (
  hash       bytea primary key,
  family     uuid not null,
  user_id    uuid not null,
  tenant_id  uuid not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  revoked_at timestamptz
);
create index on vault.refresh_tokens (family);
create index on vault.refresh_tokens (user_id);
create index on vault.refresh_tokens (expires_at);
comment on table vault.refresh_tokens is 'Sessions: each token is good for one renewal; a second use ends its whole family, because one of the two is a thief.';

create table vault.login_failures (
  scope    text not null check (scope in ('account', 'address')),
  key      bytea not null,
  failures integer not null,
  first_at timestamptz not null,
  until    timestamptz,
  primary key (scope, key)
);
create index on vault.login_failures (first_at);
comment on table vault.login_failures is 'Failed sign-ins by account and by network address (both hashed), and until when the next try must wait.';

revoke all on schema vault from public;
grant usage on schema vault to docket_app;
grant select, insert on vault.secrets to docket_app;
grant select, insert, update, delete on vault.credentials, vault.refresh_tokens, vault.login_failures to docket_app;
