-- What people with SQL of their own see.
--
-- A setting of a session is theirs to change, so a reach that is set by `alter role` lasts only as long as they leave it alone. Whoever
-- has a row here sees by the row, whatever their session says; only the owner writes it.

create table log.people_of_sql (
  role_name name   not null primary key,
  tenant_id uuid   not null,
  reach     text   not null default 'tenant' check (reach in ('tenant', 'location', 'own')),
  viewer    uuid,
  locations uuid[] not null default '{}'
);
comment on table log.people_of_sql is 'Who signs in with SQL of their own, and what they see: the owner''s word, which goes before the settings of their session.';
comment on column log.people_of_sql.role_name is 'The role with which they sign in.';
comment on column log.people_of_sql.tenant_id is 'Their company.';
comment on column log.people_of_sql.reach     is 'tenant: all of the company; location: their own things and those of their locations; own: their own.';
comment on column log.people_of_sql.viewer    is 'Their account, for what is theirs.';
comment on column log.people_of_sql.locations is 'The locations they look after, where reach is location.';

create function log.said(setting text) returns text language sql stable security definer set search_path = pg_catalog as $$
  select case
      when p.role_name is null then current_setting(setting, true)
      when setting = 'docket.tenant' then p.tenant_id::text
      when setting = 'docket.reach' then p.reach
      when setting = 'docket.viewer' then p.viewer::text
      when setting = 'docket.locations' then array_to_string(p.locations, ',')
    end
  from (select) one left join log.people_of_sql p on p.role_name = session_user
$$;
comment on function log.said is 'By what whoever signed in sees: what their row in log.people_of_sql says, and without one the setting of the session.';
revoke all on function log.said from public;
grant execute on function log.said to docket_app, docket_auditor, docket_analyst;

alter policy people_read_their_tenant on log.events using (tenant_id = (select nullif(log.said('docket.tenant'), '')::uuid));

-- Report runs bear everybody's figures, verifications and telephone systems are the whole company's business: they are among the walled
-- kinds too (projections/src/wall.rs).
alter policy seen_within_reach on log.events
  using ((select coalesce(nullif(log.said('docket.reach'), ''), 'tenant') = 'tenant')
    or category <> all (array['access', 'agent', 'call', 'campaign', 'coaching', 'disposal', 'extension', 'goal', 'held_record',
      'journal', 'presence', 'report_run', 'review', 'shift', 'source', 'source_sync', 'verification']));

-- Read models that are in use keep the policies they were made with until they are computed anew: these shall hold at once.
do $$
declare
  old record;
begin
  for old in select tablename, policyname, qual from pg_policies
    where schemaname = 'read' and policyname in ('people_read_their_tenant', 'seen_within_reach')
  loop
    execute format('alter policy %I on read.%I using (%s)', old.policyname, old.tablename,
      regexp_replace(old.qual, 'current_setting\(''(docket\.(tenant|reach|viewer|locations))''::text, true\)', '(select log.said(''\1''))', 'g'));
  end loop;
  -- And a setting is read once for a statement, not once for a row.
  for old in select tablename, policyname from pg_policies where schemaname = 'read' and policyname = 'app_reads_its_tenant'
  loop
    execute format('alter policy %I on read.%I using (tenant_id = (select nullif(current_setting(''docket.tenant'', true), '''')::uuid)
      or (select current_setting(''docket.every_tenant'', true) = ''on''))', old.policyname, old.tablename);
  end loop;
end $$;
