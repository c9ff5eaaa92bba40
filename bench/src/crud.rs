//! The first peer: what most people write. actix-web and sqlx, one payment inserted for each POST, nothing remembered but the row.

use crate::Outcome;
use crate::peer::{Created, Payment};
use actix_web::error::ErrorInternalServerError;
use actix_web::{HttpResponse, web};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

/// Sixteen connections, and sqlx's other defaults (it pings a connection before lending it).
pub async fn pool(database: &str) -> Outcome<PgPool> {
    let pool = PgPoolOptions::new().max_connections(16).connect(database).await?;
    sqlx::raw_sql(
        "create table payments (id uuid primary key, case_id uuid not null, amount numeric(20, 2) not null, reference text,
           at timestamptz not null)",
    )
    .execute(&pool)
    .await?;
    Ok(pool)
}

pub async fn pay(pool: web::Data<PgPool>, case: web::Path<Uuid>, payment: web::Json<Payment>) -> actix_web::Result<HttpResponse> {
    let id = Uuid::now_v7();
    sqlx::query("insert into payments (id, case_id, amount, reference, at) values ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(case.into_inner())
        .bind(payment.amount)
        .bind(&payment.reference)
        .bind(chrono::Utc::now())
        .execute(pool.get_ref())
        .await
        .map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Created().json(Created { id }))
}
