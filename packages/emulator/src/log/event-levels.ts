import { type LogLevel, logLevels } from "../config/command-settings.ts";
import type { HubEventType } from "../hub/events/events.ts";

// Failures of devices are warnings; the hub's own errors aren't events. Types that aren't listed are frequent: debug.
const levels: Partial<Record<HubEventType, LogLevel>> = {
  warning: "warn",
  connectionRefused: "warn",
  requestRefused: "warn",
  twinRefused: "warn",
  registrationRefused: "warn",
  hubLeft: "warn",
  c2dAckIgnored: "warn",
  inputAckIgnored: "warn",
  deviceCreated: "info",
  deviceUpdated: "info",
  deviceDeleted: "info",
  deviceConnected: "info",
  deviceDisconnected: "info",
  registrationDone: "info",
  hubJoined: "info",
  fileUploadNotified: "info",
  methodInvoked: "info",
  twinDesired: "info",
  c2dCompleted: "info",
};

/** Whether a log of this level has the events of a type. */
export function isLogged(type: HubEventType, level: LogLevel): boolean {
  return logLevels.indexOf(levels[type] ?? "debug") <= logLevels.indexOf(level);
}
