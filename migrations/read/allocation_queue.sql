-- Which cases wait for an agency that Docket is to find, and where that search is switched off.

create table allocation_queue (
  tenant_id      uuid          not null,
  case_id        uuid          not null,
  waiting        boolean       not null,
  overdue_amount numeric(15,2) not null,
  currency       text          not null,
  rejected_by    jsonb         not null,
  noted          text,
  since          timestamptz   not null,
  cause          uuid          not null,
  position       bigint        not null,
  primary key (tenant_id, case_id)
) with (fillfactor = 85);
create index on allocation_queue (position) where waiting and noted is null;
create index on allocation_queue (position) where waiting and noted is not null;

comment on table allocation_queue is 'One row per case that is to be assigned automatically whenever it is open.';
comment on column allocation_queue.tenant_id      is 'The company whose case it is.';
comment on column allocation_queue.case_id        is 'The case.';
comment on column allocation_queue.waiting        is 'It is open and waits for an agency.';
comment on column allocation_queue.overdue_amount is 'What is owed, in currency.';
comment on column allocation_queue.currency       is 'Currency (ISO 4217).';
comment on column allocation_queue.rejected_by    is 'Ids of the agencies that gave it back and do not get it again.';
comment on column allocation_queue.noted          is 'Why no agency was found so far; null if none was looked for.';
comment on column allocation_queue.since          is 'Since when it waits, in business time (UTC).';
comment on column allocation_queue.cause          is 'The event since which it waits.';
comment on column allocation_queue.position       is 'Place in the log of that event.';

create table allocation_switches (
  tenant_id uuid    not null primary key,
  importing boolean not null,
  dated     jsonb   not null
);
comment on table allocation_switches is 'Where automatic assignment rests.';
comment on column allocation_switches.tenant_id is 'The company.';
comment on column allocation_switches.importing is 'A history is being imported; nothing is assigned meanwhile.';
comment on column allocation_switches.dated     is 'What the versions of the settings say (ai_assignment_enabled), oldest first: version, since, enabled.';
