/** The usual spelling of a time zone's name (`Europe/Berlin`); undefined if there is no such zone. */
export function zoneNamed(name: string): string | undefined {
  if (name === 'UTC') return name;
  // Newer runtimes take an offset, the store does not.
  if (/^[+-]/.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
