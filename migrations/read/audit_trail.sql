-- The audit trail: everything that happened, by what it is searched. What else is to be said of an event is on the log, under
-- the same position (log.readable shows it as people read it).

create table audit_trail (
  tenant_id   uuid        not null,
  position    bigint      not null,
  occurred_at timestamptz not null,
  actor       text        not null,
  action      text        not null,
  category    text        not null,
  primary key (tenant_id, position)
);
create index on audit_trail (tenant_id, actor, position);
-- By category too: its actions, which audit_counts lists, have their newest each by this index.
create index on audit_trail (tenant_id, action, position);
-- Business time runs along with the log, but for histories that are imported.
create index on audit_trail using brin (occurred_at) with (pages_per_range = 16);

comment on table audit_trail is 'One row per event of the log.';
comment on column audit_trail.tenant_id   is 'The company whose event it is.';
comment on column audit_trail.position    is 'Place in the log, and the key of its row there.';
comment on column audit_trail.occurred_at is 'When it happened, in business time (UTC).';
comment on column audit_trail.actor       is 'Who caused it: user:<id>, process:<name> or operator.';
comment on column audit_trail.action      is 'What happened, for example case.rejected.';
comment on column audit_trail.category    is 'Kind of thing it happened to, for example case.';

create table audit_counts (
  tenant_id uuid   not null,
  category  text   not null,
  action    text   not null,
  events    bigint not null,
  primary key (tenant_id, category, action)
) with (fillfactor = 50);
comment on table audit_counts is 'How often what happened, kept so that nobody has to count.';
comment on column audit_counts.tenant_id is 'The company whose events they are.';
comment on column audit_counts.category  is 'Kind of thing.';
comment on column audit_counts.action    is 'What happened.';
comment on column audit_counts.events    is 'How many events.';
