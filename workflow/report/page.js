// Comfort for readers with scripts: tables that sort and filter, figures that enlarge. The page is whole without it.
"use strict";

function cellValue(row, column) {
  const text = row.cells[column] ? row.cells[column].textContent.trim() : "";
  const number = parseFloat(text.replace(/^[^0-9.-]+/, ""));
  return { text, number: /^[^A-Za-z]*[0-9]/.test(text) && !Number.isNaN(number) ? number : null };
}

function sortRows(table, column, ascending) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const compare = (one, other) => {
    const a = cellValue(one, column), b = cellValue(other, column);
    if (a.number !== null && b.number !== null) return a.number - b.number;
    if ((a.number === null) !== (b.number === null)) return a.number === null ? 1 : -1;
    return a.text.localeCompare(b.text);
  };
  rows.sort((one, other) => (ascending ? 1 : -1) * compare(one, other));
  body.append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const ascending = header.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      sortRows(table, column, ascending);
    });
  });
}

for (const table of document.querySelectorAll("table.filterable")) {
  const label = document.createElement("label");
  label.className = "filter";
  label.append("Show rows with ");
  const input = document.createElement("input");
  input.type = "search";
  label.append(input);
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  label.append(count);
  table.closest(".scroll").before(label);
  const all = Array.from(table.tBodies[0].rows);
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of all) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    count.textContent = wanted ? ` ${all.filter((row) => !row.hidden).length} of ${all.length}` : "";
  });
}

const dialog = document.createElement("dialog");
dialog.setAttribute("aria-label", "Enlarged figure");
const close = document.createElement("button");
close.type = "button";
close.textContent = "Close";
close.addEventListener("click", () => dialog.close());
const stage = document.createElement("div");
stage.tabIndex = 0;
stage.className = "stage";
dialog.append(close, stage);
document.body.append(dialog);

for (const image of document.querySelectorAll("figure img")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "enlarge";
  button.textContent = "Enlarge";
  button.setAttribute("aria-label", `Enlarge: ${image.alt}`);
  button.addEventListener("click", () => {
    const large = image.cloneNode();
    large.className = "large";
    stage.replaceChildren(large);
    dialog.showModal();
  });
  image.closest("figure").append(button);
}
