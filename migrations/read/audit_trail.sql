-- The audit trail: everything that happened, who did it, when and why.

create table audit_trail (
  tenant_id    uuid        not null,
  position     bigint      not null,
  event_id     uuid        not null,
  occurred_at  timestamptz not null,
  recorded_at  timestamptz not null,
  actor        text        not null,
  action       text        not null,
  category     text        not null,
  aggregate_id uuid        not null,
  version      bigint      not null,
  cause        uuid,
  command_key  text        not null,
  body         jsonb       not null,
  primary key (tenant_id, position)
);
create index on audit_trail (tenant_id, aggregate_id, category, version);
create index on audit_trail (tenant_id, actor, position);
create index on audit_trail (tenant_id, action, position);
create index on audit_trail (tenant_id, category, position);
create index on audit_trail (tenant_id, occurred_at);

comment on table audit_trail is 'One row per event of the log.';
comment on column audit_trail.tenant_id    is 'The company whose event it is.';
comment on column audit_trail.position     is 'Place in the log.';
comment on column audit_trail.event_id     is 'The event.';
comment on column audit_trail.occurred_at  is 'When it happened, in business time (UTC).';
comment on column audit_trail.recorded_at  is 'When the log took it down (UTC).';
comment on column audit_trail.actor        is 'Who caused it: user:<id>, process:<name> or operator.';
comment on column audit_trail.action       is 'What happened, for example case.rejected.';
comment on column audit_trail.category     is 'Kind of thing it happened to, for example case.';
comment on column audit_trail.aggregate_id is 'The thing it happened to.';
comment on column audit_trail.version      is 'Place in the history of that thing: 1, 2, 3 …';
comment on column audit_trail.cause        is 'The event that led to it, where a process asked for it.';
comment on column audit_trail.command_key  is 'Key of the command it followed from.';
comment on column audit_trail.body         is 'The facts of the event.';

create table audit_counts (
  tenant_id uuid   not null,
  category  text   not null,
  action    text   not null,
  events    bigint not null,
  primary key (tenant_id, category, action)
);
comment on table audit_counts is 'How often what happened, kept so that nobody has to count.';
comment on column audit_counts.tenant_id is 'The company whose events they are.';
comment on column audit_counts.category  is 'Kind of thing.';
comment on column audit_counts.action    is 'What happened.';
comment on column audit_counts.events    is 'How many events.';
