-- Every call as its record shows it, and what calls come to by agent and day, and by hour.

create table calls (
  tenant_id                   uuid         not null,
  call_id                     uuid         not null,
  call_key                    text         not null,
  source_id                   uuid         not null,
  location_id                 uuid,
  location_name               text,
  team                        text,
  queue_name                  text,
  agent_extension             text,
  agent_id                    uuid,
  agent_email                 text,
  agent_name                  text,
  caller_number               text,
  caller_name                 text,
  called_number               text,
  call_direction              text         not null,
  call_type                   text,
  call_start_time             timestamptz  not null,
  call_answer_time            timestamptz,
  call_end_time               timestamptz,
  day                         date         not null,
  hour                        smallint     not null,
  -- bigint: legs that a telephone system with a wrong clock took for one call may lie decades apart.
  ring_seconds                bigint,
  talk_seconds                bigint,
  service_level_seconds       integer      not null,
  call_status                 text         not null,
  call_outcome                text,
  customer_satisfaction_score smallint,
  quality_score               numeric(5,2),
  patient_mrn                 text,
  appointment_scheduled       boolean      not null,
  appointment_date            date,
  appointment_type            text,
  provider_requested          text,
  first_call_resolution       boolean      not null,
  escalation_required         boolean      not null,
  escalation_reason           text,
  escalated_to                uuid,
  complaint_call              boolean      not null,
  follow_up_required          boolean      not null,
  follow_up_type              text,
  follow_up_date              date,
  follow_up_notes             text,
  follow_up_done              boolean      not null,
  recording_available         boolean      not null,
  recording_reference         text,
  recording_seconds           integer,
  recording_reviewed          boolean      not null,
  recording_score             smallint,
  compliance_notes            text,
  after_call_work_seconds     integer      not null,
  hold_time_seconds           integer      not null,
  transfer_count              integer      not null,
  campaign_id                 uuid,
  call_priority               text         not null,
  categorised                 jsonb,
  tags                        text[]       not null,
  wrapped_up                  boolean      not null,
  held                        boolean      not null,
  hold_reason                 text,
  legs                        integer      not null,
  rule                        text         not null,
  missed_by                   uuid[]       not null,
  missed_at                   jsonb        not null,
  search                      text         not null,
  created_at                  timestamptz  not null,
  updated_at                  timestamptz  not null,
  version                     bigint       not null,
  position                    bigint       not null,
  primary key (tenant_id, call_id)
) with (fillfactor = 85);
create index on calls (tenant_id, call_start_time, call_id);
-- What of an agent's calls is added up over their shifts is read from the index alone; the place is part of it because row security
-- looks at it.
create index on calls (tenant_id, agent_id, call_start_time, call_id) include (location_id, talk_seconds, after_call_work_seconds);
create index on calls (tenant_id, location_id, call_start_time, call_id);
-- By what calls are split in reports that no table of sums knows: two years are read from here in a tenth of the pages of the table.
create index on calls (tenant_id, day) include (location_id, agent_id, call_direction, call_type, call_status, call_outcome,
  call_priority, talk_seconds, first_call_resolution);
create index on calls (tenant_id, call_status, call_start_time, call_id);
create index on calls (tenant_id, call_outcome, appointment_scheduled);
create index on calls (tenant_id, call_outcome, call_start_time, call_id) where call_outcome is not null;
create index on calls (tenant_id, queue_name, call_start_time, call_id);
create index on calls (tenant_id, call_type, call_start_time, call_id) where call_type is not null;
create index on calls (tenant_id, call_priority, call_start_time, call_id) where call_priority <> 'normal';
create index on calls (tenant_id, campaign_id, call_start_time, call_id) where campaign_id is not null;
-- What somebody looks for because there are few of them.
create index on calls (tenant_id, call_start_time, call_id) where follow_up_required;
create index on calls (tenant_id, call_start_time, call_id) where recording_available;
create index on calls (tenant_id, call_start_time, call_id) where held;
create index on calls (tenant_id, call_start_time, call_id) where escalation_required;
create index on calls (tenant_id, call_start_time, call_id) where complaint_call;
create index on calls using gin (to_tsvector('simple', search));

comment on table calls is 'One row per call that is kept, however many legs it had.';
comment on column calls.tenant_id                   is 'The company whose call it is.';
comment on column calls.call_id                     is 'The call; it follows from the telephone system and its own id of the call.';
comment on column calls.call_key                    is 'The telephone system''s own id of the call.';
comment on column calls.source_id                   is 'The telephone system.';
comment on column calls.location_id                 is 'Where the agent worked at the time, else where the telephone system stands.';
comment on column calls.location_name               is 'What the place was called.';
comment on column calls.team                        is 'The team of the agent at the time.';
comment on column calls.queue_name                  is 'The queue it came through.';
comment on column calls.agent_extension             is 'The telephone on which it was taken or from which it was made.';
comment on column calls.agent_id                    is 'Who took it last, or made it; null if nobody is known to have.';
comment on column calls.agent_email                 is 'Their address at the time.';
comment on column calls.agent_name                  is 'Their name at the time.';
comment on column calls.caller_number               is 'Who called.';
comment on column calls.caller_name                 is 'The name shown for the caller.';
comment on column calls.called_number               is 'Whom they called.';
comment on column calls.call_direction              is 'inbound, outbound or internal.';
comment on column calls.call_type                   is 'appointment, prescription, billing, general or follow_up.';
comment on column calls.call_start_time             is 'When it began (UTC).';
comment on column calls.call_answer_time            is 'When it was answered (UTC).';
comment on column calls.call_end_time               is 'When it ended (UTC).';
comment on column calls.day                         is 'The day it began on, in the reporting zone.';
comment on column calls.hour                        is 'The hour it began in, in the reporting zone: 0 to 23.';
comment on column calls.ring_seconds                is 'Seconds until it was answered (call.ring_seconds@1).';
comment on column calls.talk_seconds                is 'Seconds from the answer to the end (call.talk_seconds@1).';
comment on column calls.service_level_seconds       is 'Within how many seconds it was to be answered, by the settings when it was recorded.';
comment on column calls.call_status                 is 'completed, missed, abandoned, transferred or voicemail.';
comment on column calls.call_outcome                is 'appointment_scheduled, information_provided, transfer_required or callback_scheduled.';
comment on column calls.customer_satisfaction_score is 'How content the caller was: 1 to 5.';
comment on column calls.quality_score               is 'A supervisor''s rating of the call: 1 to 100.';
comment on column calls.patient_mrn                 is 'Medical record number of the patient.';
comment on column calls.appointment_scheduled       is 'An appointment was made.';
comment on column calls.appointment_date            is 'The day of the appointment.';
comment on column calls.appointment_type            is 'What the appointment is for.';
comment on column calls.provider_requested          is 'The provider who was asked for.';
comment on column calls.first_call_resolution       is 'The matter was settled in this call.';
comment on column calls.escalation_required         is 'Somebody with more say was asked for.';
comment on column calls.escalation_reason           is 'Why.';
comment on column calls.escalated_to                is 'Who was asked, if somebody was named.';
comment on column calls.complaint_call              is 'The caller complained.';
comment on column calls.follow_up_required          is 'Something was to be done afterwards.';
comment on column calls.follow_up_type              is 'callback, appointment, provider_review or billing.';
comment on column calls.follow_up_date              is 'By when.';
comment on column calls.follow_up_notes             is 'What exactly.';
comment on column calls.follow_up_done              is 'It was done.';
comment on column calls.recording_available         is 'There is a recording.';
comment on column calls.recording_reference         is 'Where the recording is found.';
comment on column calls.recording_seconds           is 'How long the recording is.';
comment on column calls.recording_reviewed          is 'Somebody listened to the recording and said so.';
comment on column calls.recording_score             is 'What they rated it: 1 to 100.';
comment on column calls.compliance_notes            is 'Remarks on compliance.';
comment on column calls.after_call_work_seconds     is 'Seconds of work after the call.';
comment on column calls.hold_time_seconds           is 'Seconds the caller was put on hold.';
comment on column calls.transfer_count              is 'How often it was transferred.';
comment on column calls.campaign_id                 is 'The campaign it belongs to.';
comment on column calls.call_priority               is 'urgent, high, normal or low.';
comment on column calls.categorised                 is 'What the categoriser made of it last, with its evidence.';
comment on column calls.tags                        is 'Words by which it is found.';
comment on column calls.wrapped_up                  is 'Its agent said what came of it.';
comment on column calls.held                        is 'It must be kept, however old it gets.';
comment on column calls.hold_reason                 is 'Why.';
comment on column calls.legs                        is 'How many legs are on record.';
comment on column calls.rule                        is 'Name and version of the rule by which its legs were read.';
comment on column calls.missed_by                   is 'Agents who were rung and did not answer.';
comment on column calls.missed_at                   is 'The same with where each worked and in which team: agent, location, team.';
comment on column calls.search                      is 'Numbers, names, ids and tags in small letters: what a search looks through.';
comment on column calls.created_at                  is 'When its first record came in (UTC).';
comment on column calls.updated_at                  is 'When it last changed, in business time (UTC).';
comment on column calls.version                     is 'Version of the call: how many events it has.';
comment on column calls.position                    is 'Place in the log of its last event.';

create table agent_days (
  tenant_id            uuid          not null,
  agent_id             uuid          not null,
  day                  date          not null,
  location_id          uuid          not null,
  team                 text          not null,
  calls                bigint        not null,
  inbound              bigint        not null,
  outbound             bigint        not null,
  answered             bigint        not null,
  missed               bigint        not null,
  abandoned            bigint        not null,
  transferred          bigint        not null,
  voicemail            bigint        not null,
  talk_seconds         bigint        not null,
  ring_seconds         bigint        not null,
  hold_seconds         bigint        not null,
  acw_seconds          bigint        not null,
  appointments         bigint        not null,
  resolved_first       bigint        not null,
  complaints           bigint        not null,
  escalations          bigint        not null,
  follow_ups           bigint        not null,
  handled_appointments bigint        not null,
  handled_resolved     bigint        not null,
  handled_complaints   bigint        not null,
  handled_escalations  bigint        not null,
  satisfaction_sum     bigint        not null,
  satisfaction_count   bigint        not null,
  quality_sum          numeric(14,2) not null,
  quality_count        bigint        not null,
  primary key (tenant_id, agent_id, day, location_id, team)
) with (fillfactor = 50);
create index on agent_days (tenant_id, day, location_id);

comment on table agent_days is 'What the calls of an agent on a day come to, for each place and team they worked at on it.';
comment on column agent_days.tenant_id            is 'The company.';
comment on column agent_days.agent_id             is 'The agent.';
comment on column agent_days.day                  is 'The day on which the calls began, in the reporting zone.';
comment on column agent_days.location_id          is 'Where; the nil id if nowhere in particular.';
comment on column agent_days.team                 is 'In which team; empty if in none.';
comment on column agent_days.calls                is 'Calls they took or made.';
comment on column agent_days.inbound              is 'Those that came in.';
comment on column agent_days.outbound             is 'Those that they made.';
comment on column agent_days.answered             is 'Those in which somebody talked.';
comment on column agent_days.missed               is 'Calls that rang at their place and that they did not take.';
comment on column agent_days.abandoned            is 'Those in which the caller gave up.';
comment on column agent_days.transferred          is 'Those that were transferred.';
comment on column agent_days.voicemail            is 'Those that ended at a voicemail.';
comment on column agent_days.talk_seconds         is 'Sum of their talk_seconds.';
comment on column agent_days.ring_seconds         is 'Sum of their ring_seconds.';
comment on column agent_days.hold_seconds         is 'Sum of their hold_time_seconds.';
comment on column agent_days.acw_seconds          is 'Sum of their after_call_work_seconds.';
comment on column agent_days.appointments         is 'Those in which an appointment was made.';
comment on column agent_days.resolved_first       is 'Those that settled their matter at once.';
comment on column agent_days.complaints           is 'Those in which somebody complained.';
comment on column agent_days.escalations          is 'Those that were escalated.';
comment on column agent_days.follow_ups           is 'Those after which something was to be done.';
comment on column agent_days.handled_appointments is 'Those of the answered ones in which an appointment was made: what rates are made of.';
comment on column agent_days.handled_resolved     is 'Those of the answered ones that settled their matter at once.';
comment on column agent_days.handled_complaints   is 'Those of the answered ones in which somebody complained.';
comment on column agent_days.handled_escalations  is 'Those of the answered ones that were escalated.';
comment on column agent_days.satisfaction_sum     is 'Sum of their customer_satisfaction_score.';
comment on column agent_days.satisfaction_count   is 'How many have one.';
comment on column agent_days.quality_sum          is 'Sum of their quality_score.';
comment on column agent_days.quality_count        is 'How many have one.';

create table call_hours (
  tenant_id            uuid          not null,
  day                  date          not null,
  hour                 smallint      not null,
  location_id          uuid          not null,
  queue_name           text          not null,
  call_direction       text          not null,
  calls                bigint        not null,
  answered             bigint        not null,
  completed            bigint        not null,
  missed               bigint        not null,
  abandoned            bigint        not null,
  transferred          bigint        not null,
  voicemail            bigint        not null,
  wait_in_target       bigint        not null,
  talk_seconds         bigint        not null,
  ring_seconds         bigint        not null,
  hold_seconds         bigint        not null,
  acw_seconds          bigint        not null,
  appointments         bigint        not null,
  resolved_first       bigint        not null,
  complaints           bigint        not null,
  escalations          bigint        not null,
  follow_ups           bigint        not null,
  handled_appointments bigint        not null,
  handled_resolved     bigint        not null,
  handled_complaints   bigint        not null,
  handled_escalations  bigint        not null,
  satisfaction_sum     bigint        not null,
  satisfaction_count   bigint        not null,
  quality_sum          numeric(14,2) not null,
  quality_count        bigint        not null,
  primary key (tenant_id, day, hour, location_id, queue_name, call_direction)
) with (fillfactor = 50);

comment on table call_hours is 'What all calls of an hour come to, by place, queue and direction, whoever took them.';
comment on column call_hours.tenant_id            is 'The company.';
comment on column call_hours.day                  is 'The day on which the calls began, in the reporting zone.';
comment on column call_hours.hour                 is 'The hour of that day: 0 to 23.';
comment on column call_hours.location_id          is 'Where; the nil id if nowhere in particular.';
comment on column call_hours.queue_name           is 'The queue; empty for calls that came through none.';
comment on column call_hours.call_direction       is 'inbound, outbound or internal.';
comment on column call_hours.calls                is 'All calls.';
comment on column call_hours.answered             is 'Those in which somebody talked.';
comment on column call_hours.completed            is 'Those whose status is completed.';
comment on column call_hours.missed               is 'Those whose status is missed.';
comment on column call_hours.abandoned            is 'Those whose status is abandoned.';
comment on column call_hours.transferred          is 'Those whose status is transferred.';
comment on column call_hours.voicemail            is 'Those whose status is voicemail.';
comment on column call_hours.wait_in_target       is 'Those that were answered within the service level that was in force.';
comment on column call_hours.talk_seconds         is 'Sum of their talk_seconds.';
comment on column call_hours.ring_seconds         is 'Sum of their ring_seconds.';
comment on column call_hours.hold_seconds         is 'Sum of their hold_time_seconds.';
comment on column call_hours.acw_seconds          is 'Sum of their after_call_work_seconds.';
comment on column call_hours.appointments         is 'Those in which an appointment was made.';
comment on column call_hours.resolved_first       is 'Those that settled their matter at once.';
comment on column call_hours.complaints           is 'Those in which somebody complained.';
comment on column call_hours.escalations          is 'Those that were escalated.';
comment on column call_hours.follow_ups           is 'Those after which something was to be done.';
comment on column call_hours.handled_appointments is 'Those of the answered ones in which an appointment was made: what rates are made of.';
comment on column call_hours.handled_resolved     is 'Those of the answered ones that settled their matter at once.';
comment on column call_hours.handled_complaints   is 'Those of the answered ones in which somebody complained.';
comment on column call_hours.handled_escalations  is 'Those of the answered ones that were escalated.';
comment on column call_hours.satisfaction_sum     is 'Sum of their customer_satisfaction_score.';
comment on column call_hours.satisfaction_count   is 'How many have one.';
comment on column call_hours.quality_sum          is 'Sum of their quality_score.';
comment on column call_hours.quality_count        is 'How many have one.';

create table call_counts (
  tenant_id      uuid   not null,
  location_id    uuid   not null,
  queue_name     text   not null,
  call_direction text   not null,
  call_status    text   not null,
  calls          bigint not null,
  primary key (tenant_id, location_id, queue_name, call_direction, call_status)
) with (fillfactor = 50);

comment on table call_counts is 'How many calls there are of each kind, kept so that nobody has to count.';
comment on column call_counts.tenant_id      is 'The company.';
comment on column call_counts.location_id    is 'Where; the nil id if nowhere in particular.';
comment on column call_counts.queue_name     is 'The queue; empty for calls that came through none.';
comment on column call_counts.call_direction is 'inbound, outbound or internal.';
comment on column call_counts.call_status    is 'completed, missed, abandoned, transferred or voicemail.';
comment on column call_counts.calls          is 'How many.';

create table call_targets (
  tenant_id             uuid    not null primary key,
  service_level_seconds integer not null
);
comment on table call_targets is 'Within how many seconds a company wants its calls answered, by its settings now.';
comment on column call_targets.tenant_id             is 'The company.';
comment on column call_targets.service_level_seconds is 'Seconds; calls keep the number that was in force when they were recorded.';
