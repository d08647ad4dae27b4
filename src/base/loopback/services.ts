/** The names of the listeners in `/health`, so that a program that finds a port in use can recognise ours. */
export const services = {
  store: 'atel-store',
  collector: 'atel-collector',
  api: 'atel-api',
  dashboard: 'atel-dashboard',
} as const;

export type Service = (typeof services)[keyof typeof services];
