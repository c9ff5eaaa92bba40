-- The people who sign in.

create table people (
  tenant_id         uuid        not null,
  user_id           uuid        not null,
  email             text,
  first_name        text,
  last_name         text,
  roles             jsonb       not null,
  is_active         boolean     not null,
  location_id       uuid,
  staff_of          jsonb       not null,
  profile_image_url text,
  last_login_at     timestamptz,
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  version           bigint      not null,
  position          bigint      not null,
  primary key (tenant_id, user_id)
);
create index on people (tenant_id, created_at, user_id);
create index on people (lower(email));

comment on table people is 'One row per person who has or had an account.';
comment on column people.tenant_id         is 'The company they work for.';
comment on column people.user_id           is 'The person.';
comment on column people.email             is 'The address they sign in with; null once the person is forgotten.';
comment on column people.first_name        is 'First name.';
comment on column people.last_name         is 'Last name.';
comment on column people.roles             is 'Their roles, for example ["supervisor"].';
comment on column people.is_active         is 'They may sign in.';
comment on column people.location_id       is 'Where they sit.';
comment on column people.staff_of          is 'The locations to whose staff they belong, besides the one where they sit.';
comment on column people.profile_image_url is 'Their picture.';
comment on column people.last_login_at     is 'When they last signed in (UTC).';
comment on column people.created_at        is 'When the account was made, in business time (UTC).';
comment on column people.updated_at        is 'When their details or their access last changed, in business time (UTC).';
comment on column people.version           is 'Version of the account: how many events it has.';
comment on column people.position          is 'Place in the log of its last event.';
