import { memoryHubSource } from "./model/memory-hub-source.ts";
import { startConsole } from "./start.tsx";

startConsole(memoryHubSource());
