/* The list of municipalities as a field one can write in: filters by name, Sámi or Kven name, number, and without
   Norwegian letters ("bodo"). The select stays in the form and is what is posted; without this file it is used as it is. */
"use strict";
(() => {
  const LETTERS = { æ: "ae", ø: "o", å: "a", đ: "d", ŋ: "n", ŧ: "t", ł: "l" };
  const plain = (text) => text.toLocaleLowerCase("nb").replace(/[æøåđŋŧł]/g, (letter) => LETTERS[letter])
    .normalize("NFD").replace(/\p{M}/gu, "");
  const SHOWN = 12;

  for (const select of document.querySelectorAll("select[data-chooser]")) enhance(select);

  function enhance(select) {
    const words = select.form.dataset;
    const options = [...select.options].filter((option) => option.value).map((option) => ({
      value: option.value, label: option.text, names: option.dataset.names || "", county: option.closest("optgroup").label,
      keys: [option.text, ...(option.dataset.names || "").split("/")].map((name) => plain(name.trim())).filter(Boolean),
    }));
    const input = document.createElement("input");
    const list = document.createElement("ul");
    const status = document.createElement("p");
    const box = document.createElement("div");
    let shown = [];
    let active = -1;

    box.className = "chooser";
    status.className = "ds-sr-only";
    status.setAttribute("role", "status");
    list.className = "chooser__list";
    list.id = `${select.id}_list`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words.hint);
    Object.assign(input, { type: "text", className: "ds-input", autocomplete: "off", spellcheck: false });
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", list.id);
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    // The field takes over the name and place of the select: its label, and the link of an error.
    input.id = select.id;
    select.id = `${input.id}_select`;
    select.hidden = true;
    const hint = document.createElement("p");
    hint.id = `${input.id}_hint`;
    hint.dataset.field = "description";
    hint.textContent = words.hint;
    input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), hint.id].filter(Boolean).join(" "));
    input.value = select.value ? select.selectedOptions[0].text : "";
    select.before(hint, box);
    box.append(input, list, status);

    function find(text) {
      const wanted = plain(text.trim());
      if (!wanted) return options;
      const rank = (option) => {
        if (option.value === wanted || option.keys.includes(wanted)) return 0;
        if (option.value.startsWith(wanted) || option.keys.some((key) => key.startsWith(wanted))) return 1;
        return option.keys.some((key) => key.includes(wanted)) ? 2 : 3;
      };
      return options.map((option, place) => ({ option, place, rank: rank(option) })).filter((found) => found.rank < 3)
        .sort((a, b) => a.rank - b.rank || a.place - b.place).map((found) => found.option);
    }

    function open() {
      const found = find(input.value);
      shown = found.slice(0, input.value.trim() ? SHOWN : found.length);
      list.replaceChildren(...shown.map((option, index) => {
        const item = document.createElement("li");
        const more = document.createElement("span");
        item.id = `${list.id}_${index}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        more.className = "chooser__more";
        more.textContent = [option.names, option.label.includes("(") ? "" : option.county, option.value].filter(Boolean).join(" · ");
        item.append(option.label, more);
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(index); });
        return item;
      }));
      list.hidden = !shown.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      status.textContent = shown.length ? words.found.replace("{count}", found.length) : words.none;
      point(-1);
    }

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      point(-1);
    }

    function point(index) {
      list.children[active]?.setAttribute("aria-selected", "false");
      active = index;
      const item = list.children[active];
      if (!item) {
        input.removeAttribute("aria-activedescendant");
        return;
      }
      item.setAttribute("aria-selected", "true");
      item.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", item.id);
    }

    function choose(index) {
      const option = shown[index];
      if (!option) return;
      select.value = option.value;
      input.value = option.label;
      close();
    }

    input.addEventListener("input", () => { select.value = ""; open(); });
    input.addEventListener("click", () => { if (list.hidden) { input.select(); open(); } });
    input.addEventListener("keydown", (event) => {
      const last = shown.length - 1;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) open();
        const step = event.key === "ArrowDown" ? 1 : -1;
        point(active < 0 ? (step > 0 ? 0 : shown.length - 1) : (active + step + shown.length) % shown.length);
      } else if (event.key === "Enter" && !list.hidden) {
        event.preventDefault();
        choose(Math.min(Math.max(active, 0), last));
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      }
    });
    input.addEventListener("blur", () => {
      close();
      // A whole name or number written out is a choice; anything else is none, and the server says so.
      const found = find(input.value);
      const wanted = plain(input.value.trim());
      const exact = found.filter((option) => option.value === wanted || option.keys.includes(wanted));
      if (!select.value && wanted && exact.length === 1) {
        select.value = exact[0].value;
        input.value = exact[0].label;
      }
    });
  }
})();
