// Runs before the first paint, unlike WebAssembly, so that the page does not flash in the wrong theme.
// `src/theme.rs` owns the key and its values.
try {
  const theme = localStorage.getItem("strongroom.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is disabled: use the system's theme.
}
