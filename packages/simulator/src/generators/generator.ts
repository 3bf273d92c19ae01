import type { Generator } from "../document/generators.ts";
import { counterValues, rampValues, randomValues, randomWalkValues, sineValues } from "./numbers.ts";
import type { Random } from "./random.ts";
import { routeValues } from "./route.ts";
import type { Values } from "./tick.ts";
import { constantValues, enumValues, expressionValues, replayValues } from "./values.ts";

/** Creates the values of a field for one device. @param files - CSV files by name */
export function valuesOf(
  generator: Generator,
  random: Random,
  files: Readonly<Record<string, string>>,
): Values {
  switch (generator.generator) {
    case "constant":
      return constantValues(generator);
    case "random":
      return randomValues(generator, random);
    case "ramp":
      return rampValues(generator);
    case "sine":
      return sineValues(generator, random);
    case "randomWalk":
      return randomWalkValues(generator, random);
    case "enum":
      return enumValues(generator, random);
    case "counter":
      return counterValues(generator, random);
    case "route":
      return routeValues(generator, random);
    case "replay":
      return replayValues(generator, random, files);
    case "expression":
      return expressionValues(generator, random);
  }
}
