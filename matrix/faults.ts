import type { Fault } from "./fault.ts";
import { connackFaults } from "./faults/connack.ts";
import { hubFaults } from "./faults/hub.ts";
import { networkFaults } from "./faults/network.ts";
import { tlsFaults } from "./faults/tls.ts";
import { upgradeFaults } from "./faults/upgrade.ts";

/** Every fault. To add one, add a row to the file of its group. */
export const faults: readonly Fault[] = [
  ...networkFaults,
  ...tlsFaults,
  ...upgradeFaults,
  ...connackFaults,
  ...hubFaults,
];
