"use strict";
// Search, filters and sorting of the table of trials; without this script the table stands there whole.
(() => {
  const form = document.getElementById("filters");
  const table = document.getElementById("trials");
  const count = document.getElementById("count");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => ({
    row,
    text: row.textContent.toLowerCase(),
    values: Object.fromEntries(Object.entries(row.dataset).map(([name, value]) => [name, JSON.parse(value)])),
  }));

  const filter = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text, values } of rows) {
      const chosen = Object.entries(wanted).every(
        ([name, value]) => name === "text" || value === "" || values[name].includes(value),
      );
      row.hidden = !(chosen && words.every((word) => text.includes(word)));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${rows.length} studies`;
  };

  const key = (row, column, kind) => {
    const text = row.cells[column].textContent.trim();
    return kind === "number" ? (text === "" ? Infinity : Number(text)) : text.toLowerCase();
  };

  const sort = (heading, column) => {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const kind = heading.dataset.sort;
    const keyed = rows.map((each) => [key(each.row, column, kind), each.row]);
    keyed.sort(([a], [b]) => {
      if (kind === "text") return (up ? 1 : -1) * a.localeCompare(b, "en");
      if (a === b) return 0;
      if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.isFinite(a) ? -1 : 1; // gaps stay last
      return (up ? 1 : -1) * (a - b);
    });
    body.append(...keyed.map(([, row]) => row));
  };

  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(heading, column));
  });
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
})();
