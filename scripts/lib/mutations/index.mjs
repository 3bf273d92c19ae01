import { around } from "./around.mjs";
import { codec } from "./codec.mjs";
import { session } from "./session.mjs";

/** What could be wrong with the lean engine and what stands around it. @type {import("./mutation.mjs").Mutation[]} */
export const mutations = [...codec, ...session, ...around].map(([name, { file, tests }, from, to]) => ({
  name,
  file,
  from,
  to,
  tests,
}));
