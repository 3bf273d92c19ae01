import { choiceSetting, flagSetting, listSetting, pathSetting, type Setting } from "./setting.ts";

/** The levels of the log: each includes those before it. */
export const logLevels = ["error", "warn", "info", "debug"] as const;

/** A level of the log. */
export type LogLevel = (typeof logLevels)[number];

/** The values of the settings that only the command has. */
export interface CommandSettings {
  readonly caFile?: string;
  readonly caKeyFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly trustStoreFile?: string;
  readonly logLevel?: LogLevel;
  readonly logFile?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly open?: boolean;
}

/** Every setting that only the command has, see {@link emulatorSettings}. */
export const commandSettings: { readonly [Name in keyof CommandSettings]-?: Setting } = {
  caFile: pathSetting({
    flag: "ca-file",
    summary: "the CA certificate: reused if the file exists, else written (default: a temporary file)",
  }),
  caKeyFile: pathSetting({
    flag: "ca-key-file",
    summary: "the private key of the CA certificate (default: next to it, ending in .key)",
  }),
  certFile: pathSetting({
    flag: "cert-file",
    summary: "your own certificate for the server, in PEM, instead of a generated one",
  }),
  keyFile: pathSetting({ flag: "key-file", summary: "the private key of --cert-file, in PEM" }),
  trustStoreFile: pathSetting({
    flag: "trust-store-file",
    summary: "also write the CA certificate as PKCS#12, for Java and .NET; the password is changeit",
  }),
  logLevel: choiceSetting(logLevels, {
    flag: "log-level",
    summary: "least severe events to print (default: debug, which is every event)",
  }),
  logFile: pathSetting({
    flag: "log-file",
    summary: "append the events to this file instead of printing them; SIGHUP opens it again",
  }),
  quiet: flagSetting({ flag: "quiet", summary: "print one line when the hub is ready, and no events" }),
  json: flagSetting({
    flag: "json",
    summary: "print one JSON object per line: first the endpoints, then each event",
  }),
  open: flagSetting({ flag: "open", summary: "open the console in the browser" }),
};

/** Flags and variables that a configuration can't have. */
export const commandLineSettings: { readonly device: Setting; readonly config: Setting } = {
  device: listSetting({
    flag: "device",
    placeholder: "<id>",
    summary: "register this device; can be repeated (default: device1, unless a configuration is given)",
  }),
  config: pathSetting({ flag: "config", summary: "read settings, devices and more from this JSON file" }),
};
