/* A page of the questionnaire while somebody writes in it: saves the draft, unfolds what a choice asks for, counts characters,
   warns before the login ends.
   Every word shown comes from the form's data attributes; without this file nothing is missing but comfort. */
"use strict";
(() => {
  const form = document.querySelector("form[data-questionnaire]");
  if (!form) return;
  const words = form.dataset;
  const status = form.querySelector("[data-status]");
  const AFTER_TYPING = 7000; // milliseconds of rest before a save
  const WARN_BEFORE = 5 * 60; // seconds
  let timer = 0;
  let changed = false;
  let busy = false;
  let saving = Promise.resolve();
  let leaving = false;
  let stopped = false; // somebody else has saved this page: only the person decides

  function say(text, warning) {
    status.textContent = text;
    if (warning) status.dataset.color = "warning";
    else delete status.dataset.color;
  }

  async function save() {
    clearTimeout(timer);
    if (!changed || busy || leaving || stopped) return;
    changed = false;
    busy = true;
    const data = new FormData(form);
    data.set("go", "auto");
    let done = () => {};
    saving = new Promise((resolve) => { done = resolve; });
    try {
      const answer = await fetch(location.href, {
        method: "POST", body: new URLSearchParams(data), redirect: "manual", credentials: "same-origin",
        headers: { Accept: "application/json" },
      });
      if (answer.status === 200) {
        const told = await answer.json();
        form.elements.seen.value = told.seen;
        for (const one of form.querySelectorAll("[name=was]")) {
          one.value = told.was.find((print) => print.startsWith(one.value.split(":")[0] + ":"));
        }
        say(words.saved.replace("{time}", told.time));
        watchLogin(told.seconds);
      } else if (answer.status === 409) {
        stopped = true;
        say(words.both, true);
      } else {
        throw new Error(String(answer.status));
      }
    } catch {
      if (!leaving) say(words.notSaved, true);
      changed = true;
      timer = setTimeout(save, 4 * AFTER_TYPING);
    } finally {
      busy = false;
      done();
      if (changed && !leaving && !stopped) {
        clearTimeout(timer);
        timer = setTimeout(save, AFTER_TYPING);
      }
    }
  }

  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(save, AFTER_TYPING);
  });
  form.addEventListener("focusout", (event) => {
    // A press on a button of the form saves by itself.
    if (event.relatedTarget?.form !== form || event.relatedTarget.type !== "submit") save();
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (leaving) {
      event.preventDefault(); // pressed twice
      return;
    }
    leaving = true;
    setTimeout(() => { leaving = false; }, 5000); // the answer did not come: let it be sent again
    if (busy) {
      // A save under way would meet this one and look like somebody else's: let it end first, but not for long.
      event.preventDefault();
      const pressed = event.submitter;
      Promise.race([saving, new Promise((resolve) => { setTimeout(resolve, 3000); })]).then(() => {
        leaving = busy = false;
        form.requestSubmit(pressed);
      });
    }
  });
  addEventListener("pageshow", () => { leaving = false; });

  // --- follow-ups (F-11): under the choice that calls for them; a hidden one is posted too, so that nothing written is lost ---
  const unfolds = document.createElement("input");
  Object.assign(unfolds, { type: "hidden", name: "unfolds", value: "1" });
  form.prepend(unfolds);
  for (const template of form.querySelectorAll("template[data-asks]")) {
    const choices = [...form.querySelectorAll(`[name="${template.dataset.asks}"]`)];
    const calling = choices.filter((choice) => template.dataset.values.split(" ").includes(choice.value));
    const panel = template.content.firstElementChild;
    calling.at(-1).closest(".ds-field").after(panel);
    for (const choice of calling) {
      choice.setAttribute("aria-controls", panel.id);
      // A radio cannot be expanded: it is described instead.
      if (choice.type === "radio") {
        choice.setAttribute("aria-describedby", [choice.getAttribute("aria-describedby"), `${panel.id}-hint`].filter(Boolean).join(" "));
      }
    }
    const show = () => {
      panel.hidden = !calling.some((choice) => choice.checked);
      for (const choice of calling) {
        if (choice.type === "checkbox") choice.setAttribute("aria-expanded", String(choice.checked));
      }
    };
    for (const choice of choices) choice.addEventListener("change", show);
    addEventListener("pageshow", show); // the browser's Back gives choices back without an event
    show();
  }

  // --- how much is left to write (F-17): as the server counts, code points with a newline as one ---
  for (const area of form.querySelectorAll("textarea[data-limit]")) {
    const counter = document.createElement("p");
    counter.className = "draft-counter";
    counter.setAttribute("aria-live", "polite");
    area.after(counter);
    let spoken = 0;
    const count = () => {
      const left = Number(area.dataset.limit) - [...area.value.trim()].length;
      const text = (left < 0 ? words.over : words.left).replace("{count}", Math.abs(left).toLocaleString([document.documentElement.lang, "nb"]));
      counter.toggleAttribute("data-over", left < 0);
      clearTimeout(spoken);
      spoken = setTimeout(() => { counter.textContent = text; }, 300); // a screen reader is not told every key
    };
    area.addEventListener("input", count);
    count();
  }

  // --- the login's end (F-10): five minutes' warning and one button ---
  let ending = 0;
  let box = null;
  function watchLogin(seconds) {
    clearTimeout(ending);
    box?.remove();
    box = null;
    ending = setTimeout(warn, Math.max(0, Number(seconds) - WARN_BEFORE) * 1000);
  }
  function warn() {
    box = document.createElement("div");
    box.className = "ds-alert stay";
    box.dataset.color = "warning";
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-labelledby", "stay-heading");
    box.setAttribute("aria-describedby", "stay-text");
    const heading = document.createElement("h2");
    Object.assign(heading, { className: "ds-heading", id: "stay-heading", textContent: words.ending });
    heading.dataset.size = "xs";
    const text = document.createElement("p");
    Object.assign(text, { className: "ds-paragraph", id: "stay-text", textContent: words.endingText });
    const button = document.createElement("button");
    Object.assign(button, { className: "ds-button", type: "button", textContent: words.stay });
    button.addEventListener("click", stay);
    box.append(heading, text, button);
    document.body.append(box);
    button.focus();
  }
  async function stay() {
    const data = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    try {
      const answer = await fetch(words.extend, { method: "POST", body: data, redirect: "manual", credentials: "same-origin" });
      if (answer.status !== 200) throw new Error(String(answer.status));
      watchLogin((await answer.json()).seconds);
    } catch {
      say(words.notSaved, true);
    }
    form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  }
  watchLogin(words.seconds);
})();
