// Three states of a chip: free -> on -> off -> free. `props.value` is {on: [names], off: [names]}.
const NEXT = { free: "on", on: "off", off: "free" };
const chips = [...element.querySelectorAll(".ag-groups .ag-chip")];
const groups = [...element.querySelectorAll("details")];
const chosen = element.querySelector(".ag-chosen");
const search = element.querySelector("input");

function put(name, state) {
  const value = { on: [], off: [] };
  for (const chip of chips) {
    const now = chip.dataset.name === name ? state : chip.dataset.state;
    if (now !== "free") value[now].push(chip.dataset.name);
  }
  props.value = value;
  show();
}

function show() {
  const value = props.value || {};
  for (const chip of chips) {
    const has = (state) => (value[state] || []).includes(chip.dataset.name);
    chip.dataset.state = has("on") ? "on" : has("off") ? "off" : "free";
  }
  const taken = chips.filter((chip) => chip.dataset.state !== "free");
  chosen.replaceChildren(...taken.map((chip) => chip.cloneNode(true)));
  for (const chip of chosen.children) chip.hidden = false;
  element.querySelector(".ag-clear").disabled = !taken.length;
  for (const group of groups) {
    const count = taken.filter((chip) => group.contains(chip)).length;
    group.querySelector(".ag-count").textContent = count || "";
  }
}

element.addEventListener("click", (event) => {
  const chip = event.target.closest(".ag-chip");
  const place = [...chosen.children].indexOf(chip);
  if (chip) put(chip.dataset.name, place < 0 ? NEXT[chip.dataset.state] : "free");
  if (place >= 0) (chosen.children[place] || chosen.lastElementChild || search).focus(); // the chip is gone
  if (event.target.closest(".ag-clear")) {
    props.value = { on: [], off: [] };
    show();
  }
});

let opened = null; // by hand, before the search
search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  if (wanted && !opened) opened = groups.map((group) => group.open);
  for (const chip of chips) chip.hidden = !chip.dataset.words.includes(wanted);
  for (const [number, group] of groups.entries()) {
    group.hidden = !group.querySelector(".ag-chip:not([hidden])");
    group.open = wanted ? !group.hidden : opened !== null && opened[number];
  }
  if (!wanted) opened = null;
  element.querySelector(".ag-none").hidden = groups.some((group) => !group.hidden);
});

watch("value", show);
show();
