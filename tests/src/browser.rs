//! A real Chromium, driven through chromedriver, and the actions of a person. Chromium's headless shell, the same engine
//! without the rest of a browser, takes half the time.
//!
//! A person finds things by the text on a button or the label of a field. Every action waits until it is possible, and
//! otherwise fails with the content of the page.

mod chromedriver;
mod session;
mod target;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{panic, thread};

use serde_json::{Value, json};
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::common::log::LoggingPrefsLogLevel;
use thirtyfour::prelude::*;
use tokio::process::Child;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use crate::server::Server;
use crate::store::Store;
use crate::{http, process, tool, wait};

use session::Session;
pub use target::Target::{self, Button, ButtonWith, Field, In, Link};
pub use target::quoted;

/// How long an action waits for the page.
const PATIENCE: Duration = Duration::from_secs(30);

/// Debian's headless shell; not the script on `PATH`, which would be killed in place of the shell.
const SHELL: &str = "/usr/lib/chromium/chromium-headless-shell";

/// Nothing that phones home or needs a desktop. Test certificates are self-signed.
/// Reduced motion saves the time of drawing transitions, and axe-core finds too little contrast in a text that fades in.
const FLAGS: &str = "--headless=new --no-sandbox --disable-gpu --force-prefers-reduced-motion --disable-quic \
                     --no-first-run --disable-sync --disable-background-networking --disable-component-update \
                     --disable-dev-shm-usage --disable-search-engine-choice-screen --window-size=1280,900 \
                     --ignore-certificate-errors";
/// All host names resolve to this machine.
const HOSTS: &str = "--host-resolver-rules=MAP *.test 127.0.0.1";

/// A browser window. Dropping it checks [`Self::assert_forgets`] and the console for errors, then closes it.
pub struct Browser {
    driver: WebDriver,
    session: Session,
    chromedriver: Child,
    downloads: PathBuf,
    url: String,
    expected: Mutex<Vec<&'static str>>,
}

impl Browser {
    pub async fn start(server: &Server) -> Self {
        let store = Arc::clone(server.store());
        let home = store.scratch().join(format!("browser-{}", store.next_number()));
        fs::create_dir(&home).expect("directories can be created");
        let (chromedriver, port) = chromedriver::start(&home).await;

        let mut capabilities = DesiredCapabilities::chrome();
        if Path::new(SHELL).is_file() {
            capabilities.set_binary(SHELL).expect("a path");
            // This name makes chromedriver open the first tab itself.
            capabilities.set("browserName", "chrome-headless-shell").expect("a name");
        }
        let profile = format!("--user-data-dir={}", home.join("profile").display());
        for flag in FLAGS.split(' ').chain([HOSTS, &profile]) {
            capabilities.add_arg(flag).expect("a flag");
        }
        let downloads = home.join("downloads");
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a level");
        http::choose_cryptography();
        let driver = WebDriver::builder(format!("http://127.0.0.1:{port}"), capabilities)
            .request_timeout(wait::DEADLINE)
            .connect()
            .await
            .expect("Chromium starts");
        // The headless shell can't ask the user, so it refuses to write to the clipboard and to download.
        let allowed = [
            ("Browser.grantPermissions", json!({"permissions": ["clipboardSanitizedWrite"]})),
            ("Browser.setDownloadBehavior", json!({"behavior": "allow", "downloadPath": downloads})),
        ];
        for (command, parameters) in allowed {
            let answer = driver.cdp().send_raw(command, parameters).await;
            answer.expect("pages can get permissions");
        }
        let url = format!("http://127.0.0.1:{port}/session/{}", driver.session_id());
        Self {
            driver,
            session: Session { url, store },
            chromedriver,
            downloads,
            url: server.url().to_owned(),
            expected: Mutex::default(),
        }
    }

    pub const fn store(&self) -> &Arc<Store> {
        &self.session.store
    }

    /// Accepts errors in the console that contain one of these.
    pub fn expects(&self, parts: &[&'static str]) {
        self.expected.lock().expect("nobody panics while holding it").extend(parts);
    }

    pub async fn open(&self, path: &str) {
        self.open_url(&format!("{}{path}", self.url)).await;
    }

    pub async fn open_url(&self, url: &str) {
        self.driver.goto(url).await.expect("the address can be opened");
    }

    pub async fn reload(&self) {
        self.driver.refresh().await.expect("the page can be loaded");
    }

    pub async fn back(&self) {
        self.driver.back().await.expect("there is a step to go back");
    }

    pub async fn address(&self) -> String {
        self.driver.current_url().await.expect("there is an address").to_string()
    }

    pub async fn path(&self) -> String {
        self.address().await.replacen(&self.url, "", 1)
    }

    pub async fn title(&self) -> String {
        self.driver.title().await.expect("there is a title")
    }

    pub async fn resize(&self, width: u32) {
        self.driver.set_window_rect(0, 0, width, 900).await.expect("the window can be resized");
    }

    pub async fn script(&self, script: &str) -> Value {
        let ran = self.driver.execute(script, Vec::new()).await.expect("the script runs");
        ran.json().clone()
    }

    /// Emulates what the user prefers, such as `"prefers-color-scheme", "dark"`, in place of an earlier preference.
    pub async fn prefer(&self, name: &str, value: &str) {
        let parameters = json!({"features": [{"name": name, "value": value}]});
        let answer = self.driver.cdp().send_raw("Emulation.setEmulatedMedia", parameters).await;
        answer.expect("preferences can be emulated");
    }

    /// Fails if axe-core finds anything that keeps people from using the page as it is, or that WCAG 2.2 AA forbids.
    pub async fn assert_accessible(&self, what: &str) {
        if self.script("return typeof axe").await == "undefined" {
            let axe = tool::path("STRONGROOM_AXE", "axe-core-4.14.1/node_modules/axe-core/axe.min.js");
            self.script(&fs::read_to_string(axe).expect("files can be read")).await;
        }
        // Two frames later, another theme has reached every element, and its transitions have begun.
        let script = "const frame = () => new Promise(requestAnimationFrame);
            return frame().then(frame).then(() => {
                for (const animation of document.getAnimations()) {
                    try { animation.finish() } catch { /* It has no end. */ }
                }
                return axe.run({
                    preload: false,
                    resultTypes: ['violations'],
                    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
                    rules: {'label-content-name-mismatch': {enabled: true}},
                })
            }).then(found => found.violations.map(({id, nodes}) =>
                [id, ...nodes.map(node => `${node.html}: ${node.failureSummary}`)]))";
        assert_eq!(self.script(script).await, json!([]), "{what}");
    }

    pub async fn in_another_tab<T>(&self, act: impl AsyncFnOnce(&Self) -> T) -> T {
        let first = self.open_tab().await;
        let done = act(self).await;
        self.driver.close_window().await.expect("the tab can be closed");
        self.driver.switch_to_window(first).await.expect("the first tab is still there");
        done
    }

    /// Opens another tab and switches to it; returns the previous tab, for [`Self::go_to_tab`].
    pub async fn open_tab(&self) -> WindowHandle {
        let tab = self.driver.new_tab().await.expect("a tab can be opened");
        self.go_to_tab(&tab).await
    }

    pub async fn go_to_tab(&self, tab: &WindowHandle) -> WindowHandle {
        let left = self.driver.window().await.expect("there is a window");
        self.driver.switch_to_window(tab.clone()).await.expect("the tab exists");
        left
    }

    /// Fails requests for addresses that match the patterns, which have `*` for any text.
    pub async fn block(&self, patterns: &[&str]) {
        for (command, parameters) in
            [("Network.enable", json!({})), ("Network.setBlockedURLs", json!({ "urls": patterns }))]
        {
            let answer = self.driver.cdp().send_raw(command, parameters).await;
            answer.expect("requests can be blocked");
        }
    }

    pub async fn clipboard(&self) -> String {
        self.in_another_tab(async |tab| {
            tab.open_url("data:text/html,<textarea autofocus aria-label=Paste></textarea>").await;
            tab.keys(Key::Control + "v").await;
            tab.value(Field("Paste")).await
        })
        .await
    }

    pub async fn downloaded(&self, name: &str) -> String {
        let path = self.downloads.join(name);
        self.until(&format!("{name} is downloaded"), async || Ok(fs::read_to_string(&path).ok())).await
    }

    pub async fn text(&self) -> String {
        self.script("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Calls `probe` until it returns something. Errors of the driver count as "not yet", because pages change at any time.
    pub async fn until<T>(
        &self,
        what: &str,
        mut probe: impl AsyncFnMut() -> WebDriverResult<Option<T>>,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let trouble = match probe().await {
                Ok(Some(found)) => return found,
                Ok(None) => None,
                Err(error) => Some(error),
            };
            if Instant::now() > deadline {
                let console = self.driver.browser_log().await.unwrap_or_default();
                panic!(
                    "timed out: {what}\nlast error: {trouble:?}\naddress: {}\npage:\n{}\nconsole: {console:#?}",
                    self.address().await,
                    self.text().await
                );
            }
            sleep(Duration::from_millis(30)).await;
        }
    }

    pub async fn is(&self, what: &str, mut probe: impl AsyncFnMut() -> bool) {
        self.until(what, async || Ok(probe().await.then_some(()))).await;
    }

    async fn find(&self, target: Target<'_>) -> WebDriverResult<Option<WebElement>> {
        let mut found = None;
        for element in self.driver.find_all(By::XPath(target.xpath(""))).await? {
            if element.is_displayed().await? {
                if found.is_some() {
                    return Ok(None);
                }
                found = Some(element);
            }
        }
        Ok(found)
    }

    pub async fn see(&self, target: Target<'_>) -> WebElement {
        self.until(&format!("there is one {target:?}"), async || self.find(target).await).await
    }

    pub async fn shows(&self, target: Target<'_>) -> bool {
        self.find(target).await.expect("the page can be searched").is_some()
    }

    /// Acts on an element as soon as it exists and `act` returns true.
    async fn act(
        &self,
        what: &str,
        target: Target<'_>,
        act: impl AsyncFn(WebElement) -> WebDriverResult<bool>,
    ) {
        self.until(&format!("{what} {target:?}"), async || match self.find(target).await? {
            Some(element) => Ok(act(element).await?.then_some(())),
            None => Ok(None),
        })
        .await;
    }

    pub async fn press(&self, target: Target<'_>) {
        self.act("can press", target, async |element| {
            let is_enabled = element.is_enabled().await?;
            if is_enabled {
                element.click().await?;
            }
            Ok(is_enabled)
        })
        .await;
    }

    pub async fn press_with_shift(&self, target: Target<'_>) {
        let element = self.see(target).await;
        // Something at the window's edge may cover it.
        element.scroll_into_view().await.expect("it can be scrolled to");
        let press =
            self.driver.action_chain().key_down(Key::Shift).click_element(&element).key_up(Key::Shift);
        press.perform().await.expect("it can be pressed");
    }

    pub async fn fill(&self, target: Target<'_>, text: &str) {
        self.act("can type into", target, async |element| {
            element.send_keys(Key::Control + "a").await?;
            element.send_keys(Key::Backspace).await?;
            if !text.is_empty() {
                element.send_keys(text).await?;
            }
            Ok(true)
        })
        .await;
        assert_eq!(self.value(target).await, text, "the text typed into {target:?}");
    }

    pub async fn choose(&self, target: Target<'_>, option: &str) {
        let xpath = format!(".//option[normalize-space(.)={}]", quoted(option));
        self.act(&format!("can choose {option:?} in"), target, async |select| {
            let Ok(option) = select.find(By::XPath(xpath.as_str())).await else {
                return Ok(false);
            };
            if !option.is_enabled().await? {
                return Ok(false);
            }
            option.click().await?;
            option.is_selected().await
        })
        .await;
    }

    pub async fn can_use(&self, target: Target<'_>) -> bool {
        self.see(target).await.is_enabled().await.expect("it is still there")
    }

    pub async fn value(&self, target: Target<'_>) -> String {
        let element = self.see(target).await;
        element.prop("value").await.expect("a field has a value").unwrap_or_default()
    }

    pub async fn assert_attributes(&self, target: Target<'_>, expected: &[(&str, &str)]) {
        let element = self.see(target).await;
        for (name, value) in expected {
            let found = element.attr(*name).await.expect("attributes can be read");
            assert_eq!(found.as_deref(), Some(*value), "{name} of {target:?}");
        }
    }

    pub async fn keys(&self, keys: impl Into<TypingData>) {
        let focused = self.driver.active_element().await.expect("something has the focus");
        focused.send_keys(keys).await.expect("keys can be pressed");
    }

    pub async fn focused(&self) -> String {
        let script = "const it = document.activeElement;
            return it.getAttribute('aria-label') || it.labels?.[0]?.textContent || it.textContent";
        self.script(script).await.as_str().unwrap_or_default().trim().to_owned()
    }

    pub async fn reads(&self, text: &str) {
        self.is(&format!("the page says {text:?}"), async || self.text().await.contains(text)).await;
    }

    pub async fn no_longer_reads(&self, text: &str) {
        let what = format!("the page no longer says {text:?}");
        self.is(&what, async || !self.text().await.contains(text)).await;
    }

    pub async fn has_dialog(&self) -> bool {
        self.script("return document.querySelector('dialog') !== null").await == true
    }

    /// Waits for a status message that begins like this.
    pub async fn says(&self, message: &str) {
        let script = "return [...document.querySelectorAll('[role=status]')].map(it => it.innerText)";
        self.is(&format!("the message is {message:?}"), async || {
            let shown = self.script(script).await;
            let mut shown = shown.as_array().into_iter().flatten().filter_map(Value::as_str);
            shown.any(|shown| shown.starts_with(message))
        })
        .await;
    }

    pub async fn alert(&self) -> String {
        let script = "const where = document.querySelector('dialog[open]') ?? document;
            return where.querySelector('[role=alert]')?.innerText ?? ''";
        self.until("there is an alert", async || {
            let alert = self.script(script).await.as_str().unwrap_or_default().to_owned();
            Ok((!alert.is_empty()).then_some(alert))
        })
        .await
    }

    pub async fn text_of(&self, xpath: &str) -> String {
        self.until(&format!("there is {xpath}"), async || {
            self.driver.find(By::XPath(xpath)).await?.text().await.map(Some)
        })
        .await
    }

    pub async fn arrives_at(&self, path: &str) {
        self.is(&format!("the address is {path}"), async || self.path().await == path).await;
    }

    pub async fn console(&self) -> Vec<String> {
        self.session.console().await
    }

    /// Checks that the page and the browser store no value or password, and that scripts see no cookie.
    pub async fn assert_forgets(&self) {
        self.session.assert_forgets().await;
    }

    /// In a separate thread, because the driver's connections belong to the runtime in which this is dropped.
    fn look_once_more(&self) -> thread::Result<()> {
        let session = self.session.clone();
        let expected = self.expected.lock().expect("nobody panics while holding it").clone();
        let look = async move {
            session.assert_forgets().await;
            let mut console = session.console().await;
            console.retain(|entry| !expected.iter().any(|part| entry.contains(part)));
            assert!(console.is_empty(), "the console holds {console:#?}");
        };
        thread::spawn(move || Runtime::new().expect("a runtime can be started").block_on(look)).join()
    }
}

/// Ends chromedriver and Chromium by their process ids, however the test ends.
impl Drop for Browser {
    fn drop(&mut self) {
        let looked = if thread::panicking() { Ok(()) } else { self.look_once_more() };
        // The session ends with its processes; closing it would take a second and may hang.
        let _ = self.driver.clone().leak();
        let killed = self.chromedriver.id().map(process::kill_tree).unwrap_or_default();
        // A process that still writes would prevent the directory's removal.
        process::wait_for_end(&killed);
        if let Err(failure) = looked {
            panic::resume_unwind(failure);
        }
    }
}
