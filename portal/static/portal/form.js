// The form works without this file: it only spares a page load when a row is added or removed,
// asks before a half-filled page is left, and knows a sent form again on the way back.
"use strict";
(() => {
  const form = document.querySelector("[data-report-form]");
  if (!form) return;
  let typed = false;
  let sending = false;
  let wholePage = false;

  // Nothing is cached, so that going back fetches the form anew, under another key, while the
  // browser puts the answers back. Its place in the history keeps the key: the same form sent again
  // is still the same command.
  const key = form.elements.namedItem("key");
  if (history.state && history.state.key) key.value = history.state.key;
  else history.replaceState({ key: key.value }, "");

  form.addEventListener("input", () => { typed = true; });
  window.addEventListener("beforeunload", (event) => {
    if (typed && !sending) event.preventDefault();
  });

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    const [verb, row] = button ? button.value.split(":") : ["", ""];
    if (wholePage) return;
    if (!row) {
      // A second press of "send" before the answer is ignored; the server would ignore it too.
      if (sending) event.preventDefault();
      sending = true;
      return;
    }
    event.preventDefault();
    exchange(button, row.split(".")[0], verb).catch(() => {
      wholePage = sending = true;
      form.requestSubmit(button);
    });
  });

  async function exchange(button, prefix, verb) {
    const data = new FormData(form);
    data.append(button.name, button.value);
    const answer = await fetch(form.action, { method: "POST", body: data });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(prefix);
    const old = document.getElementById(prefix);
    if (!answer.ok || !fresh || !old) throw new Error("no such rows");
    old.replaceWith(fresh);
    const field = verb === "add" ? fresh.querySelector("[autofocus]") : fresh.querySelector("input");
    if (field) field.focus();
  }

  window.addEventListener("pageshow", () => { sending = false; });
  const errors = document.getElementById("erreurs");
  if (errors) errors.focus();
})();
