// Where a number came from: a click, a tap, or Enter on what has data-trace opens its trace beside it.
// One stop of the Tab key for each table, figure, card and section; the arrow keys go on from there.
const trace = JSON.parse(document.getElementById("trace-data").textContent);
const numberOf = new Map(trace.names.map((name, number) => [name, number]));
const GROUPS = "table, figure, .card, section, body > header";
const OWN = "a, button, summary, input, label, dialog";

const panel = document.createElement("dialog");
panel.className = "trace";
panel.setAttribute("aria-labelledby", "trace-name");
document.body.append(panel);
document.body.classList.add("traceable");
let asked = null;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function whereOf(node) {
  if (!node[3]) return "";
  const steps = node[3][1].split("/").slice(1).map((step) => step.replace("~1", "/").replace("~0", "~"));
  return [trace.files[node[3][0]], ...steps].join(" › ");
}

function told(number) {
  const [kind, said] = trace.nodes[number];
  const made = element("span", "", kind === "end" || kind === "none" ? "ends" : "");
  const named = kind === "value" || kind === "text" || kind === "file";
  const words = named ? [trace.names[number], said].filter(Boolean).join(": ") : said || trace.names[number];
  const [, first, rest] = kind === "end" ? ["", "", words] : /^([^“:]{1,80}:|)(.*)$/s.exec(words);
  made.append(element("strong", first), rest);
  made.dataset.kind = kind;
  return made;
}

function linked(number) {
  const address = trace.nodes[number][4];
  if (!address || !/^https?:/.test(address)) return [];
  const link = element("a", address);
  link.href = address;
  link.rel = "noreferrer";
  return [" ", link];
}

// Branches are filled in when they are opened: a whole tree may hold the same study many times.
function branch(numbers) {
  const list = element("ul");
  for (const number of numbers) {
    const item = element("li");
    const below = trace.nodes[number][2] || [];
    if (below.length) {
      const details = element("details");
      const summary = element("summary");
      summary.append(told(number));
      details.append(summary);
      details.addEventListener("toggle", () => {
        if (details.open && details.children.length === 1) details.append(...linked(number), branch(below));
      });
      item.append(details);
    } else {
      item.append(told(number), ...linked(number));
    }
    list.append(item);
  }
  return list;
}

function openAll() {
  const seen = new Set();
  const open = (list) => {
    for (const details of list.querySelectorAll(":scope > li > details")) {
      const text = details.firstChild.textContent;
      if (seen.has(text)) continue;
      seen.add(text);
      details.open = true;
      if (details.children.length === 1) details.dispatchEvent(new Event("toggle"));
      open(details.lastChild);
    }
  };
  open(panel.querySelector(":scope > ul"));
}

function button(text, act) {
  const made = element("button", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function show(from) {
  if (asked) asked.classList.remove("asked");
  asked = from;
  const name = from.dataset.trace;
  const number = numberOf.get(name);
  const head = element("div", "", "head");
  const title = element("h2", name);
  title.id = "trace-name";
  title.tabIndex = -1;
  const buttons = element("span");
  buttons.append(button("Open all", openAll), " ", button("Close", hide));
  head.append(title, buttons);
  const words = from.matches("figure, tr, section, .card") ? "" : from.textContent.trim().replace(/\s+/g, " ");
  panel.replaceChildren(head);
  if (words) panel.append(element("p", words.length > 160 ? `${words.slice(0, 160)} …` : words, "said"));
  if (number === undefined) {
    panel.append(element("p", "the trace holds nothing of this name; tell the authors of the review", "ends"));
  } else {
    const node = trace.nodes[number];
    const where = whereOf(node);
    if (where) panel.append(element("p", `In ${where}`));
    if (node[1]) panel.append(told(number));
    panel.append(branch(node[2] || []));
    for (const details of panel.querySelectorAll(":scope > ul > li > details")) {
      details.open = Boolean(details.querySelector("[data-kind='value']")) || node[2].length === 1;
    }
  }
  const box = from.getBoundingClientRect();
  panel.classList.toggle("left", box.left + Math.min(box.width, 200) / 2 > window.innerWidth / 2);
  if (!panel.open) panel.show();
  panel.scrollTop = 0;
  from.classList.add("asked");
  title.focus({ preventScroll: true });
  const covered = panel.getBoundingClientRect().top;
  if (covered > 0 && box.bottom > covered) window.scrollBy(0, box.top - covered / 3);
}

function hide() {
  panel.close();
  if (!asked) return;
  asked.classList.remove("asked");
  if (asked.tabIndex >= 0 || asked.hasAttribute("tabindex")) asked.focus({ preventScroll: true });
  asked = null;
}

function groupOf(each) {
  return each.parentElement.closest(GROUPS) || document.body;
}

function stops(group) {
  return Array.from(group.querySelectorAll("[data-trace]:not([data-trace^='none.'])")).filter(
    (each) => groupOf(each) === group && each.offsetParent !== null
  );
}

const begun = new Set();
for (const each of document.querySelectorAll("[data-trace]:not([data-trace^='none.'])")) {
  const group = groupOf(each);
  each.tabIndex = begun.has(group) ? -1 : 0;
  begun.add(group);
}

function move(from, to) {
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

document.addEventListener("click", (event) => {
  const from = event.target.closest("[data-trace]");
  if (!from || event.target.closest(OWN) || String(window.getSelection())) return;
  show(from);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel.open) return hide();
  const from = event.target;
  if (!from.dataset || !from.dataset.trace || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    show(from);
    return;
  }
  const all = stops(groupOf(from));
  const here = all.indexOf(from);
  const next = { ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1 };
  next.Home = 0;
  next.End = all.length - 1;
  const to = all[next[event.key]];
  if (to) {
    event.preventDefault();
    move(from, to);
  }
});

document.getElementById("traces").prepend(
  "Click a number, or go to it with Tab and the arrow keys and press Enter, and it says where it came from. "
);
