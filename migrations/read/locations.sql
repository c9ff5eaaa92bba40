-- The sites of a company.

create table locations (
  tenant_id   uuid        not null,
  location_id uuid        not null,
  name        text        not null,
  timezone    text        not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  version     bigint      not null,
  position    bigint      not null,
  primary key (tenant_id, location_id)
);
create index on locations (tenant_id, name, location_id);

comment on table locations is 'One row per site that is in use.';
comment on column locations.tenant_id   is 'The company whose site it is.';
comment on column locations.location_id is 'The site.';
comment on column locations.name        is 'Its name.';
comment on column locations.timezone    is 'Its time zone (IANA).';
comment on column locations.created_at  is 'When it was added, in business time (UTC).';
comment on column locations.updated_at  is 'When it last changed, in business time (UTC).';
comment on column locations.version     is 'Version of the site: how many events it has.';
comment on column locations.position    is 'Place in the log of its last event.';
