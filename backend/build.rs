//! Rebuilds when the page's files change: the macro that embeds them only tracks the files that existed when it ran.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../dist");
    } else {
        // A debug build embeds nothing and reads the files on demand, but only from a directory that existed at build
        // time. The page may be built later.
        std::fs::create_dir_all("../dist").expect("directories can be created");
    }
}
