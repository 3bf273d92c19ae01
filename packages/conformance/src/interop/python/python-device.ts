import { fileURLToPath } from "node:url";
import { DeviceProgram } from "../device-program.ts";

const script = fileURLToPath(new URL("device.py", import.meta.url));

/** A device of the Python SDK. */
export class PythonDevice extends DeviceProgram {
  constructor(python: string) {
    super(python, [script]);
  }
}
