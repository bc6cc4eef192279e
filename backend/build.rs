//! Has the page's files embedded anew whenever they change: the macro that embeds them knows only those that it saw.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../dist");
    } else {
        // A debug build embeds nothing, and reads the files as they are asked for; but only from a folder that was there
        // when it was built. The page may be built later.
        std::fs::create_dir_all("../dist").expect("folders can be made");
    }
}
