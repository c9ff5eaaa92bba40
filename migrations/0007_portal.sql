-- The customer portal has doors of its own, at which one may guess less often.

alter table vault.login_failures drop constraint login_failures_scope_check;
alter table vault.login_failures
  add constraint login_failures_scope_check check (scope in ('account', 'address', 'portal_case', 'portal_address'));
comment on table vault.login_failures is
  'Failed sign-ins by account or case and by network address (all hashed), and until when the next try must wait.';
