import { connectionStringOf, cutConnection, invokeMethod, sendMessage, setDesired } from "../hub.js";
import { Chart, colorOf } from "./chart.js";
import { find } from "./dom.js";
import { Thermostat } from "./thermostat.js";

const count = find("count", HTMLInputElement);
const start = find("start", HTMLButtonElement);
const stop = find("stop", HTMLButtonElement);
const summary = find("summary", HTMLOutputElement);
const list = find("devices", HTMLTableSectionElement);
const choice = find("device", HTMLSelectElement);
const target = find("target", HTMLInputElement);
const degrees = find("degrees", HTMLOutputElement);
const text = find("text", HTMLInputElement);
const answer = find("answer", HTMLPreElement);

/** @type {Thermostat[]} */
let thermostats = [];
/** @type {Chart | undefined} */
let chart;
/** @type {ReturnType<typeof setInterval> | undefined} */
let drawing;

/** @param {Thermostat} thermostat */
function show(thermostat) {
  const row = find(`row-${thermostat.id}`, HTMLTableRowElement);
  row.dataset["status"] = thermostat.status;
  const { id, status, temperature, sent, lastEvent } = thermostat;
  const cells = [
    id,
    status,
    `${temperature.toFixed(1)} °C`,
    `${thermostat.target} °C`,
    String(sent),
    lastEvent,
  ];
  for (const [index, cell] of [...row.cells].entries()) cell.textContent = cells[index] ?? "";
  summarize();
}

function summarize() {
  const connected = thermostats.filter(({ status }) => status === "connected").length;
  const sent = thermostats.reduce((sum, thermostat) => sum + thermostat.sent, 0);
  summary.value =
    thermostats.length === 0
      ? ""
      : `${connected} of ${thermostats.length} connected, ${sent} messages acknowledged`;
}

function draw() {
  chart?.add(new Map(thermostats.map(({ id, temperature }) => [id, temperature])));
}

async function startAll() {
  const ids = Array.from({ length: count.valueAsNumber }, (_, n) => `thermostat-${n + 1}`);
  list.replaceChildren(
    ...ids.map((id, index) => {
      const row = document.createElement("tr");
      row.id = `row-${id}`;
      row.style.setProperty("--color", colorOf(index));
      row.append(...Array.from({ length: 6 }, () => document.createElement("td")));
      return row;
    }),
  );
  choice.replaceChildren(...ids.map((id) => new Option(id)));
  thermostats = await Promise.all(
    ids.map(async (id) => new Thermostat(id, await connectionStringOf(id), show)),
  );
  thermostats.forEach(show);
  chart = new Chart(find("chart", HTMLElement), ids);
  drawing = setInterval(draw, 1000);
  await Promise.all(thermostats.map((thermostat) => thermostat.start()));
}

async function stopAll() {
  clearInterval(drawing);
  await Promise.all(thermostats.map((thermostat) => thermostat.stop()));
  thermostats.forEach(show);
  chart?.remove();
  chart = undefined;
}

/** Runs a cloud operation and shows its result or error. @param {() => Promise<unknown>} action */
async function act(action) {
  try {
    const result = await action();
    answer.textContent = result === undefined ? "" : JSON.stringify(result, null, 1);
  } catch (error) {
    answer.textContent = String(error);
  }
}

find("fleet", HTMLFormElement).addEventListener("submit", async (event) => {
  event.preventDefault();
  start.disabled = true;
  count.disabled = true;
  await act(startAll);
  stop.disabled = false;
});
stop.addEventListener("click", async () => {
  stop.disabled = true;
  await stopAll();
  start.disabled = false;
  count.disabled = false;
});
target.addEventListener("input", () => {
  degrees.value = `${target.value} °C`;
});
target.addEventListener("change", () =>
  act(async () => {
    await setDesired(choice.value, { targetTemperature: target.valueAsNumber });
    return { desired: target.valueAsNumber };
  }),
);
find("send", HTMLButtonElement).addEventListener("click", () =>
  act(() => sendMessage(choice.value, text.value)),
);
find("boost", HTMLButtonElement).addEventListener("click", () =>
  act(() => invokeMethod(choice.value, "boost", { degrees: 3 })),
);
find("cut", HTMLButtonElement).addEventListener("click", () => act(() => cutConnection(choice.value)));
