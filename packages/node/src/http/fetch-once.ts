import type { Runtime } from "@isohub/core/runtime";

/** Sends one HTTP request. Loads the code for it when it is called: few connections need it. */
export const fetchOnce: Runtime["fetch"] = async (request, signal) => {
  const { fetchOverHttp } = await import("./http.ts");
  return fetchOverHttp(request, signal);
};
