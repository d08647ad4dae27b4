/** Checks which services of `atel up` answer. */
import { services } from '../../base/loopback/services.js';
import type { Config } from '../../base/config.js';
import { healthAt } from '../../base/loopback/health-at.js';
import { loopbackUrl } from '../../base/loopback/listener.js';

/** A service of `atel up` besides the store, and whether it answers. */
export interface Served {
  url: string;
  answers: boolean;
}

/** Asks whether the page, the API and the collector are served; another program on the port does not count. */
export async function servedBy(
  config: Config,
): Promise<{ dashboard: Served; api: Served; collector: Served }> {
  const [dashboard, api, collector] = await Promise.all([
    served(config.dashboard_port, services.dashboard),
    served(config.api_port, services.api),
    served(config.collector_port, services.collector),
  ]);
  return { dashboard, api, collector };
}

async function served(port: number, service: string): Promise<Served> {
  const url = loopbackUrl(port);
  return { url, answers: (await healthAt(url))?.service === service };
}
