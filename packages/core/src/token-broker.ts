// A token broker for a server: keys stay there, and pages get short-lived SAS tokens for the devices their users may be.
export type { User, VerificationKey } from "./token-broker/jwt-verifier.ts";
export type { ProblemCode } from "./token-broker/problem.ts";
export type { RateLimit } from "./token-broker/rate-limit.ts";
export type { BrokeredIdentity } from "./token-broker/sas-signer.ts";
export { createTokenBroker, type TokenBroker } from "./token-broker/token-broker.ts";
export type { AllowedIdentities, TokenBrokerOptions } from "./token-broker/token-broker-options.ts";
