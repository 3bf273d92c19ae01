/**
 * A metric of the benchmark. To add one, add a file next to this one and a line to `index.mjs`.
 *
 * A cell is one measurement in one process. It yields points, each for one table: a row of the metric and the column of the peer.
 *
 * @typedef {object} Metric
 * @property {string} name for `--only` and the JSON; also the file's name
 * @property {Table[]} tables
 * @property {string[]} rows of every table, in their order
 * @property {(quick: boolean) => { row: string, params: Params }[]} cells for each peer
 * @property {(peer: import("../peers/peer.mjs").Peer, target: import("../peers/peer.mjs").Target, params: Params)
 *   => Promise<Measured>} [measure] runs in the client's process
 * @property {(peer: import("../peers/peer.mjs").Peer) => Promise<Measured["points"]>} [measureHere] instead of cells: for
 *   figures that need no separate process
 * @property {boolean} [once] in the first round only, for metrics that take long and hardly vary
 * @property {string[]} [peers] the names of those that it can measure; default: all
 * @property {string[]} [nodeFlags] for the client's process
 * @property {Record<string, { peer: object }>} [baselines] run like a peer; their median is subtracted from every other column
 *
 * @typedef {object} Params
 * @property {"TLS" | "WSS"} transport
 * @property {{ feed?: string, inFlight?: number }} [hub] the sink's tasks besides acknowledging; see `sink/feeds.mjs`
 * @property {number} [bodyBytes] of each message; with it, the first message is checked byte for byte
 *
 * @typedef {object} Table
 * @property {string} id
 * @property {string} title
 * @property {string} unit
 * @property {number} digits
 * @property {"less" | "more"} better
 * @property {Record<string, Record<string, Record<string, number>>>} [goals] row → column of a peer with `ours` → peer → limit of the
 *   ratio ours / peer; `itself` is a limit of the figure
 *
 * @typedef {object} Measured
 * @property {{ table: string, row: string, value: number }[]} points
 * @property {number} [sent] messages acknowledged; the sink must have received as many
 * @property {number} [served] requests answered; the sink must have answered as many
 * @property {number} [received] deliveries from the sink; it must have sent as many, and got a response to nearly all
 * @property {number} [from] start and end of the measured part, from Date.now()
 * @property {number} [to]
 */
export {};
