/* Keyboard shortcuts for whoever has switched them on: a single key follows the link or presses the button marked with it. */
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (typing || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const wanted = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
  if (wanted) {
    event.preventDefault();
    wanted.click();
  }
});
