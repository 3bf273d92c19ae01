/** The values of properties that a scenario omits, for the schema and for the code that reads them. */
export const defaults = {
  seed: 1,
  /** The largest random change of an interval, as a share of it. */
  jitter: 0.1,
  provisioningHost: "global.azure-devices-provisioning.net",
  /** The name of an uploaded file; `{n}` is its number. */
  uploadName: "upload-{n}.bin",
} as const;
