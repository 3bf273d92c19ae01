import { servedHub } from "./model/served-hub.ts";
import { startConsole } from "./start.tsx";

startConsole(servedHub());
