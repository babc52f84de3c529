/**
 * Seconds from `kubectl apply` to Ready, and where they go, with the operator as a pod on the real stack.
 *
 *   make bench-ready         (the stack must be up)
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kubectl } from '../../cluster/kubectl.ts';
import { target } from '../../cluster/target.ts';
import { waitFor } from '../../cluster/wait.ts';
import { install, OPERATOR, OPERATOR_NAMESPACE } from '../../install/install.ts';
import { median, writeResults, type Result } from '../results.ts';
import { partsOf, type Parts, type PodTimes, type Span } from './timeline.ts';
import { Watch } from './watch.ts';

const ROUNDS = 5;
const NAMESPACE = 'bench-ready';
const deployment = `deployment/${OPERATOR}`;

const it = target();
const kubectl = new Kubectl(it.env);

interface Candidate {
  readonly what: string;
  /** The manifest of a pipeline of this name. */
  readonly manifest: (name: string) => string;
}

/** Topics that no round before has used: making them is part of what is measured. */
function topicsOf(name: string): Record<string, string> {
  return { orders: `${name}.orders`, hotDrinks: `${name}.hot`, coldDrinks: `${name}.cold` };
}

function pipeline(name: string, spec: object): string {
  const metadata = { name, namespace: NAMESPACE };
  return JSON.stringify({ apiVersion: 'barista.dev/v1alpha1', kind: 'BaristaPipeline', metadata, spec });
}

const candidates: readonly Candidate[] = [
  { what: 'four streams', manifest: (name) => pipeline(name, { topics: topicsOf(name) }) },
  {
    what: 'worker alone',
    manifest: (name) =>
      pipeline(name, {
        topics: topicsOf(name),
        customer: { enabled: false },
        hotDrinkLog: { enabled: false },
        coldDrinkLog: { enabled: false },
      }),
  },
];

/** Calls to SCDF in the operator's log, which says when each ended and how long it took. */
async function callsSince(since: number): Promise<Span[]> {
  const window = `--since=${Math.ceil((Date.now() - since) / 1000) + 1}s`;
  const log = await kubectl.run(['-n', OPERATOR_NAMESPACE, 'logs', deployment, window]);
  return log.split('\n').flatMap((line) => {
    if (!line.includes('"called SCDF"')) return [];
    const { time, ms } = JSON.parse(line) as { time: string; ms: number };
    return [{ from: Date.parse(time) - ms, to: Date.parse(time) }];
  });
}

/** When each pod of the pipeline was first seen, and first seen to be ready. */
function podsOf(watch: Watch, name: string): PodTimes[] {
  const times = new Map<string, { made: number; ready: number | undefined }>();
  for (const { at, line } of watch.lines) {
    const [pod = '', stream = '', ready = ''] = line.split(' ');
    if (!stream.startsWith(`${name}-`)) continue;
    const known = times.get(pod) ?? { made: at, ready: undefined };
    if (ready === 'True') known.ready ??= at;
    times.set(pod, known);
  }
  return [...times.values()].flatMap(({ made, ready }) => (ready === undefined ? [] : [{ made, ready }]));
}

async function measure({ manifest }: Candidate): Promise<Parts> {
  const name = `r${randomBytes(3).toString('hex')}`;
  const condition = '{.status.conditions[?(@.type=="Ready")].status}';
  const pods = new Watch(
    ['pods', '-A', '-l', 'role=spring-app'],
    `{.metadata.name} {.metadata.labels.spring-group-id} ${condition}`,
    it.env,
  );
  const pipelines = new Watch(['-n', NAMESPACE, 'bp'], `{.metadata.name} ${condition}`, it.env);
  try {
    await Promise.all([pods.started(), pipelines.started()]);
    const applied = Date.now();
    await kubectl.run(['apply', '-f', '-'], manifest(name));
    const accepted = Date.now();
    const isReady = (line: string) => line === `${name} True`;
    const ready = await waitFor(
      `pipeline ${name} to be ready`,
      () => Promise.resolve(pipelines.lines.find(({ line }) => isReady(line))?.at),
      { within: 240_000, every: 50 },
    );
    return partsOf({ applied, accepted, ready, calls: await callsSince(applied), pods: podsOf(pods, name) });
  } finally {
    pods.stop();
    pipelines.stop();
    await kubectl.run(['-n', NAMESPACE, 'delete', 'bp', name, '--ignore-not-found', '--timeout=180s']);
  }
}

async function setLogLevel(level: string): Promise<void> {
  await kubectl.run(['-n', OPERATOR_NAMESPACE, 'set', 'env', deployment, `BARISTA_LOG_LEVEL=${level}`]);
  await kubectl.run(['-n', OPERATOR_NAMESPACE, 'rollout', 'status', deployment, '--timeout=120s']);
}

function resultsOf(what: string, rounds: readonly Parts[]): Result[] {
  const seconds = (key: keyof Parts): number =>
    Math.round(median(rounds.map((round) => round[key])) / 10) / 100;
  const row = (measure: string, key: keyof Parts): Result => ({
    measure: `${what}: ${measure}`,
    value: seconds(key),
    unit: 's',
    target: '',
    holds: true,
  });
  return [
    row('apply to Ready', 'whole'),
    row('image start and probes', 'pods'),
    row('calls to SCDF', 'dataflow'),
    row('kubectl', 'kubectl'),
    row('operator, API server, watches', 'rest'),
  ];
}

async function main(): Promise<void> {
  await install(it, kubectl);
  await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await setLogLevel('debug');
  const results: Result[] = [];
  try {
    for (const candidate of candidates) {
      const rounds: Parts[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        const parts = await measure(candidate);
        rounds.push(parts);
        console.log(`${candidate.what}, round ${round}: ${JSON.stringify(parts)}`);
      }
      results.push(...resultsOf(candidate.what, rounds));
    }
  } finally {
    await setLogLevel('info');
    await kubectl.run(['delete', 'namespace', NAMESPACE, '--wait=false']);
  }
  const title = `From kubectl apply to Ready, median of ${ROUNDS}`;
  writeResults(
    'ready',
    title,
    results,
    results.map(({ measure: what }) => what),
  );
  console.log(readFileSync(join(it.root, 'dev/bench/results/ready.md'), 'utf8'));
}

await main();
