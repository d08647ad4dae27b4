/** The text for an unknown value. */
export const UNKNOWN = 'unknown';
