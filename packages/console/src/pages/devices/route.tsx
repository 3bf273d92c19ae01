import type { JSX } from "preact";
import type { SimulatedDevice } from "../../model/devices/simulated-device.ts";

/** The latest positions of a device, the oldest first. */
export interface DeviceRoute {
  readonly id: string;
  readonly points: readonly (readonly [lat: number, lon: number])[];
  /** The whole way, as the type of the device describes it. */
  readonly way: readonly (readonly [lat: number, lon: number])[];
}

/** Returns the routes of the devices that send positions. */
export function routesOf(devices: readonly SimulatedDevice[]): DeviceRoute[] {
  return devices.flatMap(({ id, samples, spec }) => {
    const points = samples.values.flatMap(({ values }) => positionIn(values));
    const way = Object.values(spec.type.fields ?? {}).flatMap((field) =>
      field.generator === "route"
        ? field.points.map(([lat = 0, lon = 0]): [number, number] => [lat, lon])
        : [],
    );
    return points.length < 2 ? [] : [{ id, points, way }];
  });
}

/** A position is an object with `lat` and `lon`, at the top or in a field. */
function positionIn(values: Readonly<Record<string, unknown>>): [number, number][] {
  for (const each of [values, ...Object.values(values)]) {
    if (typeof each !== "object" || each === null) continue;
    const { lat, lon } = each as Readonly<Record<string, unknown>>;
    if (typeof lat === "number" && typeof lon === "number") return [[lat, lon]];
  }
  return [];
}

/** Draws routes without a map: the page contacts no other host. */
export function Route({ routes }: { readonly routes: readonly DeviceRoute[] }): JSX.Element {
  const all = routes.flatMap(({ points, way }) => [...points, ...way]);
  const [lats, lons] = [all.map(([lat]) => lat), all.map(([, lon]) => lon)];
  const [south, north, west, east] = [
    Math.min(...lats),
    Math.max(...lats),
    Math.min(...lons),
    Math.max(...lons),
  ];
  // Degrees of longitude are shorter than those of latitude, except at the equator.
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const [width, height] = [Math.max((east - west) * narrow, 1e-6), Math.max(north - south, 1e-6)];
  const scale = Math.min(380 / width, 210 / height);
  const at = ([lat, lon]: readonly [number, number]): string =>
    `${(10 + (lon - west) * narrow * scale).toFixed(1)} ${(10 + (north - lat) * scale).toFixed(1)}`;
  const label = `Routes of ${routes.map(({ id }) => id).join(", ")}`.slice(0, 200);
  return (
    <svg
      class="route"
      viewBox={`0 0 ${width * scale + 20} ${height * scale + 20}`}
      role="img"
      aria-label={label}
    >
      {routes.map(({ id, points, way }) => {
        const last = points.at(-1);
        const [x, y] = last === undefined ? [] : at(last).split(" ");
        return (
          <g key={id}>
            {way.length > 1 && <path class="way" d={`M${way.map(at).join("L")}`} />}
            <path d={`M${points.map(at).join("L")}`} />
            <circle cx={x} cy={y} r="4" fill="currentColor" />
          </g>
        );
      })}
    </svg>
  );
}
