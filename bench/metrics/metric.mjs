/**
 * What a metric is to the bench. A new one is a file beside this one and a line in `index.mjs`.
 *
 * A cell is one measurement in one process; it yields points, and a point has its place in a table: a row of the metric
 * and the column of the peer.
 *
 * @typedef {object} Metric
 * @property {string} name for `--only` and the JSON; also the file's name
 * @property {Table[]} tables
 * @property {string[]} rows of every table, in their order
 * @property {(quick: boolean) => { row: string, params: Params }[]} cells for each peer
 * @property {(peer: import("../peers/peer.mjs").Peer, target: import("../peers/peer.mjs").Target, params: Params)
 *   => Promise<Measured>} [measure] runs in the client's process
 * @property {(peer: import("../peers/peer.mjs").Peer) => Promise<Measured["points"]>} [measureHere] in place of cells: for
 *   what no process has to run for
 * @property {boolean} [once] in the first round only: it takes long, and hardly varies
 * @property {string[]} [nodeFlags] for the client's process
 * @property {Record<string, { peer: object }>} [baselines] run like a peer; their median is taken off every other column
 *
 * @typedef {object} Params
 * @property {"TLS" | "WSS"} transport
 * @property {{ feed?: string, inFlight?: number }} [hub] what the sink is to do beyond acknowledging; see `sink/feeds.mjs`
 * @property {number} [bodyBytes] of what is sent; a cell that says it has its first message checked byte for byte
 *
 * @typedef {object} Table
 * @property {string} id
 * @property {string} title
 * @property {string} unit
 * @property {number} digits
 * @property {"less" | "more"} better
 * @property {Record<string, Record<string, Record<string, number>>>} [goals] row → column of ours → peer → limit of the
 *   ratio ours / peer; `itself` is a limit of our own figure
 *
 * @typedef {object} Measured
 * @property {{ table: string, row: string, value: number }[]} points
 * @property {number} [sent] messages acknowledged: as many must have reached the sink
 * @property {number} [served] requests answered: the sink must have answered as many
 * @property {number} [received] what came from the sink: it must have sent as many, and have had an answer to nearly all
 * @property {number} [from] when the measured part began and ended, by Date.now()
 * @property {number} [to]
 */
export {};
