import type { Group } from "./scenario.ts";

const identity = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/;

/** Whether IoT Hub accepts a string as the id of a device or module. */
export function isIdentity(id: string): boolean {
  return identity.test(id);
}

/** The name of a group: its own, or that of its type. */
export function groupName({ name, type }: Group): string {
  return name ?? type;
}

/** The pattern of the device ids of a group. */
export function idPattern(group: Group): string {
  return group.id ?? (group.count === 1 ? groupName(group) : `${groupName(group)}-{n}`);
}

/** The id of a device. @param number - of the device in its group, from 1 */
export function deviceIdOf(group: Group, number: number): string {
  return idPattern(group).replaceAll("{n}", String(number));
}

/** Returns a device id that two groups have in common: `x-11` is number 11 of `x-{n}`, and number 1 of `x-1{n}`. */
export function sharedId(one: Group, other: Group): string | undefined {
  const [smaller, larger] = one.count < other.count ? [one, other] : [other, one];
  const [first = "", ...rest] = idPattern(larger)
    .split("{n}")
    .map((part) => part.replace(/[^\w]/g, "\\$&"));
  const numbered = rest.map((part, index) => (index === 0 ? "([1-9]\\d*)" : "\\1") + part);
  const form = new RegExp(`^${first}${numbered.join("")}$`);
  for (let number = 1; number <= smaller.count; number++) {
    const id = deviceIdOf(smaller, number);
    const match = form.exec(id);
    if (match !== null && Number(match[1] ?? 1) <= larger.count) return id;
  }
  return undefined;
}
