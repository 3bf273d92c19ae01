/** The token broker, which runs wherever `fetch` handlers run. */
export * from "@isohub/core/token-broker";
