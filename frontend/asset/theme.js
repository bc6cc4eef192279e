// Runs before the first paint, which WebAssembly can't: a chosen theme must not flash in after the other one.
// `src/theme.rs` owns the key and its values.
try {
  const theme = localStorage.getItem("strongroom.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is switched off: the system's theme it is.
}
