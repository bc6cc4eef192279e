//! libFuzzer over `strongroom_fuzz::names`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| strongroom_fuzz::names::run(data));
