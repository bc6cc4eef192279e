//! libFuzzer over `strongroom_fuzz::env`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| strongroom_fuzz::env::run(data));
