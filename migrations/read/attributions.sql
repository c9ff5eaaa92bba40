-- Calls whose people are not known yet, and who holds which extension: what the process attribution goes by.

create table unattributed_calls (
  tenant_id  uuid        not null,
  call_id    uuid        not null,
  extensions uuid[]      not null,
  began_at   timestamptz not null,
  position   bigint      not null,
  primary key (tenant_id, call_id)
);
create index on unattributed_calls using gin (extensions);

create table extension_holders (
  tenant_id    uuid   not null,
  extension_id uuid   not null,
  terms        jsonb  not null,
  position     bigint not null,
  primary key (tenant_id, extension_id)
);
create index on extension_holders (position);

comment on table unattributed_calls is 'One row per call in which an extension took part of which nobody is known who held it.';
comment on column unattributed_calls.tenant_id  is 'The company.';
comment on column unattributed_calls.call_id    is 'The call.';
comment on column unattributed_calls.extensions is 'The extensions nobody is known for, by the ids of their histories.';
comment on column unattributed_calls.began_at   is 'When the call began (UTC).';
comment on column unattributed_calls.position   is 'Place in the log of the event that left it so.';

comment on table extension_holders is 'One row per extension that somebody ever held.';
comment on column extension_holders.tenant_id    is 'The company.';
comment on column extension_holders.extension_id is 'The extension, by the id of its history.';
comment on column extension_holders.terms        is 'Who held it when, oldest first: user, from (null: ever since), until (null: still).';
comment on column extension_holders.position     is 'Place in the log of the last event.';
