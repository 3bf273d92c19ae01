/**
 * A peer of the benchmark. To add one, add a file next to this one and a line to `index.mjs`. It loads its packages in `load`, never
 * at the top, because the import is measured, too.
 *
 * @typedef {object} Peer
 * @property {string} name for `--peers` and the JSON file
 * @property {string} title of its column
 * @property {string[]} packages whose versions are reported
 * @property {boolean} [ours] ratios are ours / each of the others
 * @property {boolean} [isSameSdk] another commit of this project: ratios are taken round by round, and shown with their range
 * @property {() => Promise<unknown>} load imports its packages
 * @property {(loaded: unknown, target: Target, deviceId?: string) => Device | Promise<Device>} create returns a client that
 *   hasn't dialed yet
 * @property {(target: Target) => string | undefined} [skip] returns the reason why it can't run against this target
 *
 * @typedef {object} Device
 * @property {() => Promise<unknown>} connect
 * @property {() => Promise<unknown>} disconnect
 * @property {(body: Buffer, properties: Record<string, string>, done: (error?: unknown) => void) => void} send
 *   telemetry at QoS 1 by the cheapest public call; `done` once it is acknowledged
 *
 * @property {() => Promise<unknown>} [prepareTwin] called before the first use of the twin
 * @property {(done: (error?: unknown) => void) => void} getTwin
 * @property {(patch: object, done: (error?: unknown) => void) => void} patchReported
 * @property {(called: () => void) => Promise<unknown>} onMethod answers the method `echo` with status 200 and its payload
 * @property {(received: (message: unknown) => void) => Promise<unknown>} onMessage acknowledges each message
 * @property {(received: (patch: unknown) => void) => Promise<unknown>} onDesired
 *
 * @typedef {object} Target
 * @property {"TLS" | "WSS"} transport
 * @property {string} ca
 * @property {number} port of both transports, on localhost
 * @property {{ host?: string, reason?: string }} fixed the host of port 443, or the reason why there is none
 */
export {};
