//! The device that sends a request.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use ipnet::IpNet;

use crate::domain::Device;

/// The device that sends a request. Forwarded addresses count only from trusted proxies.
pub fn device(headers: &HeaderMap, extensions: &Extensions, trusted: &[IpNet]) -> Device {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let address = peer.map(|peer| client(peer, headers, trusted).to_string());
    let user_agent = headers.get(header::USER_AGENT).map_or(&b""[..], HeaderValue::as_bytes);
    Device::new(address.unwrap_or_default(), &String::from_utf8_lossy(user_agent))
}

/// The last address that is not a trusted proxy's, because each proxy appends its peer. Earlier ones may be forged.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut hops: Vec<&[u8]> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .collect();
    let mut client = peer.to_canonical();
    while is_trusted(client)
        && let Some(hop) = hops.pop()
        && let Some(address) = parse(hop)
    {
        client = address.to_canonical();
    }
    client
}

/// An address, which some proxies write with a port, or in brackets.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']'));
    bare.unwrap_or(hop).parse().ok().or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_count() {
        for (trusted, forwarded, expected) in [
            ("", "1.1.1.1", "10.0.0.1"),
            ("192.168.0.0/16", "1.1.1.1", "10.0.0.1"),
            ("10.0.0.0/8", "1.1.1.1", "1.1.1.1"),
            ("10.0.0.0/8", "9.9.9.9, 1.1.1.1, 10.0.0.7", "1.1.1.1"),
            ("10.0.0.0/8", "1.1.1.1:4711", "1.1.1.1"),
            ("10.0.0.0/8", "[2001:db8::1]", "2001:db8::1"),
            ("10.0.0.0/8", "[2001:db8::1]:4711", "2001:db8::1"),
            ("10.0.0.0/8", "::ffff:1.1.1.1", "1.1.1.1"),
            ("10.0.0.0/8", "\u{e9}, 1.1.1.1", "1.1.1.1"),
            ("10.0.0.0/8", "nonsense", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.2", "10.0.0.2"),
        ] {
            let value = HeaderValue::from_bytes(forwarded.as_bytes()).expect("a header's value");
            let headers = HeaderMap::from_iter([(header::HeaderName::from_static("x-forwarded-for"), value)]);
            let peer = "10.0.0.1".parse().expect("an address");
            let trusted = trusted.split_whitespace().map(|network| network.parse().expect("a network"));
            let trusted: Vec<IpNet> = trusted.collect();
            assert_eq!(client(peer, &headers, &trusted).to_string(), expected, "{forwarded}");
        }
    }
}
