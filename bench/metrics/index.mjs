import { metric as burst } from "./burst.mjs";
import { metric as imports } from "./import.mjs";
import { metric as telemetry } from "./telemetry.mjs";

/** In the order of the report. @type {import("./metric.mjs").Metric[]} */
export const metrics = [telemetry, burst, imports];
