import { fileURLToPath } from "node:url";
import { DeviceProgram } from "../device-program.ts";

/** A device in Python. */
export class PythonDevice extends DeviceProgram {
  /** @param script - the name of a file in this folder. It isn't compiled into a cache. */
  constructor(python: string, script: "device.py" | "mqtt_device.py" | "adafruit.py") {
    super(python, ["-B", fileURLToPath(new URL(script, import.meta.url))]);
  }
}
