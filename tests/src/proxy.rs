//! Debian's nginx as a proxy in front of a server.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::server::{Server, free_address};
use crate::store::Store;
use crate::{tool, wait};

/// The configuration around the documented lines, with all paths moved into the test's directory.
const HEAD: &str = "daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
access_log off;
client_body_temp_path body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
server {
";

const CERTIFICATE: &str = "req -x509 -nodes -days 2 -subj /CN=127.0.0.1 -newkey ec -pkeyopt \
                           ec_paramgen_curve:prime256v1 -keyout key.pem -out cert.pem -addext \
                           subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";

/// A running proxy. Killed when dropped.
pub struct Proxy {
    _child: Child,
    url: String,
    upstream: String,
    certificate: Option<PathBuf>,
    store: Arc<Store>,
}

impl Proxy {
    /// A proxy with these lines in its `server` block, where `127.0.0.1:4300` is the server.
    pub async fn start(store: &Arc<Store>, lines: &str, with_tls: bool) -> Self {
        let folder = store.scratch().join(format!("nginx-{}", store.next_number()));
        fs::create_dir(&folder).expect("directories can be created");
        let (address, upstream) = (free_address(), free_address());
        let mut configuration = format!("{HEAD}listen {address}{};\n", if with_tls { " ssl" } else { "" });
        if with_tls {
            let mut openssl = Command::new("openssl");
            let made = openssl.args(CERTIFICATE.split(' ')).current_dir(&folder).output().await;
            let made = made.expect("OpenSSL starts");
            assert!(made.status.success(), "{made:?}");
            configuration.push_str("ssl_certificate cert.pem;\nssl_certificate_key key.pem;\n");
        }
        configuration.push_str(&lines.replace("127.0.0.1:4300", &upstream));
        configuration.push_str("}\n}\n");
        fs::write(folder.join("nginx.conf"), &configuration).expect("files can be written");

        let (log, file) = store.log_file();
        let mut child = Command::new(tool::path("STRONGROOM_NGINX", "nginx-debian/usr/sbin/nginx"))
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stderr(Stdio::from(file))
            .kill_on_drop(true)
            .spawn()
            .expect("nginx starts");
        wait::until("nginx listens", async || {
            if child.try_wait().expect("a child can be asked").is_some() {
                let log = fs::read_to_string(&log).unwrap_or_default();
                panic!("nginx has ended: {log}\n{configuration}");
            }
            TcpStream::connect(&address).await.ok()
        })
        .await;
        Self {
            _child: child,
            url: format!("http{}://{address}/strongroom", if with_tls { "s" } else { "" }),
            upstream,
            certificate: with_tls.then(|| folder.join("cert.pem")),
            store: Arc::clone(store),
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub const fn certificate(&self) -> Option<&PathBuf> {
        self.certificate.as_ref()
    }

    pub async fn serve(&self, arguments: &[&str]) -> Server {
        let serve = ["serve", "--listen", &self.upstream, "--public-url", &self.url];
        let command = self.store.command([&serve, arguments].concat());
        Server::start_command(&self.store, command).await
    }
}
