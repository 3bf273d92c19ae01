import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packages } from "../packages.mjs";
import { root } from "../run.mjs";
import { optionProblem, programOf } from "./options.mjs";

const scripts = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts);
const published = packages.filter(({ isPublished }) => isPublished).map(({ manifest }) => manifest.name);

/** Commands of other programs: only their first word is checked. */
const others = new Set(
  "az base64 brew bun cat cd certutil code cp curl docker echo export git gradle grep helm java jq kill kubectl ls mkdir mvn npx openssl pip pip3 pnpm python python3 rm sh sudo tar tsc unzip vite yarn xcopy set setx sleep".split(
    " ",
  ),
);

/** Scripts of a reader's own project that guides mention. */
const ownScripts = new Set(["build", "dev", "preview"]);

/** @typedef {(args: string[], document: { text: string }) => string | undefined} Check - returns the problem, if there is one */

/** @type {Record<string, Check>} */
const checks = {
  npm([name, ...args]) {
    if (name === "run" && !scripts.includes(args[0]) && !ownScripts.has(args[0]))
      return `package.json must have the script '${args[0]}'`;
    if (/^(?:test|start)$/.test(name) && !scripts.includes(name))
      return `package.json must have the script '${name}'`;
    if (!/^(?:run|test|start|install|i|ci|pack|create|exec|init|version|publish|uninstall|login)$/.test(name))
      return `'npm ${name}' must be a known command`;
    const at = args.indexOf("--");
    const problem =
      at < 0 ? undefined : optionProblem(programOf(name === "run" ? args[0] : name), args.slice(at + 1));
    if (problem !== undefined) return problem;
    const unknown = args.find(
      (arg) => /^@isohub\//.test(arg) && !published.includes(arg.replace(/(.)@.*$/, "$1")),
    );
    return unknown === undefined ? undefined : `${unknown} must be a published package`;
  },
  node(args, document) {
    const file = args.find((arg) => /\.[cm]?[jt]s$/.test(arg));
    if (file !== undefined && existsSync(join(root, file)))
      return optionProblem(file, args.slice(args.indexOf(file)));
    if (file === undefined || examples().has(file.replace(/^\.\//, ""))) return undefined;
    // A file that the reader writes has its name in the document.
    return document.text.includes(`\`${file}\``)
      ? undefined
      : `${file} must be a file of the repository, or one that the document names`;
  },
  deno([name], document) {
    if (!/^(?:run|add|install|publish|test|task|check|serve)$/.test(name))
      return `'deno ${name}' must be a known command`;
    return checks.node([], document);
  },
  "isohub-emulator": (args) => emulatorProblem(args),
  isohub: ([name, ...args]) =>
    name === "emulator"
      ? emulatorProblem(args)
      : /^--(?:help|version)$/.test(name)
        ? undefined
        : unknownSubcommand(name),
};

/** A command that the `isohub` program has, if its sources list it. */
function unknownSubcommand(name) {
  const file = join(root, "packages/isohub/src");
  const isKnown =
    existsSync(file) &&
    readdirSync(file, { recursive: true })
      .filter((each) => /\.ts$/.test(each))
      .some((each) => readFileSync(join(file, each), "utf8").includes(`"${name}"`));
  return isKnown ? undefined : `'isohub ${name}' must be a command of the package isohub`;
}

function emulatorProblem(args) {
  const code = ["emulator-settings.ts", "command-settings.ts"]
    .map((file) => readFileSync(join(root, "packages/emulator/src/config", file), "utf8"))
    .join("\n");
  const flags = [...code.matchAll(/\bflag: "([\w-]+)"/g)].map(([, name]) => `--${name}`);
  const known = [...flags, "--help", "--version"];
  const unknown = args.find((arg) => arg.startsWith("--") && !known.includes(arg.split("=")[0]));
  return unknown === undefined ? undefined : `${unknown} must be an option of the emulator's command`;
}

let names;

function examples() {
  names ??= new Set(
    readdirSync(join(root, "examples"), { recursive: true }).map((file) => file.split(/[\\/]/).at(-1)),
  );
  return names;
}

/**
 * Checks the command lines of a block.
 *
 * @param {import("./documents.mjs").CodeBlock} block
 * @param {{ text: string }} document
 * @returns {{ commands: number, problems: { line: number, problem: string }[] }}
 */
export function checkCommands(block, document) {
  const problems = [];
  let commands = 0;
  for (const { line, command } of commandsOf(block)) {
    for (const words of partsOf(command).map(wordsOf)) {
      if (words.length === 0) continue;
      commands++;
      const [program, ...args] = words;
      const check = checks[program];
      const problem = check === undefined ? unknownProgram(program) : check(args.map(unquoted), document);
      if (problem !== undefined) problems.push({ line, problem });
    }
  }
  return { commands, problems };
}

const unknownProgram = (program) =>
  others.has(program) || program.startsWith("$")
    ? undefined
    : `'${program}' must be a command that scripts/lib/documents/commands.mjs knows`;

const shells = new Set([
  "bash",
  "console",
  "powershell",
  "ps1",
  "sh",
  "shell",
  "shellsession",
  "zsh",
  "cmd",
  "bat",
]);

/** Whether the lines of a block are commands. A block without a language has commands if its first line is one. */
export function isShell({ language, code }) {
  if (shells.has(language)) return true;
  return language === "" && Object.hasOwn(checks, wordsOf(code.split("\n")[0])[0] ?? "");
}

/** The command lines of a block; in `console`, those behind a prompt, because the others are output. */
function commandsOf({ language, code, line }) {
  const isSession = language === "console" || language === "shellsession" || /^\$ /m.test(code);
  const lines = code.split("\n").map((text, index) => ({ command: text, line: line + index }));
  const joined = [];
  for (const each of lines) {
    const last = joined.at(-1);
    if (last !== undefined && /[\\^`]$/.test(last.command))
      last.command = `${last.command.slice(0, -1).trimEnd()} ${each.command.trim()}`;
    else joined.push({ ...each });
  }
  return joined
    .filter(({ command }) =>
      isSession ? /^[$>] /.test(command) : command.trim() !== "" && !/^\s*(?:#|REM )/.test(command),
    )
    .map((each) => ({ ...each, command: strip(each.command.replace(/^[$>] /, "")) }));
}

/** Removes comments, descriptions behind two spaces, and redirections. */
function strip(command) {
  return command
    .replace(/\s+#\s.*$/, "")
    .replace(/\s{2,}.*$/, "")
    .replace(/\s*(?:\d?>>?|<)\s*\S+/g, "");
}

/** Splits a line at `&&`, `|` and `;` outside quotes. */
const partsOf = (line) => line.match(/(?:'[^']*'|"[^"]*"|[^;&|'"])+/g) ?? [];

/** Splits a command into words, without variables that are set for it. */
function wordsOf(command) {
  const words = command.trim().match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  while (/^(?:\$env:\w+|\w+=)/.test(words[0] ?? "")) {
    // PowerShell writes `$env:NAME = value` as a command.
    if (words[0].startsWith("$env:") && words[1] === "=") words.splice(0, 3);
    else words.shift();
  }
  return words;
}

const unquoted = (word) => word.replace(/^(['"])(.*)\1$/, "$2");
