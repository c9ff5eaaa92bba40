-- The campaigns of a call centre, and what came of every call made for one.

create table campaigns (
  tenant_id              uuid        not null,
  campaign_id            uuid        not null,
  name                   text        not null,
  campaign_type          text        not null,
  start_date             date        not null,
  end_date               date        not null,
  status                 text        not null,
  reason                 text,
  target_audience        text        not null,
  target_call_count      bigint,
  target_conversion_rate numeric,
  agents                 jsonb       not null,
  assigned_agents        uuid[]      not null,
  priority_level         text        not null,
  calls_attempted        bigint      not null,
  calls_completed        bigint      not null,
  successful_outcomes    bigint      not null,
  call_script            text,
  talking_points         text[]      not null,
  required_documentation text[]      not null,
  training_materials     text[]      not null,
  notes                  text,
  created_by             text        not null,
  managed_by             uuid,
  started_at             timestamptz,
  ended_at               timestamptz,
  created_at             timestamptz not null,
  updated_at             timestamptz not null,
  version                bigint      not null,
  position               bigint      not null,
  primary key (tenant_id, campaign_id)
) with (fillfactor = 80);
create index on campaigns (tenant_id, start_date desc, campaign_id);

comment on table campaigns is 'One row per campaign (B.T6).';
comment on column campaigns.tenant_id              is 'The company.';
comment on column campaigns.campaign_id            is 'The campaign.';
comment on column campaigns.name                   is 'Its name.';
comment on column campaigns.campaign_type          is 'outbound_appointments, follow_up, satisfaction_survey or retention.';
comment on column campaigns.start_date             is 'Its first day.';
comment on column campaigns.end_date               is 'Its last day.';
comment on column campaigns.status                 is 'planned, active, paused, completed or cancelled.';
comment on column campaigns.reason                 is 'What was said when it was paused, completed or cancelled.';
comment on column campaigns.target_audience        is 'Who is to be called.';
comment on column campaigns.target_call_count      is 'How many calls are to be made.';
comment on column campaigns.target_conversion_rate is 'How many per cent of the completed calls are to be successful.';
comment on column campaigns.agents                 is 'Who calls for it, as they were when assigned: agent_id, email, name, location_id, team.';
comment on column campaigns.assigned_agents        is 'The same by id.';
comment on column campaigns.priority_level         is 'urgent, high, normal or low.';
comment on column campaigns.calls_attempted        is 'Calls logged.';
comment on column campaigns.calls_completed        is 'Of these, the ones in which somebody was spoken with.';
comment on column campaigns.successful_outcomes    is 'Of these, the ones that served the purpose.';
comment on column campaigns.call_script            is 'What to say.';
comment on column campaigns.talking_points         is 'What to mention.';
comment on column campaigns.required_documentation is 'What to write down.';
comment on column campaigns.training_materials     is 'What to know before.';
comment on column campaigns.notes                  is 'Notes.';
comment on column campaigns.created_by             is 'Who planned it: user:<id>, process:<name> or operator.';
comment on column campaigns.managed_by             is 'Who looks after it.';
comment on column campaigns.started_at             is 'When it was started, in business time (UTC).';
comment on column campaigns.ended_at               is 'When it was completed or cancelled, in business time (UTC).';
comment on column campaigns.created_at             is 'When it was planned, in business time (UTC).';
comment on column campaigns.updated_at             is 'When it last changed or was called for, in business time (UTC).';
comment on column campaigns.version                is 'Version of the campaign: how many events it has.';
comment on column campaigns.position               is 'Place in the log of its last event.';

create table campaign_calls (
  tenant_id     uuid        not null,
  campaign_id   uuid        not null,
  log_id        uuid        not null,
  call_id       uuid,
  agent_id      uuid        not null,
  agent_email   text,
  agent_name    text,
  location_id   uuid,
  location_name text,
  team          text,
  number        text,
  outcome       text        not null,
  rule          text        not null,
  completed     boolean     not null,
  successful    boolean     not null,
  notes         text,
  day           date        not null,
  occurred_at   timestamptz not null,
  event_id      uuid        not null,
  position      bigint      not null,
  primary key (tenant_id, campaign_id, log_id)
);
create index on campaign_calls (tenant_id, campaign_id, position);
create index on campaign_calls (tenant_id, day);

comment on table campaign_calls is 'One row per call that was logged for a campaign.';
comment on column campaign_calls.tenant_id     is 'The company.';
comment on column campaign_calls.campaign_id   is 'The campaign.';
comment on column campaign_calls.log_id        is 'The entry.';
comment on column campaign_calls.call_id       is 'The record of the call, if there is one.';
comment on column campaign_calls.agent_id      is 'Who called.';
comment on column campaign_calls.agent_email   is 'Their address at the time.';
comment on column campaign_calls.agent_name    is 'Their name at the time.';
comment on column campaign_calls.location_id   is 'Where they worked at the time.';
comment on column campaign_calls.location_name is 'What the place was called.';
comment on column campaign_calls.team          is 'Their team at the time.';
comment on column campaign_calls.number        is 'The number that was called; null once its call was kept long enough.';
comment on column campaign_calls.outcome       is 'What came of it.';
comment on column campaign_calls.rule          is 'By what it counts as completed and successful: campaign.outcome@1, or as_said where somebody knew better.';
comment on column campaign_calls.completed     is 'Somebody was spoken with.';
comment on column campaign_calls.successful    is 'It served the purpose.';
comment on column campaign_calls.notes         is 'Notes; null once its call was kept long enough.';
comment on column campaign_calls.day           is 'The day on the clocks of the reporting zone in force at the time.';
comment on column campaign_calls.occurred_at   is 'When, in business time (UTC).';
comment on column campaign_calls.event_id      is 'The event on the log.';
comment on column campaign_calls.position      is 'Place in the log of the event.';

create table campaign_logs_of_calls (
  tenant_id uuid  not null,
  call_id   uuid  not null,
  logs      jsonb not null,
  primary key (tenant_id, call_id)
);

comment on table campaign_logs_of_calls is 'One row per call that was logged for campaigns.';
comment on column campaign_logs_of_calls.tenant_id is 'The company.';
comment on column campaign_logs_of_calls.call_id   is 'The call.';
comment on column campaign_logs_of_calls.logs      is 'The entries about it: campaign_id and log_id.';
