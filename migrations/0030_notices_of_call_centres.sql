-- Notices tell of more than cases: of a check of the figures that failed, a goal that was reached, and somebody who could do with
-- coaching. What is not about a case has a subject of its own and a sentence.

alter table outbox.notices drop constraint notices_kind_check, drop constraint notices_check;
alter table outbox.notices add column subject_id uuid, add column summary text;
alter table outbox.notices
  add constraint notices_kind_check check (kind in
    ('sla_at_risk', 'sla_breached', 'assigned', 'rejected', 'verification_failed', 'goal_reached', 'coaching_due', 'test')),
  add constraint notices_check check (kind = 'test' or position is not null and case
    when kind in ('verification_failed', 'goal_reached', 'coaching_due') then subject_id is not null and summary is not null
    else case_id is not null and case_number is not null end);

comment on column outbox.notices.case_id     is 'The case, if it is about one.';
comment on column outbox.notices.case_number is 'Its number.';
comment on column outbox.notices.subject_id  is 'What it is about if not a case: the check, the goal, or the agent.';
comment on column outbox.notices.summary     is 'What it says then, in a sentence: figures, and the name and address of the agent.';
