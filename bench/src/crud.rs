//! The peer: what people write instead. actix-web and sqlx, one payment inserted for each POST, nothing remembered but the row.

use crate::Outcome;
use crate::http::request;
use crate::postgres::Database;
use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, error::ErrorInternalServerError, web};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::net::SocketAddr;
use std::sync::Arc;
use uuid::Uuid;

/// A running server of the usual kind.
pub struct Crud {
    pub address: SocketAddr,
    pub requests: Arc<Vec<Vec<u8>>>,
    server: ServerHandle,
    pool: PgPool,
}

#[derive(Deserialize)]
struct Payment {
    amount: Decimal,
    reference: Option<String>,
}

#[derive(Serialize)]
struct Created {
    id: Uuid,
}

async fn pay(pool: web::Data<PgPool>, case: web::Path<Uuid>, payment: web::Json<Payment>) -> actix_web::Result<HttpResponse> {
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

impl Crud {
    /// Sixteen connections, and sqlx's other defaults (it pings a connection before lending it).
    pub async fn start(database: &Database, cases: usize) -> Outcome<Self> {
        let pool = PgPoolOptions::new().max_connections(16).connect(&database.url).await?;
        sqlx::raw_sql(
            "create table payments (id uuid primary key, case_id uuid not null, amount numeric(20, 2) not null, reference text,
               at timestamptz not null)",
        )
        .execute(&pool)
        .await?;
        let data = web::Data::new(pool.clone());
        let app = move || App::new().app_data(data.clone()).route("/cases/{id}/payments", web::post().to(pay));
        let server = HttpServer::new(app).disable_signals().bind(("127.0.0.1", 0))?;
        let address = server.addrs().first().copied().ok_or("no address")?;
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        let post = |_| {
            let path = format!("/cases/{}/payments", Uuid::now_v7());
            request("POST", &path, None, "application/json", r#"{"amount":1.25,"reference":"bench"}"#)
        };
        Ok(Self { address, requests: Arc::new((0..cases).map(post).collect()), server: handle, pool })
    }

    pub async fn rows(&self) -> Outcome<i64> {
        Ok(sqlx::query_scalar("select count(*) from payments").fetch_one(&self.pool).await?)
    }

    pub async fn stop(self) {
        self.server.stop(true).await;
        self.pool.close().await;
    }
}
