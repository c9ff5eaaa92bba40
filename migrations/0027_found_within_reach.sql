-- Looking for words among what whoever looks may see.
--
-- Of those that bear the words, the newest so many count: the newest of one's own, or of one's locations. Taken from the whole
-- company's, an agent's own would stand behind a thousand of other people's and not be found.

create or replace function projection.calls_found(question text, most integer) returns setof uuid
  language plpgsql stable security definer
  set search_path = read, pg_catalog
  set enable_seqscan = off
as $$
declare
  -- Words as wide as the first digits of a number that tell it from most others are taken for beginnings. What fewer letters begin
  -- would be too much to look through.
  wanted tsquery := (
    select string_agg(quote_literal(word) || case when length(word) >= 6 then ':*' else '' end, ' & ')::tsquery
    from unnest(tsvector_to_array(to_tsvector('simple', regexp_replace(lower(question), '[^[:alnum:]]+', ' ', 'g')))) word);
  tenant uuid := nullif(current_setting('docket.tenant', true), '')::uuid;
  viewer uuid := nullif(current_setting('docket.viewer', true), '')::uuid;
  locations uuid[] := string_to_array(nullif(current_setting('docket.locations', true), ''), ',')::uuid[];
  -- By a condition of its own for each reach, so that PostgreSQL takes the index of agents or of locations together with that of words.
  within text := case current_setting('docket.reach', true)
    when 'tenant' then 'true'
    when 'location' then '(c.agent_id = $5 or c.location_id = any($6))'
    when 'own' then 'c.agent_id = $5'
  end;
  newest timestamptz;
  back interval;
  found uuid[];
begin
  if wanted is null or within is null then
    return;
  end if;
  -- The newest months first, then the newest years: where many calls bear the words, the newest are enough, and reading them all
  -- (a million numbers that begin alike) takes seconds.
  select c.call_start_time into newest from calls c
    where c.tenant_id = tenant order by c.call_start_time desc, c.call_id desc limit 1;
  foreach back in array array['100 days', '1000 days', '1000 years']::interval[] loop
    -- Planned for these very values: how many there are depends on them.
    execute format(
      'select array(
         with f as materialized (
           select c.call_id, c.call_start_time from calls c
           where to_tsvector(''simple'', c.search) @@ $1 and c.tenant_id = $2 and c.call_start_time >= $3 and %s)
         select f.call_id from f order by f.call_start_time desc, f.call_id desc limit $4)', within)
      into found using wanted, tenant, newest - back, most, viewer, locations;
    exit when cardinality(found) >= most;
  end loop;
  return query select unnest(found);
end $$;
comment on function projection.calls_found(text, integer) is
  'Ids of the newest calls that whoever looks may see and whose numbers, names, ids and tags have these words; of long ones the beginning will do.';

create or replace function projection.journals_found(question text, most integer) returns setof uuid
  language plpgsql stable security definer
  set search_path = read, pg_catalog
  set enable_seqscan = off
as $$
declare
  wanted tsquery := websearch_to_tsquery('english', question);
  tenant uuid := nullif(current_setting('docket.tenant', true), '')::uuid;
  viewer uuid := nullif(current_setting('docket.viewer', true), '')::uuid;
  -- One's own, or all for whoever looks after others.
  within text := case
    when current_setting('docket.reach', true) in ('tenant', 'location') then 'true'
    when current_setting('docket.reach', true) = 'own' then 'j.agent_id = $5'
  end;
  newest timestamptz;
  back interval;
  found uuid[];
begin
  if within is null then
    return;
  end if;
  select j.created_at into newest from journals j
    where j.tenant_id = tenant order by j.created_at desc, j.journal_id desc limit 1;
  foreach back in array array['100 days', '1000 days', '1000 years']::interval[] loop
    execute format(
      'select array(
         with f as materialized (
           select j.journal_id, j.created_at from journals j
           where to_tsvector(''english'', j.search) @@ $1 and j.tenant_id = $2 and j.created_at >= $3 and %s)
         select f.journal_id from f order by f.created_at desc, f.journal_id desc limit $4)', within)
      into found using wanted, tenant, newest - back, most, viewer;
    exit when cardinality(found) >= most;
  end loop;
  return query select unnest(found);
end $$;
comment on function projection.journals_found(text, integer) is
  'Ids of the newest journals that whoever looks may see and that a search for these words finds; "or", quotes and - as on the web.';
