/**
 * Steps into external writes. Every step may be repeated: what is there already, or gone already, is done. Stops after the
 * first phase in which something failed; the next reconcile looks anew and goes on.
 */
import { DataflowError, type AppKey, type Dataflow } from '../dataflow/port.ts';
import type { Step } from '../plan/step.ts';
import type { Serial } from '../runtime/serial.ts';

export interface Refused {
  readonly step: Step;
  readonly error: DataflowError;
  readonly durationMs: number;
}

export interface Execution {
  readonly done: readonly Step[];
  /** Registrations that SCDF keeps, for reasons of its own: nothing that serves depends on their going. */
  readonly declined: readonly Refused[];
  /** Steps of a phase run side by side, so that several may fail. */
  readonly failures: readonly Refused[];
}

/** A call that has changed something in SCDF. */
export interface Write {
  readonly step: Step;
  /** Mostly what the step is called; a step may take several, such as an undeploy and a deploy for an update. */
  readonly operation: WriteOperation;
  readonly durationMs: number;
}

export type WriteOperation =
  | 'register'
  | 'makeDefault'
  | 'unregister'
  | 'create'
  | 'destroy'
  | 'deploy'
  | 'undeploy'
  | 'update'
  | 'scale';

export interface ExecuteOptions {
  readonly dataflow: Dataflow;
  /** False as soon as this process may not write any more (its lease is lost): asked before every write. */
  readonly mayWrite: () => boolean;
  /**
   * Holds writes to the registry of a server apart: SCDF has no unique key for apps, and two that register one at the same time leave
   * it twice, after which SCDF fails on that name ("query did not return a unique result").
   */
  readonly registry: Serial;
  /** What was known of the registry is out of date after a write to it. */
  readonly apps: { forget(): void };
  /** Told of each write as soon as SCDF has answered, so that none goes untold when the process ends before the turn does. */
  readonly onWrite: (write: Write) => void;
  readonly signal: AbortSignal;
}

export async function execute(steps: readonly Step[], options: ExecuteOptions): Promise<Execution> {
  const done: Step[] = [];
  const declined: Refused[] = [];
  for (const phase of [...new Set(steps.map((step) => step.phase))].sort((a, b) => a - b)) {
    const group = steps.filter((step) => step.phase === phase);
    const results = await Promise.all(
      group.map(async (step): Promise<Refused | undefined> => {
        const started = performance.now();
        try {
          await perform(step, options);
          return undefined;
        } catch (error) {
          if (!(error instanceof DataflowError)) throw error;
          return { step, error, durationMs: performance.now() - started };
        }
      }),
    );
    done.push(...group.filter((_, index) => results[index] === undefined));
    const refused = results.filter((it) => it !== undefined);
    declined.push(...refused.filter(isDeclined));
    const failures = refused.filter((it) => !isDeclined(it));
    if (failures.length > 0) return { done, declined, failures };
  }
  return { done, declined, failures: [] };
}

/**
 * SCDF answers and will not unregister: a stream uses the app, or SCDF trips over a stream that has the app's name for a label, which
 * it does as long as that stream is there.
 */
function isDeclined({ step, error }: Refused): boolean {
  return step.kind === 'unregister' && ['inUse', 'rejected', 'unexpected'].includes(error.kind);
}

function perform(step: Step, options: ExecuteOptions): Promise<void> {
  const dataflow = fenced(step, options);
  return 'stream' in step
    ? performOnStream(step, dataflow, options.signal)
    : options.registry.run(async () => {
        try {
          await performOnRegistry(step, dataflow, options.signal);
        } finally {
          options.apps.forget();
        }
      });
}

async function performOnRegistry(
  step: Exclude<Step, { stream: string }>,
  dataflow: Dataflow,
  signal: AbortSignal,
): Promise<void> {
  switch (step.kind) {
    case 'register':
      if (await isRegistered(step.app, dataflow, signal)) return; // by another pipeline, a moment ago
      return tolerate(dataflow.register(step.app, signal), 'exists');
    case 'makeDefault':
      return dataflow.makeDefault(step.app, signal);
    case 'unregister':
      return tolerate(dataflow.unregister(step.app, signal), 'notFound');
  }
}

async function isRegistered(app: AppKey, dataflow: Dataflow, signal: AbortSignal): Promise<boolean> {
  const versions = await dataflow.appVersions(app.type, app.name, signal);
  return versions.some((it) => it.version === app.version);
}

async function performOnStream(
  step: Extract<Step, { stream: string }>,
  dataflow: Dataflow,
  signal: AbortSignal,
): Promise<void> {
  const { stream } = step;
  switch (step.kind) {
    case 'create':
      return dataflow.create(
        { name: stream, definition: step.definition, description: step.description },
        signal,
      );
    case 'deploy':
      return deploy(step, dataflow, signal);
    case 'update':
      return update(step, dataflow, signal);
    case 'scale':
      return dataflow.scale(stream, step.label, step.count, signal);
    case 'undeploy':
      if (await isStillOurs(step, dataflow, signal))
        await tolerate(dataflow.undeploy(stream, signal), 'notFound');
      return;
    case 'delete':
      if (await isStillOurs(step, dataflow, signal))
        await tolerate(dataflow.destroy(stream, signal), 'notFound');
      return;
  }
}

/** What the deployment left behind (its Deployment, Skipper's package) goes only by undeploying. */
async function deploy(
  step: Step & { kind: 'deploy' },
  dataflow: Dataflow,
  signal: AbortSignal,
): Promise<void> {
  try {
    await tolerate(dataflow.deploy(step.stream, step.properties, signal), 'exists');
  } catch (error) {
    if (!isKind(error, 'leftovers')) throw error;
    if (!(await isStillOurs(step, dataflow, signal))) return;
    await dataflow.undeploy(step.stream, signal);
    await tolerate(dataflow.deploy(step.stream, step.properties, signal), 'exists');
  }
}

async function update(
  step: Step & { kind: 'update' },
  dataflow: Dataflow,
  signal: AbortSignal,
): Promise<void> {
  try {
    await dataflow.update(step.stream, step.properties, signal);
  } catch (error) {
    if (!isKind(error, 'noDifference')) throw error;
    if (!(await isStillOurs(step, dataflow, signal))) return;
    await dataflow.undeploy(step.stream, signal);
    await tolerate(dataflow.deploy(step.stream, step.redeploy, signal), 'exists');
  }
}

/** Destructive steps look at the live stream first, never at what was observed before. */
async function isStillOurs(
  step: { stream: string; owner: string | undefined },
  dataflow: Dataflow,
  signal: AbortSignal,
): Promise<boolean> {
  const live = await dataflow.definition(step.stream, signal);
  if (live === undefined) return false;
  if (step.owner === undefined || live.description === step.owner) return true;
  throw new DataflowError(
    'exists',
    `look at stream ${step.stream}`,
    `The stream ${step.stream} has another owner now (${live.description}): it is left alone.`,
  );
}

async function tolerate(call: Promise<void>, ...kinds: readonly DataflowError['kind'][]): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!kinds.some((kind) => isKind(error, kind))) throw error;
  }
}

function isKind(error: unknown, kind: DataflowError['kind']): boolean {
  return error instanceof DataflowError && error.kind === kind;
}

/** The same server, but no write leaves once the process may not write, and each that has been made is told of. */
function fenced(step: Step, { dataflow, mayWrite, onWrite }: ExecuteOptions): Dataflow {
  const guard =
    <A extends unknown[]>(operation: WriteOperation, write: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      if (!mayWrite()) throw new LeaseLost();
      const started = performance.now();
      await write(...args);
      onWrite({ step, operation, durationMs: performance.now() - started });
    };
  return {
    appVersions: (...args) => dataflow.appVersions(...args),
    definition: (...args) => dataflow.definition(...args),
    definitionsOf: (...args) => dataflow.definitionsOf(...args),
    deployment: (...args) => dataflow.deployment(...args),
    runtimes: (...args) => dataflow.runtimes(...args),
    history: (...args) => dataflow.history(...args),
    definitions: (...args) => dataflow.definitions(...args),
    platforms: (...args) => dataflow.platforms(...args),
    register: guard('register', dataflow.register.bind(dataflow)),
    makeDefault: guard('makeDefault', dataflow.makeDefault.bind(dataflow)),
    unregister: guard('unregister', dataflow.unregister.bind(dataflow)),
    create: guard('create', dataflow.create.bind(dataflow)),
    destroy: guard('destroy', dataflow.destroy.bind(dataflow)),
    deploy: guard('deploy', dataflow.deploy.bind(dataflow)),
    undeploy: guard('undeploy', dataflow.undeploy.bind(dataflow)),
    update: guard('update', dataflow.update.bind(dataflow)),
    scale: guard('scale', dataflow.scale.bind(dataflow)),
  };
}

/** This process does not lead any more: whoever does goes on. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor() {
    super('the lease is lost: nothing more is written');
  }
}
