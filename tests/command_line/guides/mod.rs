//! Runs the files and commands in `docs/guides/`.
//!
//! `docker`, `systemd` and `kubernetes` use every block of their guides, and fail if one is left over. They enter a
//! Debian root file system as root (see `strongroom_tests::container`). `plain` runs on any machine. The tests in
//! `prefect` cover the guides about Prefect.

mod docker;
mod kubernetes;
mod plain;
mod systemd;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use strongroom_tests::container::{Container, Shell};
use strongroom_tests::program::{Running, binary};
use strongroom_tests::python::kubernetes_python;
use strongroom_tests::store::{Ran, server_binary};
use strongroom_tests::{Machine, Server, Store};

const SERVER: &str = "http://127.0.0.1:4300";
/// A stand-in for the guides' program `app`, which prints its process id and the secrets it received.
const APP: &str = "#!/bin/sh\n\
    echo \"$$ ${DATABASE_PASSWORD-}\"\n\
    if [ -f /dev/shm/tls.key ]; then stat --format=%a /dev/shm/tls.key; cat /dev/shm/tls.key; fi\n\
    exit 7\n";
const PASSWORD: &str = "the database's password";
const TLS_KEY: &str = "the key for TLS";

struct Guide {
    name: &'static str,
    blocks: Vec<(String, String)>,
}

impl Guide {
    fn read(name: &'static str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides").join(name);
        let text = fs::read_to_string(path).expect("the guide can be read");
        let mut blocks = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(language) = line.trim_start().strip_prefix("```") else { continue };
            let indent = line.len() - line.trim_start().len();
            let block = lines.by_ref().take_while(|line| line.trim() != "```");
            let block: Vec<_> = block.map(|line| line.get(indent..).unwrap_or_default()).collect();
            blocks.push((language.to_owned(), block.join("\n") + "\n"));
        }
        Self { name, blocks }
    }

    fn take(&mut self, language: &str, part: &str) -> String {
        let found = self.blocks.iter().position(|(known, text)| known == language && text.contains(part));
        let found = found.unwrap_or_else(|| panic!("{}: no {language} with {part:?}", self.name));
        self.blocks.remove(found).1
    }

    fn assert_all_taken(&self) {
        assert!(self.blocks.is_empty(), "{}: no test uses {:#?}", self.name, self.blocks);
    }
}

fn yaml(text: &str) -> Vec<Value> {
    let script = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";
    serde_json::from_str(&python(script, text)).expect("it is JSON")
}

fn texts(list: &Value) -> Vec<String> {
    serde_json::from_value(list.clone()).expect("a list of strings")
}

fn python(script: &str, argument: &str) -> String {
    let output = Command::new(kubernetes_python()).args(["-c", script, argument]).output();
    let output = output.expect("Python starts");
    assert!(output.status.success(), "{}\n{argument}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

fn context(store: &Store, name: &str) -> PathBuf {
    let folder = store.scratch().join(name);
    fs::create_dir_all(&folder).expect("directories can be created");
    for (program, name) in [(binary(), "strongroom"), (server_binary(), "strongroom-server")] {
        symlink(program, folder.join(name)).expect("links can be made");
    }
    let app = folder.join("app");
    fs::write(&app, APP).expect("files can be written");
    fs::set_permissions(app, fs::Permissions::from_mode(0o755)).expect("it is ours");
    folder
}

/// Reads the file of a secret, which must not appear in a log.
fn read_secret(store: &Store, path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}: {}", path.display()));
    store.must_stay_secret(text.trim());
    text
}

async fn serve(store: &Arc<Store>, container: &Container, command: &[String]) -> Server {
    fs::create_dir_all(store.data_dir()).expect("directories can be created");
    let server = Server::start_command(store, container.enter(command)).await.reached_at(SERVER);
    let team = ["strongroom-server", "admin", "create-team", "--slug", "acme", "--name", "Acme"];
    container.run(store, &team).await.succeeded();
    let administrator = server.with_key(&create_key(store, container, "administrator").await);
    administrator.set_all(&[("DATABASE_PASSWORD", PASSWORD), ("TLS_KEY", TLS_KEY)]).await;
    server
}

async fn create_key(store: &Store, container: &Container, role: &str) -> String {
    let arguments = ["--team", "acme", "--name", role, "--role", role];
    let command = [&["strongroom-server", "admin", "create-key"][..], &arguments].concat();
    let key = container.run(store, &command).await.succeeded().trim().to_owned();
    store.must_stay_secret(&key);
    key
}

fn assert_ran_as_process_1(ran: &Ran) {
    let printed = format!("1 {PASSWORD}\n");
    assert_eq!((ran.status.code(), ran.stdout.as_str()), (Some(7), printed.as_str()), "{ran:?}");
}

async fn stop(mut server: Server) {
    let inside = strongroom_tests::program::descendants(server.pid());
    strongroom_tests::server::signal(inside[0], "TERM");
    assert!(server.ended().await.success(), "{}", server.log());
}

/// Serves `https://secrets.example.com` in front of the server, and returns the certificate of its CA.
async fn serve_https(store: &Arc<Store>, shell: &Shell) -> (Running, PathBuf) {
    const CERTIFICATES: &str = "\
        new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc'\n\
        openssl req -x509 $new -days 2 -subj '/CN=Test authority' -keyout ca.key -out authority.crt\n\
        openssl req $new -subj /CN=secrets.example.com -keyout tls.key -out tls.csr\n\
        printf subjectAltName=DNS:secrets.example.com | openssl x509 -req -in tls.csr -CA authority.crt -CAkey ca.key \
          -CAcreateserial -days 2 -extfile /dev/stdin -out tls.crt";
    const PROXY: &str = "\
        const fs = require('node:fs'), net = require('node:net'), tls = require('node:tls');\n\
        const [key, cert] = ['tls.key', 'tls.crt'].map((name) => fs.readFileSync(name));\n\
        tls.createServer({ key, cert }, (client) => {\n\
          const server = net.connect(4300, '127.0.0.1');\n\
          client.pipe(server).pipe(client);\n\
          client.on('error', () => server.destroy());\n\
          server.on('error', () => client.destroy());\n\
        }).on('tlsClientError', () => {}).listen(443, () => console.log('ready'));";
    let machine = Machine::bare(store);
    shell.run(machine.home(), CERTIFICATES).await;
    let mut node = machine.program("node");
    node.args(["-e", PROXY]);
    let mut proxy = machine.start_command(node);
    assert_eq!(proxy.line().await, "ready");
    (proxy, machine.home().join("authority.crt"))
}
