-- What is to be told outside, each notice once, and how its delivery stands. Fed from the log by a reader with a place of its own:
-- no read model, so nothing that computes read models anew ever comes here, and nothing is sent twice for it.

create schema outbox;
comment on schema outbox is 'Notices to the outside: recorded once each, sent until they have arrived.';

create table outbox.reader (
  id       boolean not null primary key default true check (id),
  position bigint  not null
);
-- It begins at the end of the log: what happened before there were notices is no news.
insert into outbox.reader (position) select coalesce(max(position), 0) from log.events;
comment on table outbox.reader is 'How far the log has been read for notices.';
comment on column outbox.reader.position is 'The last event that was looked at; moves in one transaction with the notices made from it.';

create table outbox.importing (
  tenant_id uuid not null primary key
);
comment on table outbox.importing is 'Companies into which a history is being imported: no notices are made of it.';
comment on column outbox.importing.tenant_id is 'The company.';

create table outbox.listeners (
  tenant_id   uuid   not null,
  endpoint_id uuid   not null,
  kinds       text[] not null,
  active      boolean not null,
  primary key (tenant_id, endpoint_id)
);
comment on table outbox.listeners is 'Who is told of what, as of the reader''s place in the log.';
comment on column outbox.listeners.tenant_id   is 'The company.';
comment on column outbox.listeners.endpoint_id is 'The endpoint.';
comment on column outbox.listeners.kinds       is 'Of what it is told.';
comment on column outbox.listeners.active      is 'False while it is paused or disabled.';

create table outbox.notices (
  tenant_id   uuid        not null,
  event_id    uuid        not null,
  kind        text        not null check (kind in ('sla_at_risk', 'sla_breached', 'assigned', 'rejected', 'test')),
  case_id     uuid,
  case_number text,
  agency_id   uuid,
  due_at      timestamptz,
  occurred_at timestamptz not null,
  position    bigint,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, event_id, kind),
  check (kind = 'test' or (case_id is not null and case_number is not null and position is not null))
);
comment on table outbox.notices is 'One row per notice, with all that it says.';
comment on column outbox.notices.tenant_id   is 'The company that is told.';
comment on column outbox.notices.event_id    is 'The event it tells of; for a test, a name of its own.';
comment on column outbox.notices.kind        is 'What it is about.';
comment on column outbox.notices.case_id     is 'The case.';
comment on column outbox.notices.case_number is 'Its number.';
comment on column outbox.notices.agency_id   is 'The agency in charge, if there is one.';
comment on column outbox.notices.due_at      is 'When the case was or is due (UTC), where the event says so.';
comment on column outbox.notices.occurred_at is 'When it happened in the business (UTC).';
comment on column outbox.notices.position    is 'Place of the event in the log; null for a test.';
comment on column outbox.notices.recorded_at is 'When the notice was made (UTC).';

-- Fillfactor: a delivery is written at each attempt.
create table outbox.deliveries (
  id           uuid        not null unique,
  tenant_id    uuid        not null,
  event_id     uuid        not null,
  endpoint_id  uuid        not null,
  kind         text        not null,
  state        text        not null default 'pending' check (state in ('pending', 'delivered', 'failed', 'skipped')),
  attempts     integer     not null default 0,
  next_at      timestamptz not null default clock_timestamp(),
  last_error   text,
  settled_at   timestamptz,
  primary key (event_id, endpoint_id),
  foreign key (tenant_id, event_id, kind) references outbox.notices (tenant_id, event_id, kind)
) with (fillfactor = 70);
create index deliveries_due on outbox.deliveries (next_at) where state = 'pending';
create index deliveries_given_up on outbox.deliveries (endpoint_id, settled_at) where state = 'failed';
create index deliveries_arrived on outbox.deliveries (endpoint_id, settled_at) where state = 'delivered';
create index deliveries_listed on outbox.deliveries (tenant_id, id);
comment on table outbox.deliveries is 'One row per notice and endpoint: whether it has arrived there.';
comment on column outbox.deliveries.id          is 'What the receiver knows it by, the same at each attempt; ascending as they were made.';
comment on column outbox.deliveries.tenant_id   is 'The company.';
comment on column outbox.deliveries.event_id    is 'The notice.';
comment on column outbox.deliveries.endpoint_id is 'Where it goes.';
comment on column outbox.deliveries.kind        is 'What the notice is about.';
comment on column outbox.deliveries.state       is 'pending, delivered, failed (given up) or skipped (not to be sent, last_error says why).';
comment on column outbox.deliveries.attempts    is 'How often it was tried.';
comment on column outbox.deliveries.next_at     is 'When it is tried next (UTC); while one is trying, when another may.';
comment on column outbox.deliveries.last_error  is 'What went wrong last.';
comment on column outbox.deliveries.settled_at  is 'When it arrived, was given up or skipped (UTC).';

create table vault.endpoint_secrets (
  endpoint_id uuid        not null,
  tenant_id   uuid        not null,
  secret      bytea       not null,
  made_at     timestamptz not null,
  -- Null: it is the one in use.
  until       timestamptz
);
create unique index one_secret_in_use on vault.endpoint_secrets (endpoint_id) where until is null;
create index on vault.endpoint_secrets (endpoint_id, until);
comment on table vault.endpoint_secrets is 'By what webhooks are signed: the secret in use, and older ones until they no longer count.';
grant select, insert, update, delete on vault.endpoint_secrets to docket_app;

revoke all on schema outbox from public;
grant usage on schema outbox to docket_app, docket_auditor, docket_analyst;
grant select, update on outbox.reader to docket_app;
grant select, insert, update, delete on outbox.importing, outbox.listeners to docket_app;
grant select, insert on outbox.notices to docket_app;
grant select, insert, update on outbox.deliveries to docket_app;
grant select on outbox.notices, outbox.deliveries to docket_auditor, docket_analyst;

-- Like what people look at: one company's rows for who names a company, all rows only for Docket's own processes.
do $$
declare
  relation text;
  tenant constant text := 'tenant_id = nullif(current_setting(''docket.tenant'', true), '''')::uuid';
begin
  foreach relation in array array['importing', 'listeners', 'notices', 'deliveries'] loop
    execute format('alter table outbox.%I enable row level security', relation);
    execute format('alter table outbox.%I force row level security', relation);
    execute format('create policy app_sees_its_tenant on outbox.%I to docket_app
      using (%2$s or current_setting(''docket.every_tenant'', true) = ''on'')
      with check (%2$s or current_setting(''docket.every_tenant'', true) = ''on'')', relation, tenant);
  end loop;
  foreach relation in array array['notices', 'deliveries'] loop
    execute format('create policy people_read_their_tenant on outbox.%I for select to docket_auditor, docket_analyst
      using (%s)', relation, tenant);
  end loop;
end $$;
