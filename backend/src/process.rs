//! Limits of the process: no core dumps, and as many open files as the system allows.

/// Turns core dumps off and keeps other processes of the same user from reading this one's memory, which holds keys.
/// Systems without such a switch are left as they are.
pub fn forbid_core_dumps() {
    #[cfg(unix)]
    let _ = nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0);
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
}

/// Raises the limit of open files as far as we need and the system allows, and returns it.
pub fn raise_descriptor_limit() -> usize {
    /// Enough for all connections, and no more: child processes inherit the limit, and some close every number below
    /// it.
    #[cfg(unix)]
    const WANTED: u64 = 8192;
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        let (mut soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((256, 256));
        let wanted = hard.min(WANTED);
        if soft < wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok() {
            soft = wanted;
        }
        usize::try_from(soft).unwrap_or(usize::MAX)
    }
    #[cfg(not(unix))]
    usize::MAX
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use nix::sys::resource::{Resource, getrlimit};

    #[test]
    fn core_dumps_are_off() {
        super::forbid_core_dumps();
        assert_eq!(nix::sys::prctl::get_dumpable(), Ok(false));
        assert_eq!(getrlimit(Resource::RLIMIT_CORE), Ok((0, 0)));
    }

    #[test]
    fn the_descriptor_limit_is_raised() {
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("it is known");
        assert!(super::raise_descriptor_limit() as u64 >= hard.min(8192));
    }
}
