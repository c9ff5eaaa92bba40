-- The agencies that collect debts: how to reach them, what they take on, how busy they are.

create table agencies (
  tenant_id       uuid          not null,
  agency_id       uuid          not null,
  name            text          not null,
  contact_person  text,
  email           text,
  phone           text,
  website_url     text,
  max_capacity    integer       not null,
  min_debt_amount numeric(15,2) not null,
  max_debt_amount numeric(15,2),
  is_active       boolean       not null,
  active_cases    integer       not null,
  created_at      timestamptz   not null,
  updated_at      timestamptz   not null,
  version         bigint        not null,
  position        bigint        not null,
  primary key (tenant_id, agency_id)
) with (fillfactor = 50);
create index on agencies (tenant_id, name, agency_id);

comment on table agencies is 'One row per agency.';
comment on column agencies.tenant_id       is 'The company it works for.';
comment on column agencies.agency_id       is 'The agency.';
comment on column agencies.name            is 'Its name.';
comment on column agencies.contact_person  is 'Whom to ask for.';
comment on column agencies.email           is 'E-mail address.';
comment on column agencies.phone           is 'Telephone number.';
comment on column agencies.website_url     is 'Website.';
comment on column agencies.max_capacity    is 'How many cases it may have at once.';
comment on column agencies.min_debt_amount is 'It takes cases from this amount on.';
comment on column agencies.max_debt_amount is 'It takes cases up to this amount; null: any.';
comment on column agencies.is_active       is 'It may be given further cases.';
comment on column agencies.active_cases    is 'How many of its places are taken.';
comment on column agencies.created_at      is 'When it was registered, in business time (UTC).';
comment on column agencies.updated_at      is 'When its details or its activity last changed, in business time (UTC).';
comment on column agencies.version         is 'Version of the agency: how many events it has.';
comment on column agencies.position        is 'Place in the log of its last event.';
