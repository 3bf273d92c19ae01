// Calls the hub as a cloud service would, through the emulator's control API. With a real hub, your server does this.

const { controlUrl } = await (await fetch("/hub.json")).json();

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function call(method, path, body) {
  const init =
    body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(controlUrl + path, { method, ...init });
  const text = await response.text();
  const answer = text === "" ? undefined : JSON.parse(text);
  if (!response.ok) throw new Error(answer?.message ?? text);
  return answer;
}

/**
 * Shows a command line that does from a terminal what the page's controls do.
 *
 * @param {string} method
 * @param {string} path - below the control API
 * @param {object} [body]
 */
export function showCurl(method, path, body) {
  const data = body === undefined ? "" : ` -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  const line = `curl -X ${method} ${controlUrl}${path}${data}`;
  document.getElementById("curl")?.append(line);
}

/** @param {string} deviceId */
const device = (deviceId) => `/devices/${encodeURIComponent(deviceId)}`;

/**
 * Returns a device's connection string. Registers the device if it doesn't exist.
 *
 * @param {string} deviceId
 * @returns {Promise<string>}
 */
export async function connectionStringOf(deviceId) {
  const known = await call("GET", "/devices");
  const isKnown = known.some((/** @type {{ deviceId: string }} */ each) => each.deviceId === deviceId);
  const registered = isKnown
    ? await call("GET", device(deviceId))
    : await call("POST", "/devices", { deviceId });
  // A page connects to the local hub without TLS, because it cannot make the browser trust the hub's certificate.
  return registered.pageConnectionString;
}

/** @param {string} deviceId @param {string} text */
export const sendMessage = (deviceId, text) => call("POST", `${device(deviceId)}/c2d`, { body: text });

/** @param {string} deviceId @param {string} methodName @param {unknown} payload */
export const invokeMethod = (deviceId, methodName, payload) =>
  call("POST", `${device(deviceId)}/methods`, { methodName, payload });

/** @param {string} deviceId @param {object} desired */
export const setDesired = (deviceId, desired) => call("PATCH", `${device(deviceId)}/twin`, { desired });

/** @param {string} deviceId @returns {Promise<{ properties: { desired: object, reported: object } }>} */
export const getTwin = (deviceId) => call("GET", `${device(deviceId)}/twin`);

/** Drops a device's connection without notifying it, as a network failure does. @param {string} deviceId */
export const cutConnection = (deviceId) => call("POST", "/faults/drop", { deviceId });
