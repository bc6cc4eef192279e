//! How long a connection may wait for its client.

use std::time::Duration;

use tokio::time::Instant;

/// How long a header may take to arrive, from the connection's or the header's first byte.
pub(super) const HEADER_PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may stay open between two requests: longer than the 60 seconds after which most proxies and
/// clients drop it themselves, so that they rarely send a request into a closing connection.
const IDLE_PATIENCE: Duration = Duration::from_secs(75);
/// How long a client may leave a response unread. Reading at [`READ_RATE`] or faster renews the time.
const READ_PATIENCE: Duration = Duration::from_secs(30);
/// The bytes per second at which a client has to read a response in the long run.
const READ_RATE: u32 = 4 * 1024;

/// How long a shutdown waits for a header that is still arriving.
const HALF_HEADER_PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Timing {
    pub(super) phase: Phase,
    /// Since when the client has left written bytes unread.
    pub(super) unread: Option<Instant>,
    /// How much longer it may.
    patience: Duration,
}

pub(super) enum Phase {
    /// Nothing has arrived yet.
    New(Instant),
    /// A request was answered; the answer may still be on its way.
    Idle(Instant),
    Header(Instant),
    Request,
}

impl Timing {
    pub(super) const fn new(now: Instant) -> Self {
        Self { phase: Phase::New(now), unread: None, patience: READ_PATIENCE }
    }

    /// When the connection is closed if nothing happens, and the reason that is counted.
    pub(super) fn deadline(&self, stopped: Option<Instant>) -> Option<(Instant, Option<&'static str>)> {
        let waits = match self.phase {
            Phase::New(since) | Phase::Header(since) => {
                Some((since + HEADER_PATIENCE, Some("header_timeout")))
            }
            Phase::Idle(since) => Some((since + IDLE_PATIENCE, None)),
            Phase::Request => None,
        };
        let unread = self.unread.map(|since| (since + self.patience, Some("unread_answer")));
        let stopped = stopped
            .filter(|_| waits.is_some() && self.unread.is_none())
            .map(|stopped| (stopped + HALF_HEADER_PATIENCE, None));
        [waits, unread, stopped].into_iter().flatten().min_by_key(|(deadline, _)| *deadline)
    }

    pub(super) fn received(&mut self, now: Instant) {
        if let Phase::Idle(_) = self.phase {
            self.phase = Phase::Header(now);
        }
    }

    pub(super) fn sent(&mut self, bytes: usize, now: Instant) {
        if let Phase::Idle(since) = &mut self.phase {
            *since = now;
        }
        if let Some(since) = self.unread.take() {
            let won = Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / READ_RATE;
            let left = self.patience.saturating_sub(now.saturating_duration_since(since));
            self.patience = (left + won).min(READ_PATIENCE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn every_wait_has_a_deadline() {
        let begun = Instant::now();
        let after = |seconds| begun + SECOND * seconds;
        let of = |phase, unread| Timing { phase, unread, patience: READ_PATIENCE };
        let stopped = Some(after(3));
        for (timing, stopped, seconds, reason) in [
            (of(Phase::New(begun), None), None, 10, Some("header_timeout")),
            (of(Phase::Header(begun), None), None, 10, Some("header_timeout")),
            (of(Phase::Header(begun), None), stopped, 4, None),
            (of(Phase::Idle(begun), None), None, 75, None),
            (of(Phase::Request, Some(begun)), None, 30, Some("unread_answer")),
            // Neither the end of its request nor a shutdown cuts off a response in transit.
            (of(Phase::Idle(begun), Some(begun)), stopped, 30, Some("unread_answer")),
        ] {
            assert_eq!(timing.deadline(stopped), Some((after(seconds), reason)));
        }
        assert_eq!(of(Phase::Request, None).deadline(stopped), None);
    }

    #[test]
    fn a_client_that_reads_too_slowly_runs_out_of_time() {
        let mut now = Instant::now();
        for (rate, lasts) in [(READ_RATE / 2, false), (READ_RATE * 2, true)] {
            let mut timing = Timing::new(now);
            timing.phase = Phase::Request;
            let mut lasted = true;
            for _ in 0..200 {
                timing.unread = Some(now);
                now += SECOND;
                lasted &= timing.deadline(None).is_some_and(|(deadline, _)| deadline > now);
                timing.sent(rate as usize, now);
            }
            assert_eq!(lasted, lasts, "{rate} bytes a second");
        }
    }
}
