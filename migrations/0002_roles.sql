-- Who may do what with the log. Docket's connections take on one of these roles; none of them owns anything or is above row security.

do $$
declare
  role text;
begin
  foreach role in array array['docket_app', 'docket_projector', 'docket_auditor', 'docket_analyst'] loop
    begin
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I nologin nosuperuser nocreatedb nocreaterole nobypassrls', role);
      end if;
    -- Roles belong to the whole server: another database of it may be set up at this very moment.
    exception when duplicate_object or unique_violation then null;
    end;
    -- So that whoever sets Docket up may also serve with it; a superuser may take on any role as it is.
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user', role);
    end if;
  end loop;
end $$;

revoke all on all functions in schema log from public;
grant usage on schema log to docket_app, docket_projector, docket_auditor, docket_analyst;
grant select on log.events, log.readable to docket_app, docket_projector, docket_auditor, docket_analyst;
grant select on log.head to docket_app, docket_projector, docket_auditor;
grant execute on function log.as_json to docket_app, docket_projector, docket_auditor, docket_analyst;
grant execute on function log.last, log.read, log.read_streams, log.receipt to docket_app, docket_projector, docket_auditor;
-- To prove, an auditor recomputes leaves.
grant execute on function log.leaf to docket_app, docket_projector, docket_auditor;
-- The one way to write: log.append runs as the owner, so nobody else needs insert, and nobody has update, delete or truncate.
grant execute on function log.append to docket_app;

alter table log.events enable row level security;
alter table log.events force row level security;

-- The program itself reads across tenants (projections follow the whole log); the log adapter names the tenant in every read
-- of a stream, and read models have their own row security.
create policy program_reads_all on log.events for select to docket_app, docket_projector using (true);
-- Forced row security holds for the owner too, as whom log.append runs.
create policy owner_appends on log.events for all to current_user using (true) with check (true);
-- People with SQL see one tenant, the one their session names; nobody named, nothing seen.
create policy people_read_their_tenant on log.events for select to docket_auditor, docket_analyst
  using (tenant_id = nullif(current_setting('docket.tenant', true), '')::uuid);
