-- Looking for words among what a company may see.
--
-- Row security keeps PostgreSQL from asking an index of words before it has looked at whose row it is, row by row: a million of
-- them. So whoever asks through Docket first gets the ids of those that bear the words, which say nothing by themselves and are of
-- the company that their session names; what they read then by these ids goes through both walls as ever.

create function projection.calls_found(question text, most integer) returns setof uuid
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
  newest timestamptz;
  back interval;
  found uuid[];
begin
  if wanted is null then
    return;
  end if;
  -- The newest months first, then the newest years: where many calls bear the words, the newest are enough, and reading them all
  -- (a million numbers that begin alike) takes seconds.
  select c.call_start_time into newest from calls c
    where c.tenant_id = nullif(current_setting('docket.tenant', true), '')::uuid order by c.call_start_time desc, c.call_id desc limit 1;
  foreach back in array array['100 days', '1000 days', '1000 years']::interval[] loop
    found := array(
      with f as materialized (
        select c.call_id, c.call_start_time from calls c
        where to_tsvector('simple', c.search) @@ wanted
          and c.tenant_id = nullif(current_setting('docket.tenant', true), '')::uuid
          and c.call_start_time >= newest - back)
      select f.call_id from f order by f.call_start_time desc, f.call_id desc limit most);
    exit when cardinality(found) >= most;
  end loop;
  return query select unnest(found);
end $$;
comment on function projection.calls_found(text, integer) is
  'Ids of the newest calls of the company whose numbers, names, ids and tags have these words; of long ones the beginning will do.';

create function projection.journals_found(question text, most integer) returns setof uuid
  language plpgsql stable security definer
  set search_path = read, pg_catalog
  set enable_seqscan = off
as $$
declare
  wanted tsquery := websearch_to_tsquery('english', question);
  newest timestamptz;
  back interval;
  found uuid[];
begin
  select j.created_at into newest from journals j
    where j.tenant_id = nullif(current_setting('docket.tenant', true), '')::uuid order by j.created_at desc, j.journal_id desc limit 1;
  foreach back in array array['100 days', '1000 days', '1000 years']::interval[] loop
    found := array(
      with f as materialized (
        select j.journal_id, j.created_at from journals j
        where to_tsvector('english', j.search) @@ wanted
          and j.tenant_id = nullif(current_setting('docket.tenant', true), '')::uuid
          and j.created_at >= newest - back)
      select f.journal_id from f order by f.created_at desc, f.journal_id desc limit most);
    exit when cardinality(found) >= most;
  end loop;
  return query select unnest(found);
end $$;
comment on function projection.journals_found(text, integer) is
  'Ids of the newest journals of the company that a search for these words finds; "or", quotes and - as on the web.';

-- Who may read them row by row without being asked whose they are is the one who writes them.
grant create on schema projection to docket_projector;
alter function projection.calls_found(text, integer) owner to docket_projector;
alter function projection.journals_found(text, integer) owner to docket_projector;
revoke create on schema projection from docket_projector;
revoke all on function projection.calls_found(text, integer), projection.journals_found(text, integer) from public;
grant execute on function projection.calls_found(text, integer), projection.journals_found(text, integer) to docket_app;
