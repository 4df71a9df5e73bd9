// Without this file the pages say the same, once. With it, the browser keeps the sealed copy of what
// waits on a disk, until it has seen that the log has it, and hands it in again where it is missed:
// from whatever page is opened next, since the one that kept it may be closed long before.
"use strict";
(() => {
  const SLOW = 15000;
  const PREFIX = "recu:";
  const box = document.querySelector("[data-receipt]");
  const api = "/api/v1";

  function done(state) { return ["recorded", "replicated", "joined", "set_aside"].includes(state); }

  async function stateOf(id) {
    const answer = await fetch(`${api}/receipts/${encodeURIComponent(id)}`);
    if (answer.ok) return (await answer.json()).status;
    return answer.status === 503 ? (await answer.json()).code : "";
  }

  async function handIn(id) {
    const kept = localStorage.getItem(PREFIX + id);
    if (!kept) return;
    await fetch(`${api}/spool/entries`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: kept,
    });
  }

  async function look(id) {
    const state = await stateOf(id);
    if (done(state)) localStorage.removeItem(PREFIX + id);
    else if (["unknown", "issued_elsewhere", "cannot_tell"].includes(state)) await handIn(id);
    // Where nobody can tell now, the page stays as it is.
    return ["cannot_tell", "unavailable"].includes(state) ? "" : state;
  }

  function keptNames() {
    // A browser that lets sites keep nothing throws at the name alone.
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    } catch { return []; }
  }

  async function keep(id) {
    const answer = await fetch(`/recus/${encodeURIComponent(id)}/copie`);
    if (!answer.ok) return;
    localStorage.setItem(PREFIX + id, await answer.text());
    const note = document.querySelector("[data-kept]");
    if (note) note.hidden = false;
  }

  async function watch() {
    const id = box.dataset.receipt;
    const state = await look(id).catch(() => "");
    // The answer to a form is not asked for again: that would send the form again.
    if (state && state !== box.dataset.state && "looksAgain" in box.dataset) { location.reload(); return; }
    if (done(state)) return;
    setTimeout(watch, SLOW);
  }

  if (box && box.dataset.state === "spooled") {
    keep(box.dataset.receipt).catch(() => {});
    setTimeout(watch, SLOW);
  }
  // What this browser still keeps from before.
  for (const name of keptNames()) look(name.slice(PREFIX.length)).catch(() => {});
})();
