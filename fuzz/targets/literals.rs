//! libFuzzer over `strongroom_fuzz::literals`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| strongroom_fuzz::literals::run(data));
