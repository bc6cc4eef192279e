//! Effects without a value.

use leptos::prelude::Effect;

/// Runs now, and whenever a signal that it read has changed. Boxed, so that the code that waits for the changes is compiled
/// once and not for each effect.
pub fn effect(run: impl FnMut() + 'static) {
    let run: Box<dyn FnMut()> = Box::new(run);
    Effect::new(run);
}
