-- What agents wrote down about calls.

create table journals (
  tenant_id              uuid        not null,
  journal_id             uuid        not null,
  call_id                uuid        not null,
  agent_id               uuid        not null,
  agent_email            text,
  agent_name             text,
  location_id            uuid,
  team                   text,
  call_summary           text,
  detailed_notes         text,
  patient_concern        text,
  resolution_provided    text,
  action_items           text[]      not null,
  follow_up_required     boolean     not null,
  follow_up_type         text,
  follow_up_date         date,
  follow_up_notes        text,
  call_tags              text[]      not null,
  department_involved    text[]      not null,
  referral_made          boolean     not null,
  referral_type          text,
  coaching_notes         text,
  training_opportunities text[]      not null,
  commendation_worthy    boolean     not null,
  improvement_areas      text[]      not null,
  journal_status         text        not null,
  submitted_at           timestamptz,
  reviewed_by            text,
  reviewer_id            uuid,
  reviewed_at            timestamptz,
  review_score           smallint,
  approved_at            timestamptz,
  returned_reason        text,
  search                 text        not null,
  created_at             timestamptz not null,
  updated_at             timestamptz not null,
  version                bigint      not null,
  position               bigint      not null,
  primary key (tenant_id, journal_id)
) with (fillfactor = 85);
create index on journals (tenant_id, created_at, journal_id);
create index on journals (tenant_id, call_id);
create index on journals (tenant_id, agent_id, created_at, journal_id);
create index on journals (tenant_id, journal_status, created_at, journal_id);
-- Those that wait for a supervisor, the oldest first.
create index on journals (tenant_id, submitted_at, journal_id) where journal_status = 'submitted';
create index on journals (tenant_id, follow_up_date, journal_id) where follow_up_required;
create index on journals using gin (to_tsvector('english', search));

comment on table journals is 'One row per journal that is kept.';
comment on column journals.tenant_id              is 'The company.';
comment on column journals.journal_id             is 'The journal.';
comment on column journals.call_id                is 'The call it is about.';
comment on column journals.agent_id               is 'Whose journal it is.';
comment on column journals.agent_email            is 'Their address when it was written.';
comment on column journals.agent_name             is 'Their name when it was written.';
comment on column journals.location_id            is 'Where they worked when it was written.';
comment on column journals.team                   is 'Their team when it was written.';
comment on column journals.call_summary           is 'What the call was about, in short; null once the words are forgotten.';
comment on column journals.detailed_notes         is 'The same at length.';
comment on column journals.patient_concern        is 'What the patient was worried about or asked for.';
comment on column journals.resolution_provided    is 'How that was met.';
comment on column journals.action_items           is 'What has to be done.';
comment on column journals.follow_up_required     is 'Somebody has to come back to it.';
comment on column journals.follow_up_type         is 'callback, appointment, provider_review or billing.';
comment on column journals.follow_up_date         is 'By when.';
comment on column journals.follow_up_notes        is 'What exactly.';
comment on column journals.call_tags              is 'Words by which it is found.';
comment on column journals.department_involved    is 'Departments that were asked.';
comment on column journals.referral_made          is 'The patient was sent to somebody else.';
comment on column journals.referral_type          is 'To whom.';
comment on column journals.coaching_notes         is 'What a supervisor says to the agent.';
comment on column journals.training_opportunities is 'What the agent could learn.';
comment on column journals.commendation_worthy    is 'It deserves praise.';
comment on column journals.improvement_areas      is 'What could be better.';
comment on column journals.journal_status         is 'draft, submitted, reviewed or approved.';
comment on column journals.submitted_at           is 'When it was handed in last (UTC).';
comment on column journals.reviewed_by            is 'Address of whoever reviewed it last.';
comment on column journals.reviewer_id            is 'The same by their account.';
comment on column journals.reviewed_at            is 'When (UTC).';
comment on column journals.review_score           is 'Their rating: 1 to 100.';
comment on column journals.approved_at            is 'When it was approved (UTC).';
comment on column journals.returned_reason        is 'Why it was given back last, while it is worked over.';
comment on column journals.search                 is 'All words of the agent: what a search looks through.';
comment on column journals.created_at             is 'When it was written (UTC).';
comment on column journals.updated_at             is 'When it last changed (UTC).';
comment on column journals.version                is 'Version of the journal: how many events it has.';
comment on column journals.position               is 'Place in the log of its last event.';
