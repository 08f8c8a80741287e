//! Binding, serving, and going down without losing anything.
//!
//! When told to stop, the server accepts no more connections, finishes the requests under way,
//! and closes idle connections; a connection that is still busy after [`GRACE`] is dropped. What
//! was acknowledged is durable already, so even then nothing acknowledged is lost.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::app;
use crate::error::ServeError;
use crate::shop::Shops;

/// How long requests under way may take after the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `shutdown` completes; `ready` is told the address, whose port is chosen by the
/// system when `listen` has port 0.
///
/// # Errors
/// When the address cannot be listened on or the server fails.
pub async fn serve(
    shops: Shops,
    listen: SocketAddr,
    shutdown: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let bind = |source| ServeError::Bind { addr: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(bind)?;
    let addr = listener.local_addr().map_err(bind)?;
    let (told, stopping) = oneshot::channel();
    let signal = async move {
        shutdown.await;
        // The receiver waits below as long as the server runs.
        let _ = told.send(());
    };
    let serving = axum::serve(listener, app::router(shops)).with_graceful_shutdown(signal);
    tracing::info!(%addr, "serving");
    ready(addr);
    let overdue = async {
        let _ = stopping.await;
        tracing::info!("stopping: finishing requests under way");
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served.map_err(ServeError::Server)?,
        () = overdue => tracing::warn!(grace_s = GRACE.as_secs(), "dropping open connections"),
    }
    tracing::info!("stopped");
    Ok(())
}

/// Completes when the process is asked to stop: Ctrl-C or `SIGTERM`.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

/// Serves on a runtime of its own until the process is asked to stop.
///
/// # Errors
/// When the runtime cannot be started, and as [`serve`].
pub fn run(
    shops: Shops,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Server)?;
    let served = runtime.block_on(serve(shops, listen, stop_signal(), ready));
    // A thread that still computes an answer nobody waits for must not hold up the exit.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}
