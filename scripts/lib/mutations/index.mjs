import { around } from "./around.mjs";
import { codec } from "./codec.mjs";
import { moving } from "./moving.mjs";
import { node } from "./node.mjs";
import { outbox } from "./outbox.mjs";
import { session } from "./session.mjs";

/** Every mutation of the lean engine, the code around it, the outbox, and what Node writes. @type {import("./mutation.mjs").Mutation[]} */
export const mutations = [...codec, ...session, ...around, ...moving, ...outbox, ...node].map(
  ([name, { file, tests }, from, to]) => ({
    name,
    file,
    from,
    to,
    tests,
  }),
);
