-- Whoever brings SQL of their own and has a reach set sees no more on the log than in the read models: events do not say whose they
-- are in a column, so those of the walled kinds (projections/src/wall.rs) are seen only by those who see the whole company.
-- Docket's own role reads all of the log; it decides by it.

create policy seen_within_reach on log.events as restrictive for select to docket_auditor, docket_analyst
  using ((select coalesce(nullif(current_setting('docket.reach', true), ''), 'tenant') = 'tenant')
    or category <> all (array['access', 'agent', 'call', 'campaign', 'disposal', 'extension', 'goal', 'held_record', 'journal',
      'presence', 'review', 'shift']));
