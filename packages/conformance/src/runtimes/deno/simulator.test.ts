import * as deno from "@isohub/deno";
import { testSimulatedTypes } from "../simulated-types.ts";

testSimulatedTypes({ ...deno, engine: deno.leanEngine, localTransport: "tls" });
