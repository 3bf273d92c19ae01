import type { Definitions } from "../schema/problems.ts";
import {
  choice,
  integer,
  json,
  list,
  number,
  object,
  optional,
  type Property,
  ref,
  tag,
  text,
  variants,
} from "../schema/schema.ts";
import { expression, interval, share } from "./common-schemas.ts";

const decimals: Property = optional(
  integer("The number of decimals to round to. Default: not rounded.", 0, 15),
);

const generators: Definitions = {
  ConstantGenerator: object("The same value in every message.", {
    generator: tag("constant"),
    value: json("The value."),
  }),
  RandomGenerator: object("A new random number in each message, evenly distributed.", {
    generator: tag("random"),
    minimum: number("The lowest value."),
    maximum: number("The limit of the values."),
    decimals,
  }),
  RampGenerator: object("A number that changes steadily.", {
    generator: tag("ramp"),
    from: number("The first value."),
    to: number("The last value."),
    over: interval("The time from the first value to the last."),
    atEnd: optional(
      choice(
        "The continuation after the last value: the first one again, the way back, or the last one forever.",
        "restart",
        "return",
        "stop",
      ),
      "restart",
    ),
    decimals,
  }),
  SineGenerator: object("A sine wave.", {
    generator: tag("sine"),
    mean: number("The value that the wave is around."),
    amplitude: number("The largest distance from the mean."),
    period: interval("The time of one wave."),
    phase: optional(share("The elapsed share of the period at the start. Default: random for each device.")),
    noise: optional(number("The largest random difference from the wave.", { minimum: 0 }), 0),
    decimals,
  }),
  RandomWalkGenerator: object("A number that differs from the one before by a random step.", {
    generator: tag("randomWalk"),
    start: number("The first value."),
    step: number("The largest step.", { exclusiveMinimum: 0 }),
    minimum: optional(number("The lowest value. Default: none.")),
    maximum: optional(number("The highest value. Default: none.")),
    decimals,
  }),
  EnumGenerator: object("One of several values.", {
    generator: tag("enum"),
    values: list("The values.", json("A value."), { minItems: 1 }),
    weights: optional(
      list(
        "The frequency of each value, relative to the others. Default: all equally.",
        number("A weight.", { minimum: 0 }),
      ),
    ),
    order: optional(
      choice("Whether values are random, or follow each other as listed.", "random", "cycle"),
      "random",
    ),
  }),
  CounterGenerator: object("A number that grows with each message.", {
    generator: tag("counter"),
    start: optional(number("The first value."), 0),
    step: optional(number("The difference between two values."), 1),
    randomStep: optional(number("The largest random addition to each step.", { minimum: 0 }), 0),
    wrapAt: optional(number("The value at which it starts again. Default: never.")),
    decimals,
  }),
  RouteGenerator: object(
    "The position of a vehicle on a route: an object with `lat`, `lon`, `speedKmh` and `heading` in degrees.",
    {
      generator: tag("route"),
      points: list(
        "The route, as pairs of latitude and longitude.",
        list("A latitude and a longitude, in degrees.", number("Degrees.", { minimum: -180, maximum: 180 }), {
          minItems: 2,
          maxItems: 2,
        }),
        { minItems: 2 },
      ),
      speedKmh: number("The speed, in km/h.", { exclusiveMinimum: 0 }),
      atEnd: optional(
        choice(
          "The continuation after the last point: the first one, the way back, or a stop.",
          "restart",
          "return",
          "stop",
        ),
        "return",
      ),
      start: optional(
        share("The share of the route that is covered at the start. Default: random for each device."),
      ),
    },
  ),
  ReplayGenerator: object("The values of a column of a CSV file, one for each message.", {
    generator: tag("replay"),
    file: text("The name of the file, as in `files` of the scenario."),
    column: text("The column, as in the first line of the file."),
    atEnd: optional(
      choice(
        "The continuation after the last line: the first one, or the last one forever.",
        "restart",
        "stop",
      ),
      "restart",
    ),
    start: optional(
      choice("The first line: that of the file, or a random one for each device.", "first", "random"),
      "first",
    ),
  }),
  ExpressionGenerator: object("The value of an expression over fields that precede it.", {
    generator: tag("expression"),
    expression: expression("The expression, as in `round(temperature * 1.8 + 32, 1)`."),
  }),
};

/** The generators of the values of a field. */
export const generatorSchemas: Definitions = {
  ...generators,
  Generator: variants("Produces the values of a field.", "generator", ...Object.keys(generators).map(ref)),
};
