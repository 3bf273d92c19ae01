import { memoryHubSource } from "./model/hub/memory-hub-source.ts";
import { startConsole } from "./start.tsx";

startConsole(memoryHubSource());
