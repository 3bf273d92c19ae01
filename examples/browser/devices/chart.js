import uPlot from "uplot";

const seconds = 60;
/** Same value as in devices.css. */
const padding = 8;
const colors = ["#2f6feb", "#e5732a", "#1f9d6b", "#b64bd1", "#d6355b", "#0c9bb3", "#a07d0b", "#5b6ee1"];

/** @param {number} index */
export const colorOf = (index) => /** @type {string} */ (colors[index % colors.length]);

/** A line chart of the last minute. */
export class Chart {
  #plot;
  #names;
  /** Rows of a timestamp followed by one value per name. @type {(number | null)[][]} */
  #samples = [];

  /** @param {HTMLElement} element @param {string[]} names */
  constructor(element, names) {
    this.#names = names;
    const size = () => ({
      width: element.clientWidth - 2 * padding,
      height: element.clientHeight - 2 * padding,
    });
    this.#plot = new uPlot(
      {
        ...size(),
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_plot, low, high) => [Math.floor(low - 1), Math.ceil(high + 1)] } },
        axes: [
          { stroke: "#7b8794", grid: { stroke: "#7b879422" } },
          {
            stroke: "#7b8794",
            grid: { stroke: "#7b879422" },
            values: (_plot, ticks) => ticks.map((tick) => `${tick}°`),
          },
        ],
        series: [
          {},
          ...names.map((name, index) => ({
            label: name,
            stroke: colorOf(index),
            width: 1.5,
            points: { show: false },
          })),
        ],
      },
      [[], ...names.map(() => [])],
      element,
    );
    this.#resized = new ResizeObserver(() => this.#plot.setSize(size()));
    this.#resized.observe(element);
  }

  #resized;

  /** @param {Map<string, number>} values */
  add(values) {
    const now = Date.now() / 1000;
    this.#samples.push([now, ...this.#names.map((name) => values.get(name) ?? null)]);
    this.#samples = this.#samples.filter(([at]) => Number(at) > now - seconds);
    const columns = ["time", ...this.#names].map((_, column) =>
      this.#samples.map((sample) => sample[column]),
    );
    this.#plot.setData(/** @type {uPlot.AlignedData} */ (columns));
  }

  remove() {
    this.#resized.disconnect();
    this.#plot.destroy();
  }
}
