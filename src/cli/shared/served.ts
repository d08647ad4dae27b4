/** Checks which services of `atel up` answer. */
import { get } from 'node:http';
import { services } from '../../base/loopback/services.js';
import type { Config } from '../../base/config.js';
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
  return { url, answers: (await serviceAt(`${url}/health`)) === service };
}

/**
 * The service name in the health response of an address; undefined if nothing, or something else, answers within a
 * second.
 */
function serviceAt(url: string): Promise<unknown> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 1_000, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        // Our response is short.
        if (text.length > 10_000) request.destroy();
      });
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve(serviceOf(text)));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined)).on('close', () => resolve(undefined));
  });
}

function serviceOf(text: string): unknown {
  try {
    const health: unknown = JSON.parse(text);
    return typeof health === 'object' && health !== null && 'service' in health ? health.service : undefined;
  } catch {
    return undefined;
  }
}
