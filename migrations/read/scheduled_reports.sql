-- Reports that made themselves, as they were made.

create table scheduled_reports (
  tenant_id    uuid        not null,
  report_id    uuid        not null,
  kind         text        not null,
  day          date        not null,
  from_day     date        not null,
  timezone     text        not null,
  report       jsonb       not null,
  actor        text        not null,
  generated_at timestamptz not null,
  version      bigint      not null,
  position     bigint      not null,
  primary key (tenant_id, report_id)
);
create index on scheduled_reports (tenant_id, day desc, kind);

comment on table scheduled_reports is 'One row per report that was made by itself or on request.';
comment on column scheduled_reports.tenant_id    is 'The company.';
comment on column scheduled_reports.report_id    is 'The report; its id follows from company, kind and day.';
comment on column scheduled_reports.kind         is 'daily, weekly or monthly.';
comment on column scheduled_reports.day          is 'The last day it is about, in the reporting zone.';
comment on column scheduled_reports.from_day     is 'The first.';
comment on column scheduled_reports.timezone     is 'The reporting zone when it was made.';
comment on column scheduled_reports.report       is 'What it said: totals, agents, teams, and the formulas of all figures.';
comment on column scheduled_reports.actor        is 'Who had it made: process:report_schedule or user:<id>.';
comment on column scheduled_reports.generated_at is 'When, in business time (UTC).';
comment on column scheduled_reports.version      is 'How many events it has.';
comment on column scheduled_reports.position     is 'Place in the log of the event.';
