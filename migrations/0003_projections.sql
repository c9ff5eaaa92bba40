-- How far each screen's numbers have been computed from the log, and what could not be computed.
--
-- The tables people look at are in schema read. The engine makes them (migrations/read/*.sql), swaps in newly filled ones and
-- gives them row security; see projections/src/engine.

create schema read;
comment on schema read is 'What people look at, computed from the log: drop it all and it can be computed again.';
grant usage on schema read to docket_app, docket_projector, docket_auditor, docket_analyst;

create schema projection;
comment on schema projection is 'How far what people look at follows the log.';
grant usage on schema projection to docket_app, docket_projector, docket_auditor, docket_analyst;

-- Fillfactor: a row is rewritten by every batch and should find room on its own page.
create table projection.checkpoints (
  model            text        not null primary key,
  generation       integer     not null,
  version          integer     not null,
  relations        text[]      not null,
  position         bigint      not null,
  epoch            bigint      not null,
  freshness_p99_ms double precision,
  stopped          text,
  updated_at       timestamptz not null default clock_timestamp()
) with (fillfactor = 10);

comment on table projection.checkpoints is 'One row per read model: how far its tables in schema read follow the log.';
comment on column projection.checkpoints.model            is 'The read model, named after its screen.';
comment on column projection.checkpoints.generation       is 'How often its tables were filled anew and swapped in, from 1.';
comment on column projection.checkpoints.version          is 'The version of its rules that its rows were computed by.';
comment on column projection.checkpoints.relations        is 'Its tables and views in schema read.';
comment on column projection.checkpoints.position         is 'The last event that its rows reflect.';
comment on column projection.checkpoints.epoch            is 'Raised by whoever takes over; a worker of an earlier epoch can no longer write.';
comment on column projection.checkpoints.freshness_p99_ms is 'Milliseconds from commit to visible row, 99th percentile of the last 1,000 batches.';
comment on column projection.checkpoints.stopped          is 'Why it does not go on, null while it does.';
comment on column projection.checkpoints.updated_at       is 'When any of this last changed (UTC).';

create table projection.parked_streams (
  model     text        not null,
  tenant_id uuid        not null,
  category  text        not null,
  stream_id uuid        not null,
  position  bigint      not null,
  reason    text        not null,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (model, tenant_id, category, stream_id)
);

comment on table projection.parked_streams is 'Things a read model no longer follows because one of their events could not be applied. A rebuild takes them up again.';
comment on column projection.parked_streams.model     is 'The read model.';
comment on column projection.parked_streams.tenant_id is 'The company whose thing it is.';
comment on column projection.parked_streams.category  is 'Kind of thing, for example case or agency.';
comment on column projection.parked_streams.stream_id is 'The thing.';
comment on column projection.parked_streams.position  is 'The event that could not be applied; later ones of this thing are skipped.';
comment on column projection.parked_streams.reason    is 'Why it could not be applied.';
comment on column projection.parked_streams.parked_at is 'When that was noticed (UTC).';

grant select on projection.checkpoints to docket_app, docket_projector, docket_auditor, docket_analyst;
grant update on projection.checkpoints to docket_projector;
-- Reasons may quote what a tenant wrote, so only the program and those who audit it see them.
grant select on projection.parked_streams to docket_app, docket_projector;
grant insert, delete on projection.parked_streams to docket_projector;
