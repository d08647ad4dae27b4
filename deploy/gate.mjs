/**
 * Passes connections on to the same port of loopback: `node gate.mjs PORT…`, in the container of the stack. A program
 * that listens on loopback only is otherwise not reached by a published port.
 *
 * `node gate.mjs --check PORT` exits with 0 if a connection to the port is taken.
 *
 * GATE_ADDRESS is the address that it listens on; by default the container's first one that is not loopback.
 */
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

const own = Object.values(networkInterfaces())
  .flat()
  .find(({ family, internal }) => family === 'IPv4' && !internal);
const address = process.env.GATE_ADDRESS ?? own?.address;
const checks = process.argv[2] === '--check';
const ports = process.argv.slice(checks ? 3 : 2).map(Number);

if (address === undefined || ports.length === 0 || !ports.every((port) => port > 0 && port < 65_536)) {
  console.error('gate: takes ports, and this machine needs an address that is not loopback');
  process.exit(2);
}

if (checks) {
  const socket = connect(ports[0], address);
  socket.on('connect', () => process.exit(0));
  socket.on('error', ({ message }) => {
    console.error(`gate: ${message}`);
    process.exit(1);
  });
} else
  for (const port of ports) {
    const server = createServer({ allowHalfOpen: true }, (from) => {
      const to = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      from.pipe(to).pipe(from);
      for (const [socket, other] of [
        [from, to],
        [to, from],
      ])
        socket.on('error', () => other.destroy()).on('close', (hadError) => hadError && other.destroy());
    });
    server.on('error', ({ message }) => {
      console.error(`gate: ${message}`);
      process.exit(1);
    });
    server.listen(port, address);
  }

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
