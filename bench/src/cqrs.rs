//! The second peer: the usual way of event sourcing in Rust. cqrs-es on postgres-es, one aggregate with one command, no views.

use crate::Outcome;
use crate::peer::{Created, Payment};
use actix_web::error::ErrorInternalServerError;
use actix_web::{HttpResponse, web};
use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use postgres_es::PostgresCqrs;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx_of_postgres_es::postgres::PgPoolOptions;
use uuid::Uuid;

/// A case that only takes payments.
#[derive(Default, Serialize, Deserialize)]
pub struct Case {
    paid: Decimal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CaseEvent {
    PaymentReceived(Payment),
}

#[derive(Debug, thiserror::Error)]
#[error("a payment must be above 0")]
pub struct NothingPaid;

impl DomainEvent for CaseEvent {
    fn event_type(&self) -> String {
        "PaymentReceived".into()
    }

    fn event_version(&self) -> String {
        "1.0".into()
    }
}

impl Aggregate for Case {
    const TYPE: &'static str = "case";
    type Command = Payment;
    type Event = CaseEvent;
    type Error = NothingPaid;
    type Services = ();

    async fn handle(&mut self, payment: Payment, _: &(), sink: &EventSink<Self>) -> Result<(), NothingPaid> {
        if payment.amount.is_zero() {
            return Err(NothingPaid);
        }
        sink.write(CaseEvent::PaymentReceived(payment), self).await;
        Ok(())
    }

    fn apply(&mut self, CaseEvent::PaymentReceived(payment): CaseEvent) {
        self.paid += payment.amount;
    }
}

/// The table as postgres-es ships it (db/init.sql), and sixteen connections as the other peer has.
pub async fn framework(database: &str) -> Outcome<PostgresCqrs<Case>> {
    let pool = PgPoolOptions::new().max_connections(16).connect(database).await?;
    sqlx_of_postgres_es::raw_sql(
        "create table events (
           aggregate_type text not null, aggregate_id text not null, sequence bigint check (sequence >= 0) not null,
           event_type text not null, event_version text not null, payload json not null, metadata json not null,
           primary key (aggregate_type, aggregate_id, sequence))",
    )
    .execute(&pool)
    .await?;
    Ok(postgres_es::postgres_cqrs(pool, vec![], ()))
}

pub async fn pay(
    cases: web::Data<PostgresCqrs<Case>>,
    case: web::Path<Uuid>,
    payment: web::Json<Payment>,
) -> actix_web::Result<HttpResponse> {
    let id = case.into_inner();
    cases.execute(&id.to_string(), payment.into_inner()).await.map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Created().json(Created { id }))
}
