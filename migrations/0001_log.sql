-- The log: everything that ever happened, in the one order in which it was committed, and never changed afterwards.
--
-- Every append takes its turn first, by a lock. So the order of positions is the order of commits, positions have no holes, and a
-- reader that has seen position n has seen everything up to n. All writing goes through log.append.

do $$
begin
  -- Keys and names are any Unicode text, and their exact bytes go into the leaf hashes.
  if pg_catalog.getdatabaseencoding() <> 'UTF8' then
    raise exception 'Docket needs a database with encoding UTF8, this one has %', pg_catalog.getdatabaseencoding();
  end if;
end $$;

create schema log;
comment on schema log is 'Everything that ever happened, append-only. Numbers people look at are computed from here.';

create table log.events (
  position    bigint      not null primary key,
  tenant_id   uuid        not null,
  category    text        not null,
  stream_id   uuid        not null,
  version     bigint      not null check (version > 0),
  event_id    uuid        not null,
  type        text        not null,
  schema      smallint    not null,
  recorded_at timestamptz not null,
  occurred_at timestamptz not null,
  actor       text        not null,
  cause       uuid,
  command_key text        not null,
  fingerprint bytea       check (octet_length(fingerprint) = 32),
  body        bytea       not null,
  leaf        bytea       not null check (octet_length(leaf) = 32),
  constraint one_event_per_version unique (tenant_id, stream_id, category, version)
);
create unique index one_append_per_key on log.events (tenant_id, command_key) where fingerprint is not null;

comment on table log.events is 'One row per event, in commit order, without holes: count(*) = max(position).';
comment on column log.events.position    is 'Place in the log: 1, 2, 3 … in the order of commits, without holes.';
comment on column log.events.tenant_id   is 'The company whose event it is; all zeros for what belongs to no company.';
comment on column log.events.category    is 'Kind of thing it happened to, for example case or agency.';
comment on column log.events.stream_id   is 'The thing it happened to. Unique together with tenant and category.';
comment on column log.events.version     is 'Place in the history of that thing: 1, 2, 3 … without holes.';
comment on column log.events.event_id    is 'Name of the event (UUIDv7, made where the command came in).';
comment on column log.events.type        is 'What happened, for example case.rejected. Names never change.';
comment on column log.events.schema      is 'Version of the shape of the body, from 1.';
comment on column log.events.recorded_at is 'When the log took it down (UTC, microseconds). Never earlier than for the event before.';
comment on column log.events.occurred_at is 'When it happened in the business (UTC, microseconds). Imported history lies in the past.';
comment on column log.events.actor       is 'Who caused it: user:<id>, process:<name> or operator.';
comment on column log.events.cause       is 'event_id of the event that led to the command, where a process asked for it.';
comment on column log.events.command_key is 'Key of the command. All events of one command bear it and stand side by side.';
comment on column log.events.fingerprint is 'SHA-256 of the command as it was asked. Only on the first event of a command.';
comment on column log.events.body        is 'The exact bytes of the JSON body. Read them as JSON in log.readable.';
comment on column log.events.leaf        is 'SHA-256 over all of the above but the fingerprint (see log.leaf), the leaf of the proof tree.';

-- The row is only ever locked, never written. A row that counted along would leave a dead version behind at each append, and
-- under one long-running query or dump every append would have to walk past all of them (measured: more than
-- twice as slow after 20,000 appends). The end of the log is read off the log itself.
create table log.turn (id boolean not null primary key default true check (id));
insert into log.turn default values;
comment on table log.turn is 'One row. Whoever holds its lock appends; so all appends are in one order, across all processes.';
comment on column log.turn.id is 'Always true, so that there is one row.';

-- Refusals: by trigger besides the grants, because owners and superusers have every grant. "Always" holds for replication
-- sessions too.
create function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the log is append-only: % of log.% is refused', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation', hint = 'Record a new event that says what is true now.';
end $$;
comment on function log.refuse_change is 'Refuses a change of what was recorded.';

create trigger append_only before update or delete or truncate on log.events
  for each statement execute function log.refuse_change();
alter table log.events enable always trigger append_only;

create trigger one_row before insert or update or delete or truncate on log.turn
  for each statement execute function log.refuse_change();
alter table log.turn enable always trigger one_row;

-- What a committer hands over: one row per event, the rows of one append side by side, its first row with the fingerprint.
create type log.incoming as (
  append      integer,
  tenant_id   uuid,
  category    text,
  stream_id   uuid,
  version     bigint,
  event_id    uuid,
  type        text,
  schema      smallint,
  occurred_at timestamptz,
  actor       text,
  cause       uuid,
  command_key text,
  fingerprint bytea,
  body        bytea
);
comment on type log.incoming is 'An event about to be recorded; the columns are those of log.events.';
comment on column log.incoming.append   is 'Which append of the batch it belongs to.';
comment on column log.incoming.version  is 'The version this event shall have: the expected version of its stream, plus its place.';
comment on column log.incoming.event_id is 'Null: nothing to record, the stream must only be at version - 1.';

-- An array of byte strings goes over the wire as 20 bytes of head and then each element behind its length (4 bytes,
-- big-endian): the very form a canonical record needs, in one call. Adding the hours from 1970 to 2000 makes PostgreSQL's
-- microseconds since 2000 those since 1970. The function is plain enough to be inlined, which halves its cost.
create function log.leaf(
  "position" bigint, tenant_id uuid, category text, stream_id uuid, version bigint, event_id uuid, type text,
  schema smallint, recorded_at timestamptz, occurred_at timestamptz, actor text, cause uuid, command_key text, body bytea
) returns bytea language sql stable parallel safe
  return sha256('\x00'::bytea || substring(array_send(array[
    int8send("position"), uuid_send(tenant_id), convert_to(category, 'UTF8'), uuid_send(stream_id), int8send(version),
    uuid_send(event_id), convert_to(type, 'UTF8'), int2send(schema),
    timestamptz_send(recorded_at + interval '262968 hours'), timestamptz_send(occurred_at + interval '262968 hours'),
    convert_to(actor, 'UTF8'), coalesce(uuid_send(cause), ''), convert_to(command_key, 'UTF8'), body
  ]) from 21));
comment on function log.leaf is 'RFC 6962 leaf: SHA-256 over 0x00 and the length-prefixed record. eventlog/src/leaf.rs computes the same.';

-- The first row whose stream is not where it is expected: too low (someone was faster) as well as too high (what it builds
-- on is not there). Null if all fit. Rows before it in the batch count as recorded.
create function log.misfit(batch log.incoming[]) returns integer language plpgsql as $$
begin
  return (
    select c.nth
    from (
      select b.*, lag(b.version - (b.event_id is null)::integer) over stream as before
      from unnest(batch) with ordinality as b (append, tenant_id, category, stream_id, version, event_id, type, schema,
        occurred_at, actor, cause, command_key, fingerprint, body, nth)
      window stream as (partition by b.tenant_id, b.category, b.stream_id order by b.nth)
    ) c
    where c.version - 1 <> coalesce(c.before, (
      select e.version from log.events e
      where e.tenant_id = c.tenant_id and e.stream_id = c.stream_id and e.category = c.category
      order by e.version desc limit 1), 0)
    order by c.nth limit 1);
end $$;
comment on function log.misfit is 'Number of the first row whose stream is at another version; null if all fit.';

create function log.place(batch log.incoming[], after bigint, recorded_at timestamptz) returns bigint language plpgsql as $$
declare
  placed bigint;
begin
  insert into log.events (position, tenant_id, category, stream_id, version, event_id, type, schema, recorded_at, occurred_at,
    actor, cause, command_key, fingerprint, body, leaf)
  select b.nth, b.tenant_id, b.category, b.stream_id, b.version, b.event_id, b.type, b.schema, place.recorded_at,
    b.occurred_at, b.actor, b.cause, b.command_key, b.fingerprint, b.body,
    log.leaf(b.nth, b.tenant_id, b.category, b.stream_id, b.version, b.event_id, b.type, b.schema, place.recorded_at,
      b.occurred_at, b.actor, b.cause, b.command_key, b.body)
  from (select place.after + row_number() over () as nth, u.* from unnest(batch) u where u.event_id is not null) b;
  get diagnostics placed = row_count;
  return after + placed;
end $$;
comment on function log.place is 'Records rows that fit, from the position after the given one; answers with the last position.';

-- The settings here and below pin the plan: made while the tables are empty and kept, it would otherwise scan them for ever.
create function log.last() returns table (last_position bigint, last_recorded_at timestamptz)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = 'force_generic_plan' set enable_seqscan = off set jit = off as $$
begin
  select e.position, e.recorded_at into last_position, last_recorded_at from log.events e order by e.position desc limit 1;
  if not found then
    last_position := 0; last_recorded_at := 'epoch';
  end if;
  return next;
end $$;
comment on function log.last is 'What log.head shows, whatever tenant the reader may see.';

create view log.head as select last_position, last_recorded_at from log.last();
comment on view log.head is 'The end of the log.';
comment on column log.head.last_position    is 'Position of the last event, 0 before the first.';
comment on column log.head.last_recorded_at is 'recorded_at of the last event (UTC), 1970 before the first.';

create function log.receipt(tenant uuid, key text)
returns table (category text, stream_id uuid, version bigint, "position" bigint, recorded_at timestamptz, event_id uuid, fingerprint bytea)
language plpgsql stable
set plan_cache_mode = 'force_generic_plan' set enable_seqscan = off set jit = off as $$
begin
  return query
  select f.category, f.stream_id, l.version, l.last, f.recorded_at, f.event_id, f.fingerprint
  from log.events f
  cross join lateral (
    -- The events of a command stand side by side, so the last one is before the next first one.
    select coalesce(
      (select n.position - 1 from log.events n where n.position > f.position and n.fingerprint is not null
        order by n.position limit 1),
      (select n.position from log.events n order by n.position desc limit 1)) as last
    offset 0
  ) r
  cross join lateral (
    select r.last, max(e.version) as version from log.events e
    where e.tenant_id = f.tenant_id and e.category = f.category and e.stream_id = f.stream_id
      and e.position between f.position and r.last
  ) l
  where f.tenant_id = receipt.tenant and f.command_key = receipt.key and f.fingerprint is not null;
end $$;
comment on function log.receipt is 'What became of the command with this key: the stream of its first event, its version after, the last position.';

create function log.append(batch log.incoming[])
returns table (append integer, outcome text, stream_tenant uuid, category text, stream_id uuid, version bigint, event_id uuid,
  "position" bigint, recorded_at timestamptz)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = 'force_generic_plan' set enable_seqscan = off set jit = off as $$
#variable_conflict use_column
declare
  head  record;
  now   timestamptz;
  last  bigint;
  fits  boolean;
  item  record;
  seen  record;
  part  log.incoming[];
  wrong integer;
begin
  -- First of all, so that everything below sees the whole log and nothing is added beside it.
  perform from log.turn for update;
  select * into strict head from log.last();
  now := greatest(clock_timestamp(), head.last_recorded_at);
  last := head.last_position;

  -- The fast way: all of it at once. A taken key shows itself as a unique violation, which undoes this block only.
  begin
    fits := log.misfit(batch) is null;
    if fits then
      last := log.place(batch, head.last_position, now);
    end if;
  exception when unique_violation then
    fits := false;
    last := head.last_position;
  end;

  if fits then
    return query
    select b.append, 'appended', null::uuid, null::text, null::uuid, null::bigint, null::uuid,
      head.last_position + max(b.reached), now
    from (select u.append, count(u.event_id) over (rows unbounded preceding) as reached from unnest(batch) u) b
    group by b.append;
  else
    -- The careful way: one after the other, each with its own verdict, each seeing what those before it recorded.
    for item in
      select b.*, coalesce(lead(b.nth) over (order by b.nth) - 1, cardinality(batch)) as last_nth
      from unnest(batch) with ordinality as b (append, tenant_id, category, stream_id, version, event_id, type, schema,
        occurred_at, actor, cause, command_key, fingerprint, body, nth)
      where b.fingerprint is not null
      order by b.nth
    loop
      append := item.append;
      stream_tenant := null; category := null; stream_id := null; version := null; event_id := null;
      position := null; recorded_at := null;
      select * into seen from log.receipt(item.tenant_id, item.command_key);
      if found and seen.fingerprint = item.fingerprint then
        outcome := 'replayed';
        stream_tenant := item.tenant_id; category := seen.category; stream_id := seen.stream_id; version := seen.version;
        event_id := seen.event_id; position := seen.position; recorded_at := seen.recorded_at;
      elsif found then
        outcome := 'key_reused';
      else
        part := batch[item.nth:item.last_nth];
        wrong := log.misfit(part);
        if wrong is null then
          last := log.place(part, last, now);
          outcome := 'appended'; position := last; recorded_at := now;
        else
          outcome := 'conflict';
          stream_tenant := part[wrong].tenant_id; category := part[wrong].category; stream_id := part[wrong].stream_id;
          version := part[wrong].version - 1;
        end if;
      end if;
      return next;
    end loop;
  end if;

  if last > head.last_position then
    -- A hint for readers, sent by PostgreSQL at the commit.
    perform pg_notify('docket_log', last::text);
  end if;
end $$;
comment on function log.append is 'The only way into the log: records a batch of appends, each as a whole or not at all, with a verdict for each.';

-- Reading for the adapter, with pinned plans for the same reason as above. Row security holds: these run as the caller.
create function log.read(after bigint, up_to integer) returns setof log.events language plpgsql stable
set plan_cache_mode = 'force_generic_plan' set enable_seqscan = off set jit = off set work_mem = '64MB' as $$
begin
  return query select * from log.events e where e.position > after order by e.position limit up_to;
end $$;
comment on function log.read is 'Up to so many events after a position, in order.';

create function log.read_streams(tenants uuid[], categories text[], streams uuid[], after bigint[]) returns setof log.events
language plpgsql stable
set plan_cache_mode = 'force_generic_plan' set enable_seqscan = off set jit = off set work_mem = '64MB' as $$
begin
  return query
  select e.*
  from unnest(tenants, categories, streams, after) with ordinality as s (tenant_id, category, stream_id, after, nth)
  cross join lateral (
    select * from log.events e
    where e.tenant_id = s.tenant_id and e.stream_id = s.stream_id and e.category = s.category and e.version > s.after
    order by e.version
  ) e
  order by s.nth, e.version;
end $$;
comment on function log.read_streams is 'The histories of several things, each from after a version; by thing as asked, each in order.';

-- For people who read SQL. A body that PostgreSQL cannot hold as jsonb (it refuses \u0000) shows as null instead of ending the query.
create function log.as_json(body bytea) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return convert_from(body, 'UTF8')::jsonb;
exception when data_exception then
  return null;
end $$;
comment on function log.as_json is 'The body as jsonb, null where it cannot be shown as that.';

create view log.readable with (security_invoker = true) as
select position, tenant_id, category, stream_id, version, event_id, type, schema, recorded_at, occurred_at, actor, cause,
  command_key, log.as_json(body) as body
from log.events;
comment on view log.readable is 'The log for people: the events that the reader may see, with their bodies as JSON.';
comment on column log.readable.position    is 'Place in the log, in the order of commits.';
comment on column log.readable.tenant_id   is 'The company whose event it is.';
comment on column log.readable.category    is 'Kind of thing it happened to.';
comment on column log.readable.stream_id   is 'The thing it happened to.';
comment on column log.readable.version     is 'Place in the history of that thing.';
comment on column log.readable.event_id    is 'Name of the event.';
comment on column log.readable.type        is 'What happened.';
comment on column log.readable.schema      is 'Version of the shape of the body.';
comment on column log.readable.recorded_at is 'When the log took it down (UTC).';
comment on column log.readable.occurred_at is 'When it happened in the business (UTC).';
comment on column log.readable.actor       is 'Who caused it.';
comment on column log.readable.cause       is 'The event that led to it, where a process asked for it.';
comment on column log.readable.command_key is 'Key of the command.';
comment on column log.readable.body        is 'The body as JSON (key order and number spelling may differ from the recorded bytes).';
