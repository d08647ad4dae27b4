/** The lengths of a period of a trend. */
export const periodNames = ['hourly', 'daily', 'weekly', 'monthly'] as const;
export type Period = (typeof periodNames)[number];
