//! What the reader made of a batch of events, put down in the outbox: a few statements, however many notices there are.

use super::reading::Batch;
use crate::Unable;
use domain::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

impl Batch {
    /// Everything of the batch, in the transaction that also moves the reader's place.
    pub(super) async fn write(&self, conn: &mut PgConnection) -> Result<(), Unable> {
        self.write_imports(conn).await?;
        self.write_listeners(conn).await?;
        if self.notices.is_empty() {
            return Ok(());
        }
        self.write_notices(conn).await?;
        self.write_deliveries(conn).await
    }

    async fn write_imports(&self, conn: &mut PgConnection) -> Result<(), Unable> {
        if self.imports_changed.is_empty() {
            return Ok(());
        }
        let changed: Vec<Uuid> = self.imports_changed.iter().map(|tenant| tenant.0).collect();
        let going_on = |tenant: &&TenantId| self.importing.contains(*tenant);
        let going_on: Vec<Uuid> = self.imports_changed.iter().filter(going_on).map(|tenant| tenant.0).collect();
        sqlx::query!("delete from outbox.importing where tenant_id = any($1)", &changed).execute(&mut *conn).await?;
        sqlx::query!("insert into outbox.importing (tenant_id) select unnest($1::uuid[])", &going_on).execute(conn).await?;
        Ok(())
    }

    async fn write_listeners(&self, conn: &mut PgConnection) -> Result<(), Unable> {
        // One by one: endpoints change seldom.
        for (tenant, endpoint) in &self.changed {
            let Some(listener) = self.listeners.get(&(*tenant, *endpoint)) else {
                let gone =
                    sqlx::query!("delete from outbox.listeners where tenant_id = $1 and endpoint_id = $2", tenant.0, endpoint);
                gone.execute(&mut *conn).await?;
                continue;
            };
            let kinds: Vec<String> = listener.kinds.iter().map(|kind| kind.word().to_owned()).collect();
            sqlx::query!(
                "insert into outbox.listeners (tenant_id, endpoint_id, kinds, active) values ($1, $2, $3, $4)
                 on conflict (tenant_id, endpoint_id) do update set kinds = excluded.kinds, active = excluded.active",
                tenant.0,
                endpoint,
                &kinds,
                listener.active,
            )
            .execute(&mut *conn)
            .await?;
        }
        Ok(())
    }

    async fn write_notices(&self, conn: &mut PgConnection) -> Result<(), Unable> {
        let column = &self.notices;
        sqlx::query!(
            "insert into outbox.notices
               (tenant_id, event_id, kind, case_id, case_number, agency_id, due_at, occurred_at, position,
                simulated, subject_id, summary)
             select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::uuid[], $7::timestamptz[],
               $8::timestamptz[], $9::bigint[], $10::boolean[], $11::uuid[], $12::text[])
             on conflict do nothing",
            &column.iter().map(|n| n.tenant.0).collect::<Vec<_>>(),
            &column.iter().map(|n| n.event).collect::<Vec<_>>(),
            &column.iter().map(|n| n.kind.word().to_owned()).collect::<Vec<_>>(),
            &column.iter().map(|n| n.case).collect::<Vec<_>>() as &[Option<Uuid>],
            &column.iter().map(|n| n.number.clone()).collect::<Vec<_>>() as &[Option<String>],
            &column.iter().map(|n| n.agency.map(|agency| agency.0)).collect::<Vec<_>>() as &[Option<Uuid>],
            &column.iter().map(|n| n.due_at).collect::<Vec<_>>() as &[Option<domain::Instant>],
            &column.iter().map(|n| n.occurred_at).collect::<Vec<_>>(),
            &column.iter().map(|n| n.position).collect::<Vec<_>>(),
            &column.iter().map(|n| n.simulated).collect::<Vec<_>>(),
            &column.iter().map(|n| n.subject).collect::<Vec<_>>() as &[Option<Uuid>],
            &column.iter().map(|n| n.summary.clone()).collect::<Vec<_>>() as &[Option<String>],
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn write_deliveries(&self, conn: &mut PgConnection) -> Result<(), Unable> {
        let notices: Vec<_> = self.deliveries.iter().map(|(nth, _)| &self.notices[*nth]).collect();
        sqlx::query!(
            "insert into outbox.deliveries (id, tenant_id, event_id, kind, endpoint_id)
             select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[])
             on conflict do nothing",
            // A name that was not committed was never told to anybody.
            &notices.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
            &notices.iter().map(|n| n.tenant.0).collect::<Vec<_>>(),
            &notices.iter().map(|n| n.event).collect::<Vec<_>>(),
            &notices.iter().map(|n| n.kind.word().to_owned()).collect::<Vec<_>>(),
            &self.deliveries.iter().map(|(_, endpoint)| *endpoint).collect::<Vec<_>>(),
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}
