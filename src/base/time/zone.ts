/** Time zones: the name of this machine's, and the local time in a zone. */

const DAY_MS = 86_400_000;

/** The name of this machine's time zone; undefined if TZ has a value that the runtime does not know. */
export function localZone(): string | undefined {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  // What ICU says of a TZ that is empty or that it does not know.
  return zone === 'Etc/Unknown' ? undefined : zone;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The local time in that zone: `YYYY-MM-DD HH:MM:SS`. */
export function wallClock(moment: Date, timezone: string): string {
  if (timezone === 'UTC') return moment.toISOString().slice(0, 19).replace('T', ' ');
  let clock = clocks.get(timezone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    clocks.set(timezone, clock);
  }
  return clock.format(moment);
}

/**
 * The moment at which a clock in that zone shows what a UTC clock shows at `asUtc`. If the time occurs twice, the first
 * one; if the clocks skip it, the moment that is as much later as the clocks were put forward.
 */
export function fromWallClock(asUtc: number, timezone: string): number {
  if (timezone === 'UTC') return asUtc;
  const offset = (moment: number) => shownAsUtc(moment, timezone) - Math.floor(moment / 1000) * 1000;
  const before = asUtc - offset(asUtc - DAY_MS);
  const after = asUtc - offset(asUtc + DAY_MS);
  return [before, after].find((moment) => moment + offset(moment) === asUtc) ?? before;
}

/** The moment at which a UTC clock shows what a clock in that zone shows now, to the second. */
export function shownAsUtc(moment: number, timezone: string): number {
  return Date.parse(`${wallClock(new Date(moment), timezone).replace(' ', 'T')}Z`);
}
