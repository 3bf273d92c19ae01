import { around } from "./around.mjs";
import { codec } from "./codec.mjs";
import { moving } from "./moving.mjs";
import { session } from "./session.mjs";

/** Every mutation of the lean engine and the code around it. @type {import("./mutation.mjs").Mutation[]} */
export const mutations = [...codec, ...session, ...around, ...moving].map(
  ([name, { file, tests }, from, to]) => ({
    name,
    file,
    from,
    to,
    tests,
  }),
);
