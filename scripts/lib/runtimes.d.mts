export type Clients =
  | "sources"
  | "sources with bundled MQTT.js"
  | "bundle index"
  | "bundle lite"
  | "bundle index in Firefox";

/** A runtime that the conformance suites run on. */
export interface Runtime {
  name: string;
  title: string;
  project: string;
  clients?: Clients;
  tests?: string[];
  command?: string[];
}

export const runtimes: Runtime[];
