import * as node from "@isohub/node";
import { testSimulatedTypes } from "../simulated-types.ts";

testSimulatedTypes({ ...node, engine: node.leanEngine, localTransport: "tls" });
