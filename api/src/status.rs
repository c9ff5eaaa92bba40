//! How Docket itself is doing: for those who keep it running, and for the machines that watch it.

use crate::{error::Error, extract, house::House, routes::routes};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use processes::notices::ledger;
use serde::Serialize;
use serde_json::json;
use std::sync::{Arc, LazyLock};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
    version: &'static str,
}

/// The program runs.
#[utoipa::path(get, path = "/health", tag = "status", responses((status = 200, body = Health)))]
pub async fn health() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

#[derive(Serialize, ToSchema)]
pub struct Ready {
    ready: bool,
    /// What is not as it should be.
    complaints: Vec<String>,
    /// The last position of the log.
    position: i64,
    /// How far this machine's clock is from the database's, in milliseconds.
    clock_ms: i64,
    /// Every read model: how far it is, how fresh, and what it could not compute.
    #[schema(value_type = Vec<Object>)]
    projections: serde_json::Value,
    /// Notices that wait to be sent or were given up.
    notices: Outside,
}

/// How notices to the outside stand.
#[derive(Default, Serialize, ToSchema)]
struct Outside {
    pending: i64,
    failed: i64,
    /// How long the oldest has been waiting.
    oldest_pending_seconds: f64,
}

/// It can do its work: the log answers, what people look at keeps up, the clock is right.
#[utoipa::path(get, path = "/ready", tag = "status",
    responses((status = 200, body = Ready), (status = 503, body = Ready, description = "not ready")))]
pub async fn ready(house: web::Data<House>) -> Result<HttpResponse, Error> {
    let ready = look(&house).await.unwrap_or_else(|error| Ready {
        ready: false,
        complaints: vec![error.message],
        position: 0,
        clock_ms: 0,
        projections: json!([]),
        notices: Outside::default(),
    });
    let status = if ready.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(HttpResponse::build(status).json(ready))
}

async fn look(house: &House) -> Result<Ready, Error> {
    let head = house.log().head().await?;
    let theirs = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(&house.app).await?;
    let clock_ms = (chrono::Utc::now() - theirs).num_milliseconds();
    let models = projections::engine::status(&house.app, house.log()).await.map_err(Error::internal)?;
    let mut complaints = Vec::new();
    if *house.leaving.borrow() {
        complaints.push("it is about to stop; ask another one".into());
    }
    if clock_ms.abs() > 2_000 {
        complaints.push(format!("this machine's clock and the database's are {clock_ms} ms apart"));
    }
    for model in &models {
        if let Some(why) = &model.stopped {
            complaints.push(format!("{} has stopped: {why}", model.name));
        }
        metrics::gauge!("docket_projection_lag_events", "model" => model.name.clone()).set(model.lag_events as f64);
        metrics::gauge!("docket_projection_parked_streams", "model" => model.name.clone()).set(model.parked as f64);
        if let Some(p99) = model.freshness_p99_ms {
            metrics::gauge!("docket_projection_freshness_p99_seconds", "model" => model.name.clone()).set(p99 / 1000.0);
        }
    }
    let standing = house.reader.every_tenant(|conn| Box::pin(ledger::standing(conn))).await?;
    metrics::gauge!("docket_notices_pending").set(standing.pending as f64);
    metrics::gauge!("docket_notices_failed").set(standing.failed as f64);
    metrics::gauge!("docket_notices_oldest_pending_seconds").set(standing.oldest_seconds);
    Ok(Ready {
        ready: complaints.is_empty(),
        complaints,
        position: head.position.to_i64(),
        clock_ms,
        projections: json!(models),
        notices: Outside { pending: standing.pending, failed: standing.failed, oldest_pending_seconds: standing.oldest_seconds },
    })
}

/// Measurements for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "status", responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(house: web::Data<House>) -> HttpResponse {
    if let Err(error) = look(&house).await {
        tracing::warn!(%error, "lag could not be measured");
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(house.metrics.render())
}

/// This description.
#[utoipa::path(get, path = "/api-docs/openapi.json", tag = "status",
    responses((status = 200, body = Object, description = "OpenAPI 3.1")))]
pub async fn openapi() -> HttpResponse {
    static DOCUMENT: LazyLock<String> =
        LazyLock::new(|| crate::openapi::document(routes()).to_json().unwrap_or_else(|error| error.to_string()));
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.as_str())
}

/// This description, for people.
#[utoipa::path(get, path = "/docs", tag = "status", responses((status = 308, description = "to /docs/")))]
pub async fn docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// The address under which FastAPI's clients look for it.
#[utoipa::path(get, path = "/redoc", tag = "status", responses((status = 307, description = "to /docs/")))]
pub async fn redoc() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// The pages of the description for people.
#[utoipa::path(get, path = "/docs/{file:.*}", tag = "status", params(("file" = String, Path, description = "a file of it")),
    responses((status = 200, body = String, content_type = "text/html")))]
pub async fn docs_file(request: HttpRequest) -> Result<HttpResponse, Error> {
    static CONFIG: LazyLock<Arc<utoipa_swagger_ui::Config<'static>>> =
        LazyLock::new(|| Arc::new(utoipa_swagger_ui::Config::from("/api-docs/openapi.json").persist_authorization(true)));
    let file = request.match_info().query("file");
    extract::readable(file)?;
    match utoipa_swagger_ui::serve(file, CONFIG.clone()) {
        Ok(Some(file)) => Ok(HttpResponse::Ok().content_type(file.content_type).body(file.bytes.into_owned())),
        Ok(None) => Err(Error::missing("file")),
        Err(error) => Err(Error::internal(error)),
    }
}
