// Certificate signing requests on Deno.
export * from "@isohub/deno/csr";
