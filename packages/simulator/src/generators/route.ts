import type { RouteGenerator } from "../document/generators.ts";
import { round } from "../expressions/expression.ts";
import { cyclePart } from "./numbers.ts";
import type { Random } from "./random.ts";
import type { Values } from "./tick.ts";

const earthRadiusKm = 6371;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

interface Leg {
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** The distance from the start of the route to the start of this leg. */
  readonly beginsKm: number;
  readonly lengthKm: number;
}

/** The positions of a vehicle with a steady speed. Legs are straight on the map, which is close enough below some 100 km. */
export function routeValues(
  { points, speedKmh, atEnd = "return", start }: RouteGenerator,
  random: Random,
): Values {
  const drawn = random();
  const legs: Leg[] = [];
  let totalKm = 0;
  for (const [index, to] of points.slice(1).entries()) {
    const from = points[index] ?? to;
    const lengthKm = distanceKm(from, to);
    legs.push({ from, to, beginsKm: totalKm, lengthKm });
    totalKm += lengthKm;
  }
  const periodMs = (totalKm / speedKmh) * 3_600_000;
  const lead = (atEnd === "stop" ? (start ?? 0) : (start ?? drawn)) * periodMs;
  return ({ ms }) => {
    const km = cyclePart(lead + ms, periodMs, atEnd) * totalKm;
    const isBack = atEnd === "return" && ((lead + ms) / periodMs) % 2 > 1;
    const hasStopped = atEnd === "stop" && km >= totalKm;
    const leg = legs.find(({ beginsKm, lengthKm }) => km < beginsKm + lengthKm) ?? legs.at(-1);
    if (leg === undefined) return null;
    const part = leg.lengthKm === 0 ? 0 : (km - leg.beginsKm) / leg.lengthKm;
    const at = (axis: number): number => {
      const [begin = 0, end = 0] = [leg.from[axis], leg.to[axis]];
      return round(begin + (end - begin) * part, 6);
    };
    const heading = isBack ? headingOf(leg.to, leg.from) : headingOf(leg.from, leg.to);
    return { lat: at(0), lon: at(1), speedKmh: hasStopped ? 0 : speedKmh, heading };
  };
}

function distanceKm(
  [fromLat = 0, fromLon = 0]: readonly number[],
  [toLat = 0, toLon = 0]: readonly number[],
): number {
  const dLat = radians(toLat - fromLat);
  const dLon = radians(toLon - fromLon);
  const chord =
    Math.sin(dLat / 2) ** 2 + Math.cos(radians(fromLat)) * Math.cos(radians(toLat)) * Math.sin(dLon / 2) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}

function headingOf(
  [fromLat = 0, fromLon = 0]: readonly number[],
  [toLat = 0, toLon = 0]: readonly number[],
): number {
  const east = Math.sin(radians(toLon - fromLon)) * Math.cos(radians(toLat));
  const north =
    Math.cos(radians(fromLat)) * Math.sin(radians(toLat)) -
    Math.sin(radians(fromLat)) * Math.cos(radians(toLat)) * Math.cos(radians(toLon - fromLon));
  return Math.round((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}
