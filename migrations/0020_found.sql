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
  words tsquery := plainto_tsquery('simple', regexp_replace(lower(question), '[^[:alnum:]]+', ' ', 'g'));
  wanted tsquery;
begin
  if numnode(words) = 0 then
    return;
  end if;
  -- Each word as the beginning of one, so that the first digits of a number find it.
  wanted := replace(words::text || ':*', ''' & ''', ''':* & ''')::tsquery;
  return query
    with found as materialized (
      select c.call_id, c.call_start_time from calls c
      where to_tsvector('simple', c.search) @@ wanted
        and c.tenant_id = nullif(current_setting('docket.tenant', true), '')::uuid)
    select f.call_id from found f order by f.call_start_time desc, f.call_id desc limit most;
end $$;
comment on function projection.calls_found(text, integer) is
  'Ids of the newest calls of the company whose numbers, names, ids and tags have words that begin so.';

create function projection.journals_found(question text, most integer) returns setof uuid
  language plpgsql stable security definer
  set search_path = read, pg_catalog
  set enable_seqscan = off
as $$
begin
  return query
    with found as materialized (
      select j.journal_id, j.created_at from journals j
      where to_tsvector('english', j.search) @@ websearch_to_tsquery('english', question)
        and j.tenant_id = nullif(current_setting('docket.tenant', true), '')::uuid)
    select f.journal_id from found f order by f.created_at desc, f.journal_id desc limit most;
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
