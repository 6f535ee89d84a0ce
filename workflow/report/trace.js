// Where a number came from: a click, a tap, or Enter on what has data-trace opens its trace beside it.
// One stop of the Tab key for each table, figure, card and section; the arrow keys go on from there.
const trace = JSON.parse(document.getElementById("trace-data").textContent);
const numberOf = new Map(trace.names.map((name, number) => [name, number]));
const GROUPS = "table, figure, .card, section, body > header";
const OWN = "a, button, summary, input, label, dialog";
const TRACED = "[data-trace]:not([data-trace^='none.'])";
const EVIDENCE = ["study", "report", "arm", "row", "record", "search", "import"];

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

// The other way: a button on evidence that asks what of the page rests on it.
function asking(number) {
  return EVIDENCE.includes(trace.nodes[number][0]) ? [" ", button("What rests on it", () => showResting(number))] : [];
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
        if (details.open && details.children.length === 1) {
          details.append(...linked(number), ...asking(number), branch(below));
        }
      });
      item.append(details);
    } else {
      item.append(told(number), ...linked(number), ...asking(number));
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

function entitled(name, ...buttons) {
  const head = element("div", "", "head");
  const title = element("h2", name);
  title.id = "trace-name";
  title.tabIndex = -1;
  const beside = element("span");
  beside.append(...buttons.flatMap((each) => [each, " "]), button("Close", hide));
  head.append(title, beside);
  panel.replaceChildren(head);
  return title;
}

function wordsOf(from) {
  const words = from.matches("figure, tr, section, .card") ? "" : from.textContent.trim().replace(/\s+/g, " ");
  return words.length > 160 ? `${words.slice(0, 160)} …` : words;
}

function restingOn(number) {
  const above = trace.nodes.map(() => []);
  trace.nodes.forEach((node, from) => (node[2] || []).forEach((below) => above[below].push(from)));
  const found = new Set([number]);
  for (const each of found) above[each].forEach((from) => found.add(from)); // a set is walked to what is added on the way
  return found;
}

function showResting(number) {
  const resting = restingOn(number);
  const places = new Map();
  for (const each of document.querySelectorAll(TRACED)) {
    const name = each.dataset.trace;
    if (resting.has(numberOf.get(name)) && !places.has(name)) places.set(name, each);
  }
  const groups = new Map();
  for (const name of places.keys()) {
    const group = name.includes(".") ? name.slice(0, name.lastIndexOf(".")) : name;
    groups.set(group, [...(groups.get(group) || []), name]);
  }
  const name = trace.names[number];
  const title = entitled(`What rests on ${name}`, button("Back", () => show(asked)));
  const without = `perennial impact ${name.slice(name.indexOf("/") + 1)}`;
  panel.append(element("p", `${places.size} results and sentences of the page. Each estimate without it: ${without}`));
  const list = element("ul");
  for (const [group, names] of groups) {
    const details = element("details");
    details.append(element("summary", `${group} (${names.length})`));
    const inside = element("ul");
    for (const each of names) {
      const item = element("li");
      item.append(button(each, () => goTo(places.get(each))), ` ${wordsOf(places.get(each))}`);
      inside.append(item);
    }
    details.append(inside);
    const item = element("li");
    item.append(details);
    list.append(item);
  }
  panel.append(list);
  panel.scrollTop = 0;
  title.focus({ preventScroll: true });
}

function goTo(place) {
  for (let around = place.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  place.scrollIntoView({ block: "center" });
  show(place);
}

function show(from) {
  if (asked) asked.classList.remove("asked");
  asked = from;
  const name = from.dataset.trace;
  const number = numberOf.get(name);
  const title = entitled(name, button("Open all", openAll));
  const words = wordsOf(from);
  if (words) panel.append(element("p", words, "said"));
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
  return Array.from(group.querySelectorAll(TRACED)).filter(
    (each) => groupOf(each) === group && each.offsetParent !== null
  );
}

const begun = new Set();
for (const each of document.querySelectorAll(TRACED)) {
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
