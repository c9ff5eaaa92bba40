-- Reviews of how well calls were handled.

create table reviews (
  tenant_id                       uuid not null,
  review_id                       uuid not null,
  call_id                         uuid,
  agent_id                        uuid not null,
  agent_email                     text,
  agent_name                      text,
  location_id                     uuid,
  location_name                   text,
  team                            text,
  reviewer_id                     uuid not null,
  reviewer_email                  text,
  reviewer_name                   text,
  review_date                     date not null,
  review_type                     text not null,
  greeting_professionalism        smallint,
  active_listening                smallint,
  problem_resolution              smallint,
  product_knowledge               smallint,
  communication_clarity           smallint,
  empathy_patience                smallint,
  call_control                    smallint,
  closing_effectiveness           smallint,
  total_score                     bigint not null,
  percentage_score                numeric(5, 2) not null,
  strengths_observed              text,
  improvement_areas               text,
  specific_coaching_points        text,
  recognition_worthy              boolean not null,
  action_items_required           text[] not null,
  follow_up_review_needed         boolean not null,
  follow_up_date                  date,
  additional_training_recommended text[] not null,
  review_status                   text not null,
  status_before                   text,
  completed_at                    timestamptz,
  agent_discussion_date           date,
  discussion_notes                text,
  agent_acknowledgment            boolean not null,
  agent_comment                   text,
  dispute_reason                  text,
  dispute_outcome                 text,
  dispute_answer                  text,
  created_at                      timestamptz not null,
  updated_at                      timestamptz not null,
  version                         bigint not null,
  position                        bigint not null,
  event_id                        uuid not null,
  primary key (tenant_id, review_id)
);
create index on reviews (tenant_id, agent_id, review_date);
create index on reviews (tenant_id, location_id, review_date);
create index on reviews (tenant_id, reviewer_id);
create index on reviews (tenant_id, call_id);
create index on reviews (tenant_id, review_date);

comment on table reviews is 'One row per review.';
comment on column reviews.tenant_id                       is 'The company.';
comment on column reviews.review_id                       is 'The review.';
comment on column reviews.call_id                         is 'The call it is about, where it is about one.';
comment on column reviews.agent_id                        is 'Who was reviewed.';
comment on column reviews.agent_email                     is 'Their address then.';
comment on column reviews.agent_name                      is 'Their name then.';
comment on column reviews.location_id                     is 'Where they worked then.';
comment on column reviews.location_name                   is 'What the place was called then.';
comment on column reviews.team                            is 'Their team then.';
comment on column reviews.reviewer_id                     is 'Who reviewed.';
comment on column reviews.reviewer_email                  is 'Their address then.';
comment on column reviews.reviewer_name                   is 'Their name then.';
comment on column reviews.review_date                     is 'The day of the review, on the clocks of the reporting zone.';
comment on column reviews.review_type                     is 'random, targeted, complaint_follow_up, new_agent or coaching.';
comment on column reviews.greeting_professionalism        is 'Points for greeting professionalism, 1 to 5.';
comment on column reviews.active_listening                is 'Points for active listening, 1 to 5.';
comment on column reviews.problem_resolution              is 'Points for problem resolution, 1 to 5.';
comment on column reviews.product_knowledge               is 'Points for product knowledge, 1 to 5.';
comment on column reviews.communication_clarity           is 'Points for communication clarity, 1 to 5.';
comment on column reviews.empathy_patience                is 'Points for empathy patience, 1 to 5.';
comment on column reviews.call_control                    is 'Points for call control, 1 to 5.';
comment on column reviews.closing_effectiveness           is 'Points for closing effectiveness, 1 to 5.';
comment on column reviews.total_score                     is 'Sum of the points, at most 40 (qa.total@1).';
comment on column reviews.percentage_score                is 'Per cent of 40 (qa.percentage@1).';
comment on column reviews.strengths_observed              is 'What was good.';
comment on column reviews.improvement_areas               is 'What could be better.';
comment on column reviews.specific_coaching_points        is 'What to talk about.';
comment on column reviews.recognition_worthy              is 'It deserves to be recognised.';
comment on column reviews.action_items_required           is 'What is to be done.';
comment on column reviews.follow_up_review_needed         is 'There shall be another review.';
comment on column reviews.follow_up_date                  is 'When.';
comment on column reviews.additional_training_recommended is 'Training that would help.';
comment on column reviews.review_status                   is 'draft, completed, discussed_with_agent or disputed.';
comment on column reviews.status_before                   is 'What a dispute leads back to.';
comment on column reviews.completed_at                    is 'Since when it counts.';
comment on column reviews.agent_discussion_date           is 'When it was talked about with the agent.';
comment on column reviews.discussion_notes                is 'What was said then.';
comment on column reviews.agent_acknowledgment            is 'The agent has taken note of it.';
comment on column reviews.agent_comment                   is 'What they said to it.';
comment on column reviews.dispute_reason                  is 'Why the agent disagreed, if they ever did.';
comment on column reviews.dispute_outcome                 is 'corrected or upheld; null while it is open or if there was none.';
comment on column reviews.dispute_answer                  is 'What the dispute was answered.';
comment on column reviews.created_at                      is 'When it was begun, in business time (UTC).';
comment on column reviews.updated_at                      is 'When it last changed, in business time (UTC).';
comment on column reviews.version                         is 'Version of the review: how many events it has.';
comment on column reviews.position                        is 'Place in the log of its last event.';
comment on column reviews.event_id                        is 'Its last event.';
