/** Milliseconds since 1970 as Tinybird's DateTime64(3) takes it: `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
export function storeTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, -14)} ${iso.slice(-13, -1)}`;
}

/** A time as Tinybird tells a DateTime64(3) of UTC, as milliseconds since 1970. */
export function fromStoreTime(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

/** A time as the store tells it (`YYYY-MM-DD HH:MM:SS[.mmm]`, UTC). */
export function storeMoment(text: string): Date {
  return new Date(fromStoreTime(text));
}

/** A moment as the store tells it. */
export function storeText(moment: Date): string {
  return storeTime(moment.getTime());
}
