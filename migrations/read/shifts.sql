-- Shifts as they were planned and as they were worked.

create table shifts (
  tenant_id               uuid        not null,
  shift_id                uuid        not null,
  agent_id                uuid        not null,
  agent_email             text,
  agent_name              text,
  location_id             uuid,
  location_name           text,
  team                    text,
  shift_date              date        not null,
  start_time              time        not null,
  end_time                time        not null,
  zone                    text        not null,
  scheduled_start         timestamptz not null,
  scheduled_end           timestamptz not null,
  settles_at              timestamptz not null,
  actual_start            timestamptz,
  actual_end              timestamptz,
  break_seconds           bigint      not null,
  lunch_seconds           bigint      not null,
  training_seconds        bigint      not null,
  meeting_seconds         bigint      not null,
  open_break              text,
  open_break_since        timestamptz,
  tardiness_minutes       bigint      not null,
  early_departure_minutes bigint      not null,
  shift_status            text        not null,
  call_target             bigint,
  appointment_target      bigint,
  quality_target          numeric(5, 2),
  reported                jsonb,
  notes                   text,
  reason                  text,
  corrected               boolean     not null,
  created_at              timestamptz not null,
  updated_at              timestamptz not null,
  version                 bigint      not null,
  position                bigint      not null,
  event_id                uuid        not null,
  primary key (tenant_id, shift_id)
);
create index on shifts (tenant_id, shift_date, agent_id);
create index on shifts (tenant_id, agent_id, shift_date);
create index on shifts (tenant_id, location_id, shift_date);
create index on shifts (tenant_id, scheduled_start);
create index on shifts (settles_at) where shift_status in ('scheduled', 'active');

comment on table shifts is 'One row per shift that is on the roster; an agent has one on a day at most.';
comment on column shifts.tenant_id               is 'The company.';
comment on column shifts.shift_id                is 'The shift; its id follows from company, agent and day.';
comment on column shifts.agent_id                is 'Whose shift it is.';
comment on column shifts.agent_email             is 'Their address when it was planned.';
comment on column shifts.agent_name              is 'Their name when it was planned.';
comment on column shifts.location_id             is 'Where they worked then.';
comment on column shifts.location_name           is 'What the place was called then.';
comment on column shifts.team                    is 'Their team then.';
comment on column shifts.shift_date              is 'The day on which it begins, on the clocks of the zone.';
comment on column shifts.start_time              is 'When it begins, as it stands on the roster.';
comment on column shifts.end_time                is 'When it ends; at or before the start: on the day after.';
comment on column shifts.zone                    is 'The reporting zone in force when it was planned (IANA).';
comment on column shifts.scheduled_start         is 'The instant at which it begins (UTC).';
comment on column shifts.scheduled_end           is 'The instant at which it ends (UTC).';
comment on column shifts.settles_at              is 'The instant at which it is settled by itself if nobody has done so, and until which it is reckoned if nobody ended it (UTC).';
comment on column shifts.actual_start            is 'When the agent came.';
comment on column shifts.actual_end              is 'When the agent went.';
comment on column shifts.break_seconds           is 'Seconds of breaks that are over.';
comment on column shifts.lunch_seconds           is 'Seconds of lunch that are over.';
comment on column shifts.training_seconds        is 'Seconds of training that are over.';
comment on column shifts.meeting_seconds         is 'Seconds of meetings that are over.';
comment on column shifts.open_break              is 'The break that is going on: break, lunch, training or meeting.';
comment on column shifts.open_break_since        is 'Since when.';
comment on column shifts.tardiness_minutes       is 'Whole minutes that the agent came late.';
comment on column shifts.early_departure_minutes is 'Whole minutes that the agent went early.';
comment on column shifts.shift_status            is 'scheduled, active, completed, absent or partial.';
comment on column shifts.call_target             is 'Calls that are to be handled.';
comment on column shifts.appointment_target      is 'Appointments that are to be scheduled.';
comment on column shifts.quality_target          is 'Per cent that reviews of the shift shall reach.';
comment on column shifts.reported                is 'What the agent''s own telephone counted, as it was handed in.';
comment on column shifts.notes                   is 'Notes of the roster, or those at the end.';
comment on column shifts.reason                  is 'Why the agent was absent, why it was corrected last, or that it was settled by itself.';
comment on column shifts.corrected               is 'Its times were set by hand.';
comment on column shifts.created_at              is 'When it was put on the roster, in business time (UTC).';
comment on column shifts.updated_at              is 'When it last changed, in business time (UTC).';
comment on column shifts.version                 is 'Version of the shift: how many events it has.';
comment on column shifts.position                is 'Place in the log of its last event.';
comment on column shifts.event_id                is 'Its last event.';
