/**
 * What a peer is to the bench. A new one is a file beside this one and a line in `index.mjs`; it loads its packages in
 * `load`, never at the top, because the import is measured too.
 *
 * @typedef {object} Peer
 * @property {string} name for `--peers` and the JSON
 * @property {string} title heads its column
 * @property {string[]} packages whose versions are reported
 * @property {boolean} [ours] ratios are ours / each of the others
 * @property {() => Promise<unknown>} load imports it
 * @property {(loaded: unknown, target: Target, deviceId?: string) => Device | Promise<Device>} create a client that has
 *   not dialled yet
 * @property {(target: Target) => string | undefined} [skip] why it cannot run against this target
 *
 * @typedef {object} Device
 * @property {() => Promise<unknown>} connect
 * @property {() => Promise<unknown>} disconnect
 * @property {(body: Buffer, properties: Record<string, string>, done: (error?: unknown) => void) => void} send
 *   telemetry at QoS 1 by the cheapest public call; `done` once it is acknowledged
 *
 * @property {() => Promise<unknown>} [prepareTwin] what it must have before the first of the next two
 * @property {(done: (error?: unknown) => void) => void} getTwin
 * @property {(patch: object, done: (error?: unknown) => void) => void} patchReported
 * @property {(called: () => void) => Promise<unknown>} onMethod answers the method `echo` with status 200 and its payload
 * @property {(received: (message: unknown) => void) => Promise<unknown>} onMessage acknowledges each message
 * @property {(received: (patch: unknown) => void) => Promise<unknown>} onDesired
 *
 * @typedef {object} Target
 * @property {"TLS" | "WSS"} transport
 * @property {string} ca
 * @property {number} port for both transports, on localhost
 * @property {{ host?: string, reason?: string }} fixed where port 443 is, or why it is nowhere
 */
export {};
