import { metric as bundle } from "./bundle.mjs";
import { metric as burst } from "./burst.mjs";
import { metric as connect } from "./connect.mjs";
import { metric as deliveries } from "./deliveries.mjs";
import { metric as fleet } from "./fleet.mjs";
import { metric as imports } from "./import.mjs";
import { metric as install } from "./install.mjs";
import { metric as memory } from "./memory.mjs";
import { metric as offline } from "./offline.mjs";
import { metric as outage } from "./outage.mjs";
import { metric as requests } from "./requests.mjs";
import { metric as resend } from "./resend.mjs";
import { metric as storm } from "./storm.mjs";
import { metric as telemetry } from "./telemetry.mjs";

/** In the order of the report. @type {import("./metric.mjs").Metric[]} */
export const metrics = [
  telemetry,
  burst,
  requests,
  deliveries,
  connect,
  memory,
  fleet,
  outage,
  storm,
  offline,
  resend,
  imports,
  bundle,
  install,
];
