/** Certificate signing requests, for Node and Deno. */
export * from "@isohub/node/csr";
