//! The rule for the permissions of files that hold a secret.

use std::ffi::OsStr;
use std::path::Path;

/// Whether a file of that mode, at that path without symbolic links, is private enough to hold a secret.
///
/// Its group may read it, because that is how systemd and Kubernetes give a secret to a service that is not root.
/// Others may read it only where Kubernetes has mounted it (`..2030_01_02_03…/NAME` behind the link `..data`), because
/// a container has no other users. Only its owner may write it.
pub fn is_private(mode: u32, real_path: &Path) -> bool {
    const OTHERS_READ: u32 = 0o004;
    let folder = real_path.parent().and_then(Path::file_name).map(OsStr::as_encoded_bytes);
    let is_mounted = folder.is_some_and(|name| name.len() > 2 && name.starts_with(b".."));
    let allowed = if is_mounted { 0o740 | OTHERS_READ } else { 0o740 };
    mode & 0o777 & !allowed == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_read_only_what_kubernetes_mounts() {
        let plain = "/etc/strongroom/master.key";
        let mounted = "/etc/strongroom/..2030_01_02_03_04_05.678/master.key";
        for (path, private, others) in [
            (plain, &[0o600, 0o400, 0o440, 0o640][..], &[0o644, 0o604, 0o660, 0o602][..]),
            (mounted, &[0o644, 0o444], &[0o664, 0o646]),
            ("..data", &[], &[0o644]),
            ("/etc/../master.key", &[], &[0o644]),
        ] {
            for mode in private.iter().chain(others) {
                let is_private = is_private(0o100_000 | mode, Path::new(path));
                assert_eq!(is_private, private.contains(mode), "{path} {mode:o}");
            }
        }
    }
}
