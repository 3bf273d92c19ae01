import { writeFile } from "node:fs/promises";
import type { CommandOutput } from "../cli/command.ts";
import {
  parseArguments,
  readServices,
  usage,
  type VerifyArguments,
  type VerifyServices,
} from "./arguments.ts";
import { type CaseResult, messageOf, runCase, type VerifyTarget } from "./case-run.ts";
import { cases } from "./cases/cases.ts";
import { ProvisioningService } from "./provisioning-service.ts";
import { lineOf, reportOf, withoutSecrets } from "./report.ts";
import { ServiceApi } from "./service-api.ts";

/** Runs the command. Resolves with its exit code. */
export async function verify(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  output: CommandOutput,
): Promise<number> {
  let parsed: VerifyArguments;
  let services: VerifyServices;
  try {
    parsed = parseArguments(args);
    if (parsed.action === "help") {
      output.print(usage);
      return 0;
    }
    services = readServices(environment);
  } catch (error) {
    output.printError(`isohub verify: ${messageOf(error)}\n\n${usage}`);
    return 2;
  }
  const keys = [services.hub, services.eventHub, services.provisioning?.policy].flatMap((policy) =>
    policy === undefined ? [] : [policy.key],
  );
  const startedAt = new Date();
  let results: readonly CaseResult[];
  try {
    results = await runAll(parsed, services, keys, output);
  } catch (error) {
    const failure = { name: "", outcome: "failed", durationMs: 0, reason: messageOf(error) } as const;
    output.printError(`isohub verify: ${withoutSecrets(failure, keys).reason}`);
    return 1;
  }
  const report = reportOf(services.hub.host, startedAt, results);
  if (parsed.report !== undefined) await writeFile(parsed.report, `${JSON.stringify(report, null, 2)}\n`);
  const { passed, failed, notPossible, versions, durationMs } = report;
  output.print(
    `${passed} passed, ${failed} failed, ${notPossible} not possible in ${(durationMs / 1000).toFixed(1)} s`,
  );
  output.print(`isohub ${versions.isohub}, Node ${versions.node}, ${versions.platform}`);
  return failed === 0 ? 0 : 1;
}

/** Runs all cases with a new device. An interrupt skips those that are left; the device is deleted in any case. */
async function runAll(
  { websockets, consumerGroup }: VerifyArguments,
  { hub, eventHub, provisioning }: VerifyServices,
  keys: string[],
  output: CommandOutput,
): Promise<CaseResult[]> {
  const service = new ServiceApi(hub, keys);
  const deviceId = `isohub-verify-${crypto.randomUUID().slice(0, 8)}`;
  const connectionString = await service.create(deviceId);
  const isBasicTier = await service.hasBasicTier(deviceId).catch(async (error: unknown) => {
    await service.delete(deviceId);
    throw error;
  });
  const target: VerifyTarget = {
    service,
    eventHub,
    consumerGroup,
    provisioning: provisioning && new ProvisioningService(provisioning.policy, provisioning.idScope, keys),
    deviceId,
    connectionString,
    options: { websockets },
    isBasicTier,
  };
  output.print(`${hub.host}, device ${deviceId}`);
  const results: CaseResult[] = [];
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
    output.printError("Stopping after this case. The device will be deleted.");
  };
  process.once("SIGINT", interrupt);
  const add = (result: CaseResult): void => {
    const shown = withoutSecrets(result, keys);
    results.push(shown);
    output.print(lineOf(shown));
  };
  try {
    for (const each of cases) {
      const skipped = {
        name: each.name,
        outcome: "notPossible",
        durationMs: 0,
        reason: "interrupted",
      } as const;
      add(isInterrupted ? skipped : await runCase(each, target));
    }
  } finally {
    process.off("SIGINT", interrupt);
    add(await runCase({ name: "delete the device", run: () => service.delete(deviceId) }, target));
  }
  return results;
}
