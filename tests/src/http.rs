//! HTTP clients that do nothing by themselves but keep cookies.

/// A client of its own, as a browser without a page.
pub fn client() -> reqwest::Client {
    choose_cryptography();
    reqwest::Client::builder()
        .cookie_store(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        // To read the system's certificates takes time in every test, and nothing is asked over TLS.
        .tls_certs_only([])
        .build()
        .expect("an HTTP client can be made")
}

/// The server's build of the HTTP client speaks TLS, and building the workspace unites features: now it wants to know
/// whose cryptography to use, though all that is asked here is asked over plain HTTP.
pub fn choose_cryptography() {
    // It fails only where it is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
