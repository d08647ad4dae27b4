/** The definition of `atel tinybird`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const tinybird = definition({
  name: 'tinybird',
  group: 'tools',
  summary: "Serve any folder's Tinybird datafiles",
  description:
    'Serve the .datasource and .pipe files of a folder on this machine, as Tinybird Local does, without Docker and without the tables of atel. Prints one line starting with "ready" when they are usable.',
  examples: ['atel tinybird', 'atel tinybird DIR --port 7182 --strict'],
  flags: (made: Command) =>
    made
      .argument('[folder]', 'the folder with the datafiles', '.')
      .option('--port <number>', 'port on 127.0.0.1; 0 for a free one', '7181')
      .option('--data <dir>', 'folder for the data (default: FOLDER/.tinybird-data)')
      .option('--strict', 'refuse tokens that the server does not know'),
});
