// The form works without this file: it only spares a page load when a row is added or removed,
// and asks before a half-filled page is left.
"use strict";
(() => {
  const form = document.querySelector("[data-report-form]");
  if (!form) return;
  let typed = false;
  let sending = false;
  let wholePage = false;

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
