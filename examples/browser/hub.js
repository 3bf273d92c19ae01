// What a service does with the hub, over the control API of the local one. With a real hub this is a server's part.

const { controlUrl, hostName } = await (await fetch("/hub.json")).json();

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

/** @param {string} deviceId */
const device = (deviceId) => `/devices/${encodeURIComponent(deviceId)}`;

/** Finds a device, or registers it. @param {string} deviceId @returns {Promise<string>} its connection string */
export async function connectionStringOf(deviceId) {
  const known = await call("GET", "/devices");
  const isKnown = known.some((/** @type {{ deviceId: string }} */ each) => each.deviceId === deviceId);
  const made = isKnown ? await call("GET", device(deviceId)) : await call("POST", "/devices", { deviceId });
  // A page reaches the local hub without TLS: there is no way to make a browser trust its certificate.
  return made.connectionString.replace(/^HostName=[^;]+/, `HostName=${hostName}`);
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

/** Ends the connection of a device without a word, as networks do. @param {string} deviceId */
export const cutConnection = (deviceId) => call("POST", "/faults/drop", { deviceId });
