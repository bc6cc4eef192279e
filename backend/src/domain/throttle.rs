//! Throttling of logins after wrong passwords. The wait grows to a minute, and ends after a while without failures: no
//! account is locked.

use chrono::TimeDelta;

use super::clock::Time;

/// Failures in a row of an account without a wait.
pub const FREE_PER_ACCOUNT: i32 = 5;
/// The same for an address, which many users may share.
pub const FREE_PER_ADDRESS: i32 = 20;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 60;
/// The time without a failure after which the count restarts.
const MEMORY: TimeDelta = TimeDelta::minutes(15);
/// How long an account knows an address after the last login from there.
pub const KNOWN_FOR: TimeDelta = TimeDelta::days(30);
/// How long failures are stored: unauthenticated callers create these rows.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// In a row.
    pub failures: i32,
    pub last: Time,
}

impl Attempts {
    pub const fn none(now: Time) -> Self {
        Self { failures: 0, last: now }
    }

    /// The same without old failures.
    #[must_use]
    pub fn remembered(self, now: Time) -> Self {
        if now - self.last > MEMORY { Self::none(now) } else { self }
    }

    /// The remaining wait in seconds, if `free` failures have none.
    pub fn wait(self, free: i32, now: Time) -> Option<i64> {
        let beyond = u32::try_from(self.failures - free).ok()?;
        let wait = 1_i64.checked_shl(beyond.min(30)).unwrap_or(LONGEST_WAIT);
        let until = self.last + TimeDelta::seconds(wait.min(LONGEST_WAIT));
        let left = (until - now).num_milliseconds();
        (left > 0).then_some((left + 999) / 1000)
    }

    #[must_use]
    pub const fn failed(self, now: Time) -> Self {
        Self { failures: self.failures.saturating_add(1), last: now }
    }
}

/// The address to throttle: for IPv6, the whole network of a customer.
pub fn network(address: &str) -> String {
    match address.parse() {
        Ok(core::net::IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_network_counts_as_one_address() {
        assert_eq!(network("10.0.0.1"), "10.0.0.1");
        assert_eq!(network("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
        assert_eq!(network("::ffff:10.0.0.1"), "::ffff:10.0.0.1");
        assert_eq!(network(""), "");
    }
}
