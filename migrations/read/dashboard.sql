-- The dashboard: what happened on each day, counted in the company's own time zone.

create table dashboard_zones (
  tenant_id uuid  not null primary key,
  zones     jsonb not null
);
comment on table dashboard_zones is 'In which time zone a company counts its days.';
comment on column dashboard_zones.tenant_id is 'The company.';
comment on column dashboard_zones.zones     is 'Its time zones, oldest first: version of the settings, from when, IANA name.';

create table dashboard_days (
  tenant_id uuid   not null,
  day       date   not null,
  opened    bigint not null,
  assigned  bigint not null,
  accepted  bigint not null,
  rejected  bigint not null,
  delayed   bigint not null,
  resumed   bigint not null,
  escalated bigint not null,
  completed bigint not null,
  closed    bigint not null,
  reopened  bigint not null,
  deleted   bigint not null,
  at_risk   bigint not null,
  breached  bigint not null,
  payments  bigint not null,
  primary key (tenant_id, day)
) with (fillfactor = 50);
comment on table dashboard_days is 'How often what happened to cases on a day.';
comment on column dashboard_days.tenant_id is 'The company whose cases they are.';
comment on column dashboard_days.day       is 'The day, in the time zone of the company in force at the time.';
comment on column dashboard_days.opened    is 'Cases opened.';
comment on column dashboard_days.assigned  is 'Assignments to an agency.';
comment on column dashboard_days.accepted  is 'Acceptances by an agency.';
comment on column dashboard_days.rejected  is 'Rejections by an agency.';
comment on column dashboard_days.delayed   is 'Delays.';
comment on column dashboard_days.resumed   is 'Resumptions after a delay.';
comment on column dashboard_days.escalated is 'Escalations.';
comment on column dashboard_days.completed is 'Completions.';
comment on column dashboard_days.closed    is 'Cases closed.';
comment on column dashboard_days.reopened  is 'Cases reopened.';
comment on column dashboard_days.deleted   is 'Cases deleted.';
comment on column dashboard_days.at_risk   is 'Cases that became at risk.';
comment on column dashboard_days.breached  is 'Cases whose SLA was breached.';
comment on column dashboard_days.payments  is 'Payments received.';

create table dashboard_amounts (
  tenant_id uuid          not null,
  day       date          not null,
  currency  text          not null,
  opened    numeric(24,2) not null,
  paid      numeric(24,2) not null,
  primary key (tenant_id, day, currency)
) with (fillfactor = 50);
comment on table dashboard_amounts is 'Which amounts came in on a day.';
comment on column dashboard_amounts.tenant_id is 'The company whose cases they are.';
comment on column dashboard_amounts.day       is 'The day, in the time zone of the company in force at the time.';
comment on column dashboard_amounts.currency  is 'Currency (ISO 4217).';
comment on column dashboard_amounts.opened    is 'Overdue amounts of the cases opened, in currency.';
comment on column dashboard_amounts.paid      is 'Payments received, in currency.';
