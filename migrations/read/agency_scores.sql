-- How well agencies work: what each did, with how many points it counts, and the settings by which it was judged.

create table agency_score_policies (
  tenant_id    uuid  not null primary key,
  versions     jsonb not null,
  restatements jsonb not null
);
comment on table agency_score_policies is 'The settings by which a company judges its agencies.';
comment on column agency_score_policies.tenant_id    is 'The company.';
comment on column agency_score_policies.versions     is 'All published versions, oldest first: version, from, values.';
comment on column agency_score_policies.restatements is 'The restatements that hold, oldest first: restatement, from, until, version, reason.';

create table agency_scores (
  tenant_id          uuid          not null,
  agency_id          uuid          not null,
  completed          bigint        not null,
  rejected           bigint        not null,
  delays             bigint        not null,
  quick              bigint        not null,
  slow_days          bigint        not null,
  at_risk            bigint        not null,
  breached           bigint        not null,
  processing_seconds bigint        not null,
  points             numeric(24,4) not null,
  primary key (tenant_id, agency_id)
) with (fillfactor = 50);
comment on table agency_scores is 'Per agency that did something: all its deeds, counted as they were judged at the time. agency.score@1 is 100 + points, clamped to 0 … 120, unless a restatement holds.';
comment on column agency_scores.tenant_id          is 'The company it works for.';
comment on column agency_scores.agency_id          is 'The agency.';
comment on column agency_scores.completed          is 'Completions.';
comment on column agency_scores.rejected           is 'Rejections.';
comment on column agency_scores.delays             is 'Delays.';
comment on column agency_scores.quick              is 'Completions quick enough for the reward.';
comment on column agency_scores.slow_days          is 'Whole days of processing over the threshold, all completions together.';
comment on column agency_scores.at_risk            is 'Completions while the case was at risk.';
comment on column agency_scores.breached           is 'Completions after the SLA was breached.';
comment on column agency_scores.processing_seconds is 'Whole seconds from assignment to completion, all completions together.';
comment on column agency_scores.points             is 'Rewards less penalties, each under the settings in force at its time.';

create table agency_score_entries (
  tenant_id      uuid          not null,
  agency_id      uuid          not null,
  position       bigint        not null,
  event_id       uuid          not null,
  occurred_at    timestamptz   not null,
  case_id        uuid          not null,
  deed           text          not null,
  days           bigint,
  sla            text,
  seconds        bigint        not null,
  policy_version integer       not null,
  quick          boolean       not null,
  slow_days      bigint        not null,
  handled        bigint        not null,
  points         numeric(20,4) not null,
  floored        numeric(20,4) not null,
  primary key (tenant_id, agency_id, position)
);
create index on agency_score_entries (tenant_id, agency_id, occurred_at) include (floored, handled);

comment on table agency_score_entries is 'One row per deed of an agency: the account from which both scores are drawn.';
comment on column agency_score_entries.tenant_id      is 'The company it works for.';
comment on column agency_score_entries.agency_id      is 'The agency.';
comment on column agency_score_entries.position       is 'Place in the log of the event.';
comment on column agency_score_entries.event_id       is 'The event.';
comment on column agency_score_entries.occurred_at    is 'When it happened, in business time (UTC).';
comment on column agency_score_entries.case_id        is 'The case it was about.';
comment on column agency_score_entries.deed           is 'completed, rejected or delayed.';
comment on column agency_score_entries.days           is 'Whole days from assignment to completion; null unless completed.';
comment on column agency_score_entries.sla            is 'on_track, at_risk or breached at the completion; null unless completed.';
comment on column agency_score_entries.seconds        is 'Whole seconds from assignment to completion; 0 unless completed.';
comment on column agency_score_entries.policy_version is 'Version of the settings in force at the time.';
comment on column agency_score_entries.quick          is 'A completion quick enough for the reward.';
comment on column agency_score_entries.slow_days      is 'Whole days of processing over the threshold.';
comment on column agency_score_entries.handled        is '1 for a completion or a rejection, 0 for a delay.';
comment on column agency_score_entries.points         is 'Its points as agency.score@1 counts them.';
comment on column agency_score_entries.floored        is 'Its points as agency.score@2 counts them: never below -10.';

create table agency_score_hours (
  tenant_id uuid          not null,
  agency_id uuid          not null,
  hour      timestamptz   not null,
  handled   bigint        not null,
  floored   numeric(20,4) not null,
  primary key (tenant_id, agency_id, hour)
) with (fillfactor = 50);
comment on table agency_score_hours is 'What the deeds of an agency within an hour come to in agency.score@2.';
comment on column agency_score_hours.tenant_id is 'The company it works for.';
comment on column agency_score_hours.agency_id is 'The agency.';
comment on column agency_score_hours.hour      is 'First instant of the hour, in business time (UTC).';
comment on column agency_score_hours.handled   is 'Completions and rejections.';
comment on column agency_score_hours.floored   is 'Points, no deed with less than -10.';
