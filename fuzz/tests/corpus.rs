//! Replays the corpus without libFuzzer.
#![expect(clippy::print_stdout, reason = "the last input printed is the one that fails")]

use std::fs;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let inputs = fs::read_dir(folder).expect("a corpus").map(|entry| entry.expect("an input").path());
    let inputs: Vec<_> = inputs.collect();
    assert!(!inputs.is_empty());
    for input in inputs {
        println!("{}", input.display());
        run(&fs::read(input).expect("an input"));
    }
}

macro_rules! targets {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            replay(stringify!($name), strongroom_fuzz::$name::run);
        }
    )*};
}

targets! { backup endpoint env literals names }
