/** The message of every peer: the same body and the same three properties, one of which changes with each message. */

export const DEVICE_ID = "bench-device";
export const KEY = Buffer.alloc(32, 7).toString("base64");

/** @param {number} bytes @returns {Buffer} JSON of exactly that size */
export function createBody(bytes) {
  const start = '{"temperature":21.5,"text":"';
  return Buffer.from(`${start}${"x".repeat(bytes - start.length - 2)}"}`);
}

/** @param {number} sequence @returns {Record<string, string>} */
export function createProperties(sequence) {
  return { temperatureAlert: "false", site: "plant 4", sequence: String(sequence) };
}
