import { around } from "./around.mjs";
import { codec } from "./codec.mjs";
import { moving } from "./moving.mjs";
import { session } from "./session.mjs";

/** What could be wrong with the lean engine, what stands around it, and a client that comes to another hub. @type {import("./mutation.mjs").Mutation[]} */
export const mutations = [...codec, ...session, ...around, ...moving].map(
  ([name, { file, tests }, from, to]) => ({
    name,
    file,
    from,
    to,
    tests,
  }),
);
