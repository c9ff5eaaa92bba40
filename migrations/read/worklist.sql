-- Every case as the worklist and the case card show it, and how many there are of each kind.

create table cases (
  tenant_id           uuid          not null,
  case_id             uuid          not null,
  case_number         text          not null,
  customer_name       text,
  customer_email      text,
  customer_phone      text,
  customer_address    text,
  customer_facebook   text,
  customer_twitter    text,
  customer_instagram  text,
  customer_linkedin   text,
  overdue_amount      numeric(15,2) not null,
  currency            text          not null,
  ageing_days         integer       not null,
  status              text          not null,
  priority            text          not null,
  sla_started_at      timestamptz   not null,
  at_risk_at          timestamptz   not null,
  due_at              timestamptz   not null,
  sla_policy          integer       not null,
  sla_recorded        text,
  sla_judged          text,
  agency_id           uuid,
  allocation_reason   text,
  automatic           boolean       not null,
  auto_assign         boolean       not null,
  assigned_at         timestamptz,
  completed_at        timestamptz,
  outcome             text,
  escalation_level    integer       not null,
  escalation_reason   text,
  recovery_formula    text          not null,
  recovery_score      numeric(5,2)  not null,
  recovery_terms      jsonb         not null,
  rejected_by         jsonb         not null,
  notes               text,
  documents           jsonb         not null,
  search              text          not null,
  created_at          timestamptz   not null,
  primary key (tenant_id, case_id)
) with (fillfactor = 85);
create index on cases (tenant_id, created_at, case_id);
create index on cases (tenant_id, due_at, case_id);
create index on cases (tenant_id, overdue_amount, case_id);
create index on cases (tenant_id, recovery_score, case_id);
create index on cases (tenant_id, priority, case_id);
create index on cases (tenant_id, status, created_at, case_id);
-- Both at once: where hardly any case is left in a status, a walk along the other indexes would find nothing for very long.
create index on cases (tenant_id, status, priority, created_at, case_id);
create index on cases (tenant_id, agency_id, created_at, case_id);
create index on cases (tenant_id, case_number);
-- For counting the running cases whose deadline has passed but is not on record yet; the others follow from the counters.
create index on cases (tenant_id, at_risk_at) where sla_judged is null and sla_recorded is null;
create index on cases (tenant_id, due_at) where sla_judged is null and sla_recorded is distinct from 'breached';

comment on table cases is 'One row per debt case that was not deleted: what the worklist and the case card show.';
comment on column cases.tenant_id          is 'The company whose case it is.';
comment on column cases.case_id            is 'The case.';
comment on column cases.case_number        is 'Its number as people read it, for example CASE-2026-000123.';
comment on column cases.customer_name      is 'Who owes; null once the person is forgotten.';
comment on column cases.customer_email     is 'E-mail address of the customer.';
comment on column cases.customer_phone     is 'Telephone number of the customer.';
comment on column cases.customer_address   is 'Postal address of the customer.';
comment on column cases.customer_facebook  is 'Facebook page of the customer.';
comment on column cases.customer_twitter   is 'Twitter page of the customer.';
comment on column cases.customer_instagram is 'Instagram page of the customer.';
comment on column cases.customer_linkedin  is 'LinkedIn page of the customer.';
comment on column cases.overdue_amount     is 'What is owed, in currency.';
comment on column cases.currency           is 'Currency of overdue_amount and of all payments (ISO 4217).';
comment on column cases.ageing_days        is 'How many days the debt was old when the case was opened or last updated.';
comment on column cases.status             is 'open, assigned, in_progress, delayed, completed or closed.';
comment on column cases.priority           is 'P1 (most urgent), P2 or P3.';
comment on column cases.sla_started_at     is 'When the current SLA window began: the opening or the last reopening (UTC).';
comment on column cases.at_risk_at         is 'From this instant on a running case is at risk (UTC).';
comment on column cases.due_at             is 'Strictly after this instant a running case is breached (UTC).';
comment on column cases.sla_policy         is 'Version of the settings that set the window.';
comment on column cases.sla_recorded       is 'The last deadline of the current window that is on record: at_risk or breached.';
comment on column cases.sla_judged         is 'on_track, at_risk or breached as judged at the completion; null while the case runs.';
comment on column cases.agency_id          is 'The agency in charge, or that completed it; null while nobody is.';
comment on column cases.allocation_reason  is 'Why this agency was chosen, or why none could be.';
comment on column cases.automatic          is 'The agency in charge was chosen automatically.';
comment on column cases.auto_assign        is 'An agency is to be found automatically whenever the case is open.';
comment on column cases.assigned_at        is 'When the assignment in force was made (UTC).';
comment on column cases.completed_at       is 'When it was completed (UTC); null again after a reopening.';
comment on column cases.outcome            is 'What came of it, in the words of who completed it.';
comment on column cases.escalation_level   is '0, or the level from 1 to 9 to which it was escalated.';
comment on column cases.escalation_reason  is 'Why it was escalated.';
comment on column cases.recovery_formula   is 'Name and version of the formula of recovery_score.';
comment on column cases.recovery_score     is 'Estimate from 0 to 100 of how likely the debt is recovered, made at the opening.';
comment on column cases.recovery_terms     is 'The reasons of recovery_score and their points.';
comment on column cases.rejected_by        is 'Ids of the agencies that gave it back; automatic assignment spares them.';
comment on column cases.notes              is 'Notes.';
comment on column cases.documents          is 'Links to documents.';
comment on column cases.search             is 'Case number, name and e-mail address in small letters: what a search looks through.';
comment on column cases.created_at         is 'When it was opened, in business time (UTC).';

-- What changes with every event stands apart, so that a payment need not write the whole case again.
create table case_activity (
  tenant_id      uuid          not null,
  case_id        uuid          not null,
  amount_paid    numeric(20,2) not null,
  updated_minute timestamptz   not null,
  updated_at     timestamptz   not null,
  version        bigint        not null,
  position       bigint        not null,
  primary key (tenant_id, case_id)
) with (fillfactor = 60);
-- By the minute: a row that changes twice within one need not be moved in any index, for which the pages have room.
create index on case_activity (tenant_id, updated_minute);

comment on table case_activity is 'One row per row of cases: what was paid, and when something last happened.';
comment on column case_activity.tenant_id      is 'The company whose case it is.';
comment on column case_activity.case_id        is 'The case.';
comment on column case_activity.amount_paid    is 'Sum of all payments, in the currency of the case; what exceeds overdue_amount is credit.';
comment on column case_activity.updated_minute is 'updated_at without its seconds, to sort by.';
comment on column case_activity.updated_at     is 'When the case last changed, in business time (UTC).';
comment on column case_activity.version        is 'Version of the case: how many events it has.';
comment on column case_activity.position       is 'Place in the log of its last event.';

create table case_counts (
  tenant_id uuid   not null,
  status    text   not null,
  priority  text   not null,
  on_track  bigint not null,
  at_risk   bigint not null,
  breached  bigint not null,
  primary key (tenant_id, status, priority)
) with (fillfactor = 50);
comment on table case_counts is 'How many cases there are of each kind, kept so that nobody has to count.';
comment on column case_counts.tenant_id is 'The company whose cases they are.';
comment on column case_counts.status    is 'Their status, as in cases.';
comment on column case_counts.priority  is 'Their priority.';
comment on column case_counts.on_track  is 'Cases judged on_track at their completion; running ones of whose window no deadline is on record.';
comment on column case_counts.at_risk   is 'Cases judged at_risk at their completion; running ones of which that is on record and no breach.';
comment on column case_counts.breached  is 'Cases judged breached at their completion; running ones whose breach is on record.';

create table case_amounts (
  tenant_id uuid  not null primary key,
  amounts   jsonb not null
) with (fillfactor = 50);
comment on table case_amounts is 'What is owed and was paid on all cases of a company.';
comment on column case_amounts.tenant_id is 'The company.';
comment on column case_amounts.amounts   is 'By currency: sum of overdue_amount and of amount_paid, for example {"USD": {"overdue": 12.50, "paid": 0.00}}.';
