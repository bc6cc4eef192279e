//! Has the page's files embedded anew whenever they change: the macro that embeds them knows only those that it saw.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A debug build embeds nothing, and reads the files as they are asked for.
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../dist");
    }
}
