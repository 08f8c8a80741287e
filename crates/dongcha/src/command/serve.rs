//! `dongcha serve`: the API and the dashboard.

use std::net::SocketAddr;

use anyhow::Result;
use serve::Shops;
use tracing_subscriber::EnvFilter;

use crate::cli::ServeArgs;
use crate::output::say;
use crate::setting::Setting;
use crate::trouble::both;

/// Where the service listens by default.
const LISTEN: &str = "127.0.0.1:7800";

/// Serves until a signal asks to stop.
pub fn run(setting: &Setting, args: &ServeArgs) -> Result<()> {
    let listen = args.listen.clone().or_else(|| setting.config.listen.clone());
    let listen = address(listen.as_deref().unwrap_or(LISTEN))?;
    let lake = setting.lake()?;
    listen_and_serve(setting, Shops::open(lake)?, listen, &[])
}

/// Reads an address and port.
pub fn address(text: &str) -> Result<SocketAddr> {
    text.parse().map_err(|_| {
        both(
            format!("`{text}` is no address and port, such as {LISTEN}"),
            format!("`{text}` 不是地址与端口，例如 {LISTEN}"),
        )
    })
}

/// Serves and says where; `keys` are put into the dashboard's address.
pub fn listen_and_serve(
    setting: &Setting,
    shops: Shops,
    listen: SocketAddr,
    keys: &[String],
) -> Result<()> {
    let filter = EnvFilter::try_from_env("DONGCHA_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    serve::run(shops, listen, |addr| {
        let fragment =
            if keys.is_empty() { String::new() } else { format!("#key={}", keys.join(",")) };
        let text = setting
            .say("Dashboard: {url}   (stop with Ctrl-C)", "看板：{url}   （按 Ctrl-C 停止）")
            .replace("{url}", &format!("http://{addr}/{fragment}"));
        // The service runs whether or not anybody reads its address.
        let _ = say(&text);
    })?;
    Ok(())
}
