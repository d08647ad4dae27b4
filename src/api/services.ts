/** What `/health` calls each listener: whoever finds a port in use can tell ours from another program. */
export const services = { api: 'atel-api', dashboard: 'atel-dashboard' } as const;
