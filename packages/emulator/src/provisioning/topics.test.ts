import { expect, it } from "vitest";
import { parseRegistrationFilter } from "./topics.ts";

const answer = "$dps/registrations/res/202/?$rid=1&retry-after=3";

it.each([
  ["$dps/registrations/res/#", true],
  ["$dps/registrations/#", true],
  ["$dps/registrations/res/+/+", true],
  ["$dps/registrations/res/202/#", true],
  ["$dps/registrations/res/200/#", false],
])("a device that registers can subscribe to %s, which matches a status of 202: %s", (filter, matches) => {
  expect(parseRegistrationFilter(filter)?.matches("answers", answer)).toBe(matches);
});

it.each(["#", "$dps/#", "+/registrations/res/#", "$dps/registrations/PUT/#", "$iothub/twin/res/#", ""])(
  "but not to '%s'",
  (filter) => {
    expect(parseRegistrationFilter(filter)).toBeUndefined();
  },
);
