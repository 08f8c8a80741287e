//! The program under test: finding it, running it, serving with it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::SystemTime;

use dongcha_tests::tree;
use serde_json::Value;
use tempfile::TempDir;

/// The binary beside these tests, built first where it is absent or older than its source;
/// `DONGCHA_BINARY` names another, such as one from a package.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(named) = std::env::var_os("DONGCHA_BINARY") {
            return PathBuf::from(named);
        }
        let test = std::env::current_exe().unwrap();
        let folder = test.parent().and_then(Path::parent).unwrap();
        let binary = folder.join("dongcha");
        let built = fs::metadata(&binary).and_then(|meta| meta.modified());
        if built.is_ok_and(|built| built >= newest_source()) {
            return binary;
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "-p", "dongcha"]).current_dir(tree::root());
        cargo.arg("--target-dir").arg(folder.parent().unwrap());
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success(), "dongcha does not build");
        binary
    })
}

fn newest_source() -> SystemTime {
    let paths = tree::paths().into_iter().filter(|path| {
        path.starts_with("crates/") && !path.contains("/tests/") || path == "Cargo.lock"
    });
    let changed = |path: String| fs::metadata(tree::root().join(path))?.modified();
    paths.filter_map(|path| changed(path).ok()).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A data directory of its own and the program that works on it.
pub struct Dongcha {
    folder: TempDir,
    data: PathBuf,
}

impl Dongcha {
    /// An empty folder; no shop yet.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        Self { folder, data }
    }

    /// A folder with a shop named `shop` that trades in euros.
    pub fn with_shop() -> Self {
        let dongcha = Self::new();
        dongcha.run(&["init", "shop", "--currency", "EUR"]).succeeded();
        dongcha
    }

    /// The same folder with the data directory somewhere else.
    pub fn with_data_at(mut self, data: &Path) -> Self {
        self.data = data.to_owned();
        self
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The program, about to run in the folder, speaking English.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("DONGCHA_DATA", &self.data).env("LC_ALL", "C.UTF-8").env_remove("DONGCHA_LANG");
        // A backtrace in front of a user must show here.
        command.env("RUST_BACKTRACE", "1");
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// What the program prints as JSON; it must succeed.
    pub fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--format", "json"]].concat()).succeeded();
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out))
    }

    /// A new key of a kind.
    pub fn key(&self, site: &str, kind: &str) -> String {
        let made = self.json(&["key", "create", "--site", site, "--kind", kind]);
        made[0]["key"].as_str().unwrap().to_owned()
    }

    /// Starts the service on a free port.
    pub fn serve(&self) -> Server {
        Server::start(self)
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; none after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        let mut err = text(output.stderr);
        if let Some(signal) = output.status.signal() {
            err += &format!("[ended by signal {signal}]");
        }
        Self { code: output.status.code(), out: text(output.stdout), err }
    }

    /// Fails unless the run ended well and said nothing on standard error.
    pub fn succeeded(self) -> Self {
        self.ended_with(0)
    }

    /// Fails unless the run ended with this code, without noise.
    pub fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.err, "", "{self:?}");
        self.is_civil();
        self
    }

    /// Fails unless the run was refused in one sentence that contains all these words.
    pub fn refused(self, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "one sentence: {self:?}");
        assert!(self.err.starts_with("dongcha: ") && self.err.len() < 500, "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} in {self:?}");
        }
        self.is_civil();
        self
    }

    fn is_civil(&self) {
        let all = format!("{}{}", self.out, self.err);
        for rude in ["panicked", "backtrace", "RUST_BACKTRACE", "src/", "Os {", "called `"] {
            assert!(!all.contains(rude), "{rude:?} in {self:?}");
        }
    }
}

/// A running service.
pub struct Server {
    child: Child,
    /// Its address, such as `http://127.0.0.1:40000`.
    pub url: String,
}

impl Server {
    fn start(dongcha: &Dongcha) -> Self {
        let mut command = dongcha.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut all = String::new();
        let greeting = loop {
            let line = lines.next().and_then(Result::ok);
            let line = line.unwrap_or_else(|| panic!("the service does not start: {all}"));
            if line.contains("http://") {
                break line;
            }
            all += &line;
        };
        let from = greeting.find("http://").unwrap();
        let rest = &greeting[from + 7..];
        let host = rest.split(['/', ' ']).next().unwrap();
        Self { child, url: format!("http://{host}") }
    }

    /// Ends it like a power cut.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits; its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// The answer to a GET, with its status.
    pub fn get(&self, path: &str, key: &str) -> (u16, Value) {
        let agent = agent();
        let request = agent.get(format!("{}{path}", self.url));
        let answer = request.header("authorization", format!("Bearer {key}")).call();
        let mut answer = answer.unwrap();
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_json().unwrap_or(Value::Null))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `kill` and `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP client for which 4xx and 5xx are answers.
pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(std::time::Duration::from_secs(20)));
    config.build().into()
}

/// The Python with the query engines that `tests/setup.sh` installs, or none with a notice.
pub fn python(test: &str) -> Option<PathBuf> {
    let tools = std::env::var_os("DONGCHA_TOOLS").map(PathBuf::from);
    let beside = || binary().parent().and_then(Path::parent).unwrap().join("tools");
    let python = tools.unwrap_or_else(beside).join("python/bin/python3");
    let imports = "import duckdb, pandas, polars, pyarrow";
    let works = Command::new(&python).args(["-c", imports]).stderr(Stdio::null()).status();
    if works.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    notice(&format!("{test} is left out: no Python with {}; run tests/setup.sh", &imports[7..]));
    None
}

/// Says that a test is left out, also when the test runner hides what tests print.
pub fn notice(text: &str) {
    use std::io::Write;
    // A closed standard error hides the notice and nothing else.
    let _ = writeln!(std::io::stderr(), "NOTICE: {text}");
}
