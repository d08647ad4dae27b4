/** What stands for a figure that nobody knows. */
export const UNKNOWN = 'unknown';
