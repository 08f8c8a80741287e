//! A running `dongcha serve` or `dongcha demo`, its address and its memory.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use ureq::Agent;

use crate::child::memory;

/// The service; it ends with this value.
pub struct Server {
    child: Child,
    /// Its address, such as `http://127.0.0.1:40000`.
    pub url: String,
    /// Read keys it printed, if any.
    pub keys: Vec<String>,
}

impl Server {
    /// Starts a command that serves and waits for its address.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().context("no output")?;
        for line in BufReader::new(out).lines() {
            if let Some((url, keys)) = address(&line?) {
                return Ok(Self { child, url, keys });
            }
        }
        bail!("the service did not start: {}", child.wait()?)
    }

    /// A line of the process's memory, MiB.
    pub fn memory(&self, line: &str) -> Result<f64> {
        memory(self.child.id(), line).context("the system does not tell a process's memory")
    }

    /// The answer to a GET as JSON.
    pub fn get(&self, path: &str, key: &str) -> Result<Value> {
        let request = agent().get(format!("{}{path}", self.url));
        let mut answer = request.header("authorization", format!("Bearer {key}")).call()?;
        Ok(answer.body_mut().read_json()?)
    }

    /// Asks it to end and waits.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the service ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP client that keeps its connection.
pub fn agent() -> Agent {
    Agent::config_builder().timeout_global(Some(Duration::from_secs(30))).build().into()
}

/// Address and keys in the line that the program prints when it serves.
fn address(line: &str) -> Option<(String, Vec<String>)> {
    let url = line.split_whitespace().find(|word| word.starts_with("http://"))?;
    let (base, fragment) = url.split_once('#').unwrap_or((url, ""));
    let keys = fragment.strip_prefix("key=").map(|keys| keys.split(',').map(str::to_owned));
    Some((base.trim_end_matches('/').to_owned(), keys.into_iter().flatten().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_from_the_greeting() {
        let line = "Dashboard: http://127.0.0.1:7800/#key=rk_a,rk_b   (stop with Ctrl-C)";
        let (url, keys) = address(line).unwrap();
        assert_eq!(url, "http://127.0.0.1:7800");
        assert_eq!(keys, ["rk_a", "rk_b"]);
        assert_eq!(address("Dashboard: http://[::1]:80/ (stop)").unwrap().1.len(), 0);
        assert_eq!(address("loading"), None);
    }
}
