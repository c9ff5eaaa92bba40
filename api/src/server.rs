//! Answers HTTP until it is asked to stop, and then lets everybody finish.

use crate::error::Error;
use crate::house::{House, NotOpened};
use crate::route::resources;
use crate::routes::routes;
use crate::{Config, http};
use actix_cors::Cors;
use actix_web::dev::{ServerHandle, Service};
use actix_web::http::ConnectionType;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpResponse, HttpServer, web};
use domain::SourceId;
use processes::calls::listener::Listener;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long a server that was asked to stop goes on, and asks with every answer to be called no more. A connection that is closed
/// without a word may be closed just as a request comes in on it, which nobody would then answer.
const FAREWELL: Duration = Duration::from_secs(1);

/// A running Docket.
pub struct Running {
    pub address: SocketAddr,
    pub house: House,
    /// Takes records of calls as lines, if it was asked to.
    pub listener: Option<Listener>,
    server: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    sweeping: JoinHandle<()>,
}

/// Opens the house and begins to answer. With port 0 it takes a free one; see [`Running::address`].
pub async fn start(config: Config) -> Result<Running, NotOpened> {
    let house = House::open(config).await?;
    serve(house).await
}

/// Begins to answer for a house that is open already.
pub async fn serve(house: House) -> Result<Running, NotOpened> {
    let data = web::Data::new(house.clone());
    let origins = house.config.cors_origins.clone();
    let app = move || {
        let house = data.clone();
        App::new()
            .app_data(data.clone())
            .service(resources(routes()))
            .default_service(web::to(|| std::future::ready(Err::<HttpResponse, _>(Error::missing("path")))))
            .wrap(cors(&origins))
            .wrap(Compress::default())
            .wrap(from_fn(http::around))
            .wrap_fn(move |request, service| {
                let (answer, house) = (service.call(request), house.clone());
                async move {
                    let mut answer = answer.await?;
                    if *house.leaving.borrow() {
                        answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                    }
                    Ok(answer)
                }
            })
    };
    let server = HttpServer::new(app)
        .disable_signals()
        .shutdown_timeout(house.config.drain_seconds)
        .client_request_timeout(Duration::from_secs(15))
        .bind(house.config.bind)?;
    let address = server.addrs().first().copied().unwrap_or(house.config.bind);
    let listener = listener(&house).await?;
    let server = server.run();
    let handle = server.handle();
    let serving = tokio::spawn(server);
    let sweeping = tokio::spawn(sweep(house.clone()));
    Ok(Running { address, house, listener, server: handle, serving, sweeping })
}

impl Running {
    /// Where it answers, for example `http://127.0.0.1:8000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no more requests, finishes those begun, and closes the house.
    pub async fn stop(self) {
        self.house.leaving.send_replace(true);
        self.server.stop(true).await;
        // Its result is of no use any more: it has ended.
        let _ = self.serving.await;
        self.sweeping.abort();
        if let Some(listener) = self.listener {
            listener.stop().await;
        }
        self.house.close().await;
    }

    /// Runs until the machine or a person asks it to stop.
    pub async fn until_stopped(self) {
        stop_signal().await;
        tracing::info!("stopping: finishing what was begun");
        self.house.leaving.send_replace(true);
        tokio::select! {
            () = tokio::time::sleep(FAREWELL) => {}
            // Whoever asks twice is in a hurry.
            () = stop_signal() => {}
        }
        self.stop().await;
    }
}

/// Begins to take records of calls, if it is asked to.
async fn listener(house: &House) -> Result<Option<Listener>, NotOpened> {
    let Some(address) = house.config.cdr_listen else { return Ok(None) };
    let refused = |why: String| NotOpened::Listener(why);
    let source = house.config.cdr_source.ok_or_else(|| refused("--cdr-listen needs --cdr-source".into()))?;
    let telephony = &house.telephony;
    let Some(tenant) = telephony.secrets.tenant(SourceId(source)).await? else {
        // Somebody may have removed it while this program ran. Everything else is not to stand still for that.
        tracing::error!(%source, "records of calls are not listened for: there is no such source; add it (POST /api/3cx/sources)");
        return Ok(None);
    };
    let intake = telephony.intake.clone();
    let listener = Listener::start(intake, tenant, SourceId(source), address, house.config.cdr_allow.clone()).await;
    let listener = listener.map_err(|error| refused(format!("{address}: {error}")))?;
    tracing::info!(address = %listener.address, %source, "records of calls are taken");
    Ok(Some(listener))
}

/// Ctrl-C or TERM.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

/// Forgets what is over: limits every minute, sessions and failed sign-ins every hour.
async fn sweep(house: House) {
    for minute in 0u64.. {
        if minute.is_multiple_of(60)
            && let Err(error) = house.vault.sweep(chrono::Utc::now()).await
        {
            tracing::warn!(%error, "the vault could not be swept");
        }
        house.limits.sweep();
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

fn cors(origins: &[String]) -> Cors {
    const EXPOSED: [&str; 8] = [
        "X-Request-Id",
        "X-Total-Count",
        "ETag",
        "Docket-Position",
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
        "Retry-After",
    ];
    let cors = Cors::default().allow_any_method().allow_any_header().expose_headers(EXPOSED).max_age(3600);
    match origins.iter().any(|origin| origin == "*") {
        true => cors.allow_any_origin(),
        // Without any it says nothing, and browsers keep other pages out by themselves.
        false => origins.iter().fold(cors.block_on_origin_mismatch(false), |cors, origin| cors.allowed_origin(origin)),
    }
}
