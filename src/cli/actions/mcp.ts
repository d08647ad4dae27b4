/** `atel mcp`: answers an agent over MCP. */
import { serveMcp } from '../../mcp/server.js';
import { Asker } from '../shared/asker.js';
import type { Outside } from '../shared/command.js';

/** Serves until the agent closes stdin. Nothing but the protocol is printed to stdout. */
export async function run(_: object, { config }: Outside): Promise<void> {
  const asker = new Asker(config());
  await serveMcp({
    ask: (question, params) => asker.ask(question, params),
  });
}
