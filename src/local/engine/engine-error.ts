/** Reads the engine's error messages. */

/** The engine's message without its prefix and version. */
export function cleanEngineMessage(message: string): string {
  return message
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/ \(version [^)]*\)/g, '')
    .trim();
}

/** The ClickHouse code of an engine error, or undefined for anything else. */
export function engineCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('clickhouseCode' in error)) return undefined;
  return typeof error.clickhouseCode === 'number' ? error.clickhouseCode : undefined;
}
