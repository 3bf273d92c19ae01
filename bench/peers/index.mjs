import { peer as isohub } from "./isohub.mjs";
import { peer as lean } from "./lean.mjs";
import { peer as mqttjs } from "./mqttjs.mjs";
import { peer as official } from "./official.mjs";

/** In the order of the columns. @type {import("./peer.mjs").Peer[]} */
export const peers = [isohub, lean, mqttjs, official];
