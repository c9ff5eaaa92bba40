-- What agents and teams shall reach.

create table goals (
  tenant_id              uuid not null,
  goal_id                uuid not null,
  subject                text not null,
  agent_id               uuid,
  agent_email            text,
  agent_name             text,
  location_id            uuid,
  location_name          text,
  team                   text,
  goal_period            text not null,
  period_start_date      date not null,
  period_end_date        date not null,
  calls_per_day          numeric(6, 2),
  talk_time_percentage   numeric(5, 2),
  first_call_resolution  numeric(5, 2),
  customer_satisfaction  numeric(5, 2),
  appointment_conversion numeric(5, 2),
  quality_score          numeric(5, 2),
  total_goals            smallint not null,
  development_areas      text[] not null,
  coaching_focus         text,
  improvement_plan       text,
  recognition_earned     text[] not null,
  goal_status            text not null,
  status_reason          text,
  revisions              bigint not null,
  revision_reason        text,
  created_by             uuid,
  last_reviewed_at       timestamptz,
  reviewed_by            uuid,
  review_note            text,
  completed_at           timestamptz,
  reached_at             timestamptz,
  created_at             timestamptz not null,
  updated_at             timestamptz not null,
  version                bigint not null,
  position               bigint not null,
  event_id               uuid not null,
  primary key (tenant_id, goal_id)
);
create index on goals (tenant_id, agent_id, period_start_date);
create index on goals (tenant_id, location_id, period_start_date);
create index on goals (tenant_id, period_start_date, period_end_date);
create index on goals (tenant_id, period_end_date);

comment on table goals is 'One row per goal; what was reached is reckoned from calls, shifts and reviews when somebody asks.';
comment on column goals.tenant_id              is 'The company.';
comment on column goals.goal_id                is 'The goal; its id follows from whose it is and the period.';
comment on column goals.subject                is 'agent or team.';
comment on column goals.agent_id               is 'Whose goal it is; null for a team.';
comment on column goals.agent_email            is 'Their address when it was set.';
comment on column goals.agent_name             is 'Their name when it was set.';
comment on column goals.location_id            is 'Where they worked then, or the location of the team.';
comment on column goals.location_name          is 'What the place was called then.';
comment on column goals.team                   is 'Their team then, or the team; null for a whole location.';
comment on column goals.goal_period            is 'daily, weekly, monthly or quarterly.';
comment on column goals.period_start_date      is 'Its first day.';
comment on column goals.period_end_date        is 'Its last day.';
comment on column goals.calls_per_day          is 'Calls handled by agents and days (calls.per_agent_day@1).';
comment on column goals.talk_time_percentage   is 'Talk as a percentage of the available time (shift.talk_share@1).';
comment on column goals.first_call_resolution  is 'Per cent resolved at the first contact (calls.fcr@1).';
comment on column goals.customer_satisfaction  is 'Mean satisfaction from 1 to 5 (calls.satisfaction@1).';
comment on column goals.appointment_conversion is 'Per cent of calls with an appointment (calls.appointment_conversion@1).';
comment on column goals.quality_score          is 'Per cent of the points of reviews (qa.percentage@1).';
comment on column goals.total_goals            is 'How many targets are set, at least one.';
comment on column goals.development_areas      is 'What is to be developed.';
comment on column goals.coaching_focus         is 'What coaching looks at.';
comment on column goals.improvement_plan       is 'How to get there.';
comment on column goals.recognition_earned     is 'What was recognised.';
comment on column goals.goal_status            is 'active, revised, paused or completed.';
comment on column goals.status_reason          is 'What was said when it was paused or settled; null while it is in force.';
comment on column goals.revisions              is 'How often its targets changed.';
comment on column goals.revision_reason        is 'Why they changed last.';
comment on column goals.created_by             is 'Who set it.';
comment on column goals.last_reviewed_at       is 'When somebody last looked at it with those it is about.';
comment on column goals.reviewed_by            is 'Who did.';
comment on column goals.review_note            is 'What was said of it.';
comment on column goals.completed_at           is 'When it was settled.';
comment on column goals.reached_at             is 'When it was put on record that all targets were met in its time.';
comment on column goals.created_at             is 'When it was set, in business time (UTC).';
comment on column goals.updated_at             is 'When it last changed, in business time (UTC).';
comment on column goals.version                is 'Version of the goal: how many events it has.';
comment on column goals.position               is 'Place in the log of its last event.';
comment on column goals.event_id               is 'Its last event.';
