#!/usr/bin/env node
import { runEmulatorCommand } from "./command.ts";

process.exitCode = await runEmulatorCommand(process.argv.slice(2));
