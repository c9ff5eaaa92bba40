-- The SLA board: every case's clock, and whose clocks stand still because a history is being imported.

create table sla_board (
  tenant_id  uuid        not null,
  case_id    uuid        not null,
  priority   text        not null,
  agency_id  uuid,
  running    boolean     not null,
  at_risk_at timestamptz not null,
  due_at     timestamptz not null,
  recorded   text,
  next_at    timestamptz,
  primary key (tenant_id, case_id)
) with (fillfactor = 85);
create index on sla_board (tenant_id, due_at, case_id) where running;
create index on sla_board (tenant_id, agency_id) include (priority, at_risk_at, due_at) where running and agency_id is not null;
create index on sla_board (next_at) where next_at is not null;

comment on table sla_board is 'One row per case that was not deleted: where it stands in its SLA window.';
comment on column sla_board.tenant_id  is 'The company whose case it is.';
comment on column sla_board.case_id    is 'The case.';
comment on column sla_board.priority   is 'P1 (most urgent), P2 or P3.';
comment on column sla_board.agency_id  is 'The agency in charge; null while nobody is.';
comment on column sla_board.running    is 'The clock runs: the case is neither completed nor closed.';
comment on column sla_board.at_risk_at is 'From this instant on a running case is at risk (UTC).';
comment on column sla_board.due_at     is 'Strictly after this instant a running case is breached (UTC).';
comment on column sla_board.recorded   is 'The last deadline of the window that is on record: at_risk or breached.';
comment on column sla_board.next_at    is 'When the next deadline has to be put on record (UTC); null if there is none.';

create table sla_board_imports (
  tenant_id uuid        not null primary key,
  since     timestamptz not null
);
comment on table sla_board_imports is 'Companies that import a history right now: the SLA clock leaves them alone.';
comment on column sla_board_imports.tenant_id is 'The company.';
comment on column sla_board_imports.since     is 'When the import began (UTC).';
