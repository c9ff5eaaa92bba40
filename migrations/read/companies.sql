-- The companies that use Docket.

create table companies (
  tenant_id         uuid        not null primary key,
  name              text        not null,
  subscription_plan text        not null,
  is_active         boolean     not null,
  max_users         integer     not null,
  max_channels      integer     not null,
  users             integer     not null,
  importing         boolean     not null,
  environment       text,
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  version           bigint      not null,
  position          bigint      not null
);
create index on companies (name, tenant_id);

comment on table companies is 'One row per company (tenant).';
comment on column companies.tenant_id         is 'The company.';
comment on column companies.name              is 'Its name.';
comment on column companies.subscription_plan is 'What it subscribed to.';
comment on column companies.is_active         is 'Its people may sign in.';
comment on column companies.max_users         is 'How many active users it may have.';
comment on column companies.max_channels      is 'How many conversation channels it may have.';
comment on column companies.users             is 'How many of its seats are taken.';
comment on column companies.importing         is 'A history is being imported right now.';
comment on column companies.environment       is 'production or sandbox; null if nobody said.';
comment on column companies.created_at        is 'When it was set up, in business time (UTC).';
comment on column companies.updated_at        is 'When its details last changed, in business time (UTC).';
comment on column companies.version           is 'Version of the company: how many events it has.';
comment on column companies.position          is 'Place in the log of its last event.';
