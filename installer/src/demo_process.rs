//! The detached process of the simulated company, and its control interface.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// How long a start or an end may take.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// Where the process keeps its traces: `demo.json` (what runs), `demo.out` and `demo.log` (what it printed).
#[derive(Debug)]
pub struct DemoProcess {
    folder: PathBuf,
}

/// A simulator that runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Running {
    pub pid: i32,
    pub base_url: String,
}

/// What the simulated person's consent leaves behind.
#[derive(Deserialize)]
pub struct Consent {
    pub client_id: String,
    pub client_secret: String,
    pub refresh_token: String,
}

/// What one endpoint was asked.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counter {
    pub requests: u64,
    pub rows: u64,
}

impl DemoProcess {
    pub fn in_folder(folder: PathBuf) -> DemoProcess {
        DemoProcess { folder }
    }

    fn state(&self) -> PathBuf {
        self.folder.join("demo.json")
    }

    /// The simulator that runs, if one does.
    pub fn running(&self) -> Result<Option<Running>> {
        let path = self.state();
        let Ok(bytes) = fs::read(&path) else { return Ok(None) };
        let running: Running =
            serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged; remove it", path.display()))?;
        Ok(Some(running).filter(Running::is_alive))
    }

    /// Starts this program once more with these arguments, apart from the terminal, and waits until it answers.
    pub fn start(&self, arguments: &[String]) -> Result<Running> {
        fs::create_dir_all(&self.folder).with_context(|| format!("{} cannot be made", self.folder.display()))?;
        let (out, log) = (self.folder.join("demo.out"), self.folder.join("demo.log"));
        let open = |path: &Path| File::create(path).with_context(|| format!("{} cannot be written", path.display()));
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).stdin(Stdio::null()).stdout(open(&out)?).stderr(open(&log)?);
        on_its_own(&mut command);
        let mut child = command.spawn().context("the simulator cannot be started")?;
        let base_url = wait_for_address(&mut child, &out, &log)?;
        let running = Running { pid: i32::try_from(child.id())?, base_url };
        fs::write(self.state(), serde_json::to_vec(&running)?)?;
        Ok(running)
    }

    /// Ends the simulator; says whether one ran.
    pub fn stop(&self) -> Result<bool> {
        let Some(running) = self.running()? else { return Ok(false) };
        end(&running).context("the simulator cannot be ended")?;
        let begun = Instant::now();
        while running.is_alive() {
            if begun.elapsed() > PATIENCE {
                bail!("process {} does not end", running.pid);
            }
            sleep(PAUSE);
        }
        fs::remove_file(self.state())?;
        Ok(true)
    }
}

/// Out of the reach of this terminal's Ctrl-C.
#[cfg(unix)]
fn on_its_own(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Out of the reach of this console's Ctrl-C and end.
#[cfg(windows)]
fn on_its_own(command: &mut Command) {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

#[cfg(unix)]
fn end(running: &Running) -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = Pid::from_raw(running.pid).context("the recorded process number is 0")?;
    Ok(kill_process(pid, Signal::TERM)?)
}

/// It keeps nothing that would have to be written.
#[cfg(windows)]
fn end(running: &Running) -> Result<()> {
    let done = Command::new("taskkill").args(["/F", "/PID", &running.pid.to_string()]).output()?;
    if !done.status.success() {
        bail!("taskkill: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

/// The simulator prints its address once it listens.
fn wait_for_address(child: &mut Child, out: &Path, log: &Path) -> Result<String> {
    let begun = Instant::now();
    loop {
        let printed = fs::read_to_string(out).unwrap_or_default();
        if let Some((address, _)) = printed.split_once('\n') {
            return Ok(address.to_owned());
        }
        if let Some(status) = child.try_wait()? {
            let reason = fs::read_to_string(log).unwrap_or_default();
            bail!("the simulator ended at once ({status}): {}", reason.trim().trim_start_matches("exact-odbc: "));
        }
        if begun.elapsed() > PATIENCE {
            child.kill()?;
            bail!("the simulator did not start within {} s", PATIENCE.as_secs());
        }
        sleep(PAUSE);
    }
}

impl Running {
    /// Whether the simulator answers.
    #[cfg(windows)]
    fn is_alive(&self) -> bool {
        self.counters().is_ok()
    }

    /// Whether the process still is this simulator, and not another that was given its number.
    #[cfg(unix)]
    fn is_alive(&self) -> bool {
        let command = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let words: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
        words.windows(2).any(|pair| pair == [b"demo".as_slice(), b"serve"])
    }

    /// A fresh sign-in, as if a person had consented in the browser.
    pub fn sign_in(&self) -> Result<Consent> {
        self.get("sign-in")
    }

    /// Calls and rows by path, since the last reset.
    pub fn counters(&self) -> Result<BTreeMap<String, Counter>> {
        self.get("counters")
    }

    pub fn reset_counters(&self) -> Result<()> {
        let url = self.control("reset");
        ureq::post(&url).send_empty().with_context(|| format!("{url} does not answer"))?;
        Ok(())
    }

    fn control(&self, command: &str) -> String {
        format!("{}/_control/{command}", self.base_url)
    }

    fn get<T: serde::de::DeserializeOwned>(&self, command: &str) -> Result<T> {
        let url = self.control(command);
        let text = ureq::get(&url)
            .call()
            .and_then(|mut answer| answer.body_mut().read_to_string())
            .with_context(|| format!("{url} does not answer"))?;
        serde_json::from_str(&text).with_context(|| format!("{url} answers something else than expected"))
    }
}
