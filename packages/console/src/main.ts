import { servedHub } from "./model/hub/served-hub.ts";
import { startConsole } from "./start.tsx";

startConsole(servedHub());
