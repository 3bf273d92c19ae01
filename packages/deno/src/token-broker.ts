export * from "@isohub/core/token-broker";
