//! libFuzzer over `strongroom_fuzz::endpoint`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| strongroom_fuzz::endpoint::run(data));
