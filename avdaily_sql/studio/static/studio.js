// The keyboard; every page works without it. "/" goes to the search, j and k walk the rows, o opens the one that is
// marked, n and p turn the page.
"use strict";
(() => {
  const rows = Array.from(document.querySelectorAll("table.rows tbody tr"));
  let here = -1;

  const walk = (step) => {
    if (rows.length === 0) return;
    rows[here]?.classList.remove("here");
    here = Math.min(Math.max(here + step, 0), rows.length - 1);
    const row = rows[here];
    row.classList.add("here");
    row.scrollIntoView({ block: "nearest" });
    row.querySelector("a")?.focus({ preventScroll: true });
  };
  const follow = (selector) => document.querySelector(selector)?.click();
  const keys = {
    "/": () => { const box = document.getElementById("search"); box?.focus(); box?.select(); },
    j: () => walk(1),
    k: () => walk(-1),
    o: () => rows[here]?.querySelector("a.open")?.click(),
    n: () => follow(".pager a[rel=next]"),
    p: () => follow(".pager a[rel=prev]"),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key === "Escape" && typing) { typing.blur(); return; }
    if (typing || event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
})();
