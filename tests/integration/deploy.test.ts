import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { settingNames, variableOf } from '../../src/base/settings.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(root, 'deploy');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

const mount = z.union([
  z.string(),
  z.object({ type: z.literal('bind'), source: z.string(), target: z.string(), read_only: z.literal(true) }),
]);

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      build: z.optional(z.object({ context: z.string(), dockerfile: z.string() })),
      profiles: z.optional(z.array(z.string())),
      restart: z.literal('unless-stopped'),
      network_mode: z.optional(z.string()),
      ports: z.optional(z.array(z.string())),
      volumes: z.optional(z.array(mount)),
      environment: z.optional(z.record(z.string(), z.string())),
      depends_on: z.optional(z.record(z.string(), z.object({ condition: z.string() }))),
      command: z.optional(z.array(z.string())),
      healthcheck: z.optional(z.object({ test: z.array(z.string()) })),
    }),
  ),
  volumes: z.record(z.string(), z.nullable(z.unknown())),
});

const collectorSchema = z.looseObject({
  extensions: z.object({ health_check: z.object({ endpoint: z.string() }) }),
  service: z.object({ pipelines: z.record(z.string(), z.record(z.string(), z.array(z.string()))) }),
});

const tempoSchema = z.object({ server: z.object({ http_listen_port: z.number() }) });

const collector = collectorSchema.parse(parse(read('collector.yaml')));
const tempo = tempoSchema.parse(parse(read('tempo.yaml')));
const compose = composeSchema.parse(parse(read('compose.yaml')));
const services = Object.entries(compose.services);

describe('deploy/compose.yaml', () => {
  it('has atel alone, and with the profile observability the four others', () => {
    const withProfile = (profile?: string) =>
      services.filter(([, { profiles }]) => profiles?.[0] === profile).map(([name]) => name);
    expect(withProfile()).toEqual(['gate', 'atel']);
    expect(withProfile('observability').sort()).toEqual([
      'collector',
      'grafana',
      'probe',
      'prometheus',
      'tempo',
    ]);
    expect(read('observability.env')).toContain('\nCOMPOSE_PROFILES=observability\n');
  });

  it('publishes ports of loopback only, each once', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    expect(published.filter((port) => !/^127\.0\.0\.1:(\d+):\1$/.test(port))).toEqual([]);
    expect(new Set(published).size).toBe(published.length);
    // The gate passes each of its ports on.
    expect(compose.services.gate?.ports?.map((port) => port.split(':')[1])).toEqual(
      compose.services.gate?.command?.slice(2),
    );
  });

  it('names a version of each image', () => {
    const foreign = services
      .map(([, { image }]) => image)
      .filter((image) => image !== 'agent-telemetry:local');
    const bases = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image);
    for (const image of [...foreign, ...bases])
      expect(image).toMatch(/^[\w/.-]+:v?\d+\.\d+\.\d+(?:-[\w-]+)?$/);
    expect(bases).toHaveLength(2);
    expect(compose.services.gate?.build).toEqual({ context: '..', dockerfile: 'deploy/Dockerfile' });
  });

  it('asks each service whether it is healthy; those that cannot tell are asked by the probe', () => {
    const silent = services.filter(([, { healthcheck }]) => healthcheck === undefined).map(([name]) => name);
    expect(silent.sort()).toEqual(['collector', 'tempo']);
    const probed = compose.services.probe?.healthcheck?.test.join(' ') ?? '';
    expect(probed).toContain(collector.extensions.health_check.endpoint);
    expect(probed).toContain(`tempo:${tempo.server.http_listen_port}`);
  });

  it('mounts files that exist and volumes that it declares, and refers to services that it has', () => {
    for (const [name, { volumes = [], depends_on = {}, network_mode: network }] of services) {
      for (const one of volumes) {
        const [source = ''] = typeof one === 'string' ? one.split(':') : [];
        if (source.startsWith('./')) expect(existsSync(join(folder, source)), source).toBe(true);
        else if (source !== '') expect(Object.keys(compose.volumes), name).toContain(source);
      }
      for (const other of Object.keys(depends_on)) expect(compose.services, name).toHaveProperty(other);
      if (network !== undefined) expect(network, name).toBe('service:gate');
    }
  });

  it('sets only settings that atel has', () => {
    const known = [...settingNames.map(variableOf), 'CLAUDE_CONFIG_DIR'];
    for (const name of Object.keys(compose.services.atel?.environment ?? {})) expect(known).toContain(name);
  });

  it('the Collector has every part that its pipelines name', () => {
    const { service, ...parts } = collector;
    for (const pipeline of Object.values(service.pipelines))
      for (const [kind, names] of Object.entries(pipeline))
        for (const name of names) expect(parts, name).toHaveProperty([kind, name]);
  });

  it('every file of the image exists', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (deploy\/.+) deploy\/$/gm)];
    expect(copied).toHaveLength(1);
    for (const name of copied[0]?.[1]?.split(' ') ?? [])
      expect(existsSync(join(root, name)), name).toBe(true);
  });

  it.skipIf(spawnSync('docker', ['compose', 'version']).status !== 0)('docker compose reads it', () => {
    const options = ['compose', '-f', 'deploy/compose.yaml', '--env-file', 'deploy/observability.env'];
    const text = execFileSync('docker', [...options, 'config', '--services'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(text.trim().split('\n').sort()).toEqual(Object.keys(compose.services).sort());
  });

  it.skipIf(spawnSync('promtool', ['--version']).status !== 0)(
    'promtool reads the settings of Prometheus',
    () => {
      execFileSync('promtool', ['check', 'config', 'deploy/prometheus.yaml'], { cwd: root });
    },
  );
});

// A second address of loopback stands for the container's own address.
describe.runIf(process.platform === 'linux')('the gate of the stack', () => {
  const server = createServer((request, response) => {
    request.pipe(response.writeHead(request.url === '/broken' ? 500 : 200, { host: request.headers.host }));
  });
  const port = () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return String(address.port);
  };
  const env = { ...process.env, GATE_ADDRESS: '127.0.0.2' };
  const check = () =>
    spawnSync(process.execPath, [join(folder, 'gate.mjs'), '--check', port()], { env }).status;
  let gate: ReturnType<typeof spawn> | undefined;

  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => {
    gate?.kill();
    server.close();
  });

  it('passes requests and answers on, unchanged, and its check tells whether it does', async () => {
    expect(check()).toBe(1);
    gate = spawn(process.execPath, [join(folder, 'gate.mjs'), port()], { env, stdio: 'ignore' });
    await expect.poll(check, { timeout: 30_000 }).toBe(0);
    const body = 'x'.repeat(1_000_000);
    const answer = await fetch(`http://127.0.0.2:${port()}/`, { method: 'POST', body });
    expect(await answer.text()).toBe(body);
    expect(answer.headers.get('host')).toBe(`127.0.0.2:${port()}`);
  });

  it('the health check tells which address does not answer well', async () => {
    const ask = (...paths: string[]) =>
      new Promise<[number | null, string]>((done) => {
        const urls = paths.map((path) => `http://127.0.0.1:${port()}${path}`);
        const child = spawn(process.execPath, [join(folder, 'answers.mjs'), ...urls]);
        let told = '';
        child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()));
        child.on('close', (code) => done([code, told]));
      });
    expect(await ask('/')).toEqual([0, '']);
    expect(await ask('/', '/broken')).toEqual([1, `http://127.0.0.1:${port()}/broken answers 500\n`]);
  });

  it('says what is wrong with its arguments', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'gate.mjs'), 'http'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('takes ports');
  });
});
