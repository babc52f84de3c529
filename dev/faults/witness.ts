/** Sees everything that the operators write, at the moment when it reaches the other side, and says what must not have been. */
import { FINALIZER, GROUP, VERSION, type PipelineStatus } from '../../operator/api/types.ts';
import type { Simulator, Snapshot } from '../../operator/dataflow/simulator/simulator.ts';
import { ownerDescription } from '../../operator/desired/desired.ts';
import type { KubeObject } from '../../operator/kube/port.ts';
import type { Answer, Arrival } from './line.ts';
import { installation, notAsSpecified } from './truth.ts';

/** A process that writes. */
export interface Writer {
  readonly name: string;
  /** When it last began to look at a stream, by performance.now(). */
  readonly lookedAt: Map<string, number>;
  /** And when the time before. */
  readonly lookedBefore: Map<string, number>;
}

export interface Counts {
  /** To the pipeline: metadata and status. */
  kube: number;
  events: number;
  dataflow: number;
}

/** Lines that are kept for people who look into a failure. */
const longest = 2_000;
/** How the descriptions of the operator's own streams begin. */
const ours = `${GROUP}/${VERSION} ${installation.instance}/`;

export class Witness {
  readonly violations: string[] = [];
  readonly counts: Counts = { kube: 0, events: 0, dataflow: 0 };
  /** What was written, in order, for people who look into a failure. */
  readonly log: string[] = [];
  /** By performance.now(). */
  lastWriteAt = 0;
  /** Writes that the other side has and has not answered. */
  underWay = 0;
  /** The version of the pipeline that the last write to it made. */
  version = 0n;
  #holder: Writer | undefined;
  #adopting = false;
  readonly #drifts: { readonly stream: string; readonly at: number }[] = [];
  readonly #simulator: Simulator;
  readonly #started = performance.now();

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
  }

  note(line: string): void {
    if (this.log.length > longest) this.log.splice(0, longest / 2);
    this.log.push(`${Math.round(performance.now() - this.#started)} ${line}`);
  }

  accuse(what: string): void {
    this.note(`VIOLATION ${what}`);
    this.violations.push(what);
  }

  /** Somebody has changed a stream, past the operator. */
  drifted(stream: string): void {
    this.note(`drift of ${stream}`);
    this.#drifts.push({ stream, at: performance.now() });
  }

  /** From now on streams of others may be replaced. */
  adopt(): void {
    this.#adopting = true;
  }

  /** A write to the pipeline goes out; gives what to do with its answer. */
  kubeWrite(writer: Writer, { body, path }: Arrival): (answer: Answer | undefined) => void {
    this.#mustLead(writer, path);
    this.#begun();
    this.counts.kube += 1;
    const patch = JSON.parse(body) as {
      status?: PipelineStatus;
      metadata?: { finalizers?: readonly string[] };
    };
    const snapshot = this.#simulator.snapshot();
    const kind = patch.status === undefined ? 'metadata' : 'status';
    const ready = patch.status?.conditions?.find(({ type }) => type === 'Ready');
    const said =
      ready === undefined ? '' : ` ${ready.status} ${ready.reason} g${patch.status?.observedGeneration}`;
    return (answer) => {
      this.#answered();
      this.note(`${writer.name} kube ${kind}${said}${finalizersOf(patch)} -> ${answer?.status ?? 'never'}`);
      if (answer === undefined || answer.status >= 300) return;
      const { body: text } = answer;
      const object = JSON.parse(text) as KubeObject;
      this.version = BigInt(object.metadata.resourceVersion);
      if (ready?.status === 'True') this.#judgeReady(writer, object, ready.observedGeneration, snapshot);
      if (patch.metadata?.finalizers?.includes(FINALIZER) === false) this.#judgeGone(object, snapshot);
    };
  }

  dataflowWrite(writer: Writer, { method, path, body }: Arrival): (answer: Answer | undefined) => void {
    this.#mustLead(writer, path);
    this.#begun();
    this.counts.dataflow += 1;
    const stream = streamOf(method, path);
    const found = this.#simulator.snapshot().streams.find(({ name }) => name === stream);
    if (found !== undefined && !found.description.startsWith(ours) && !this.#adopting) {
      this.accuse(`${method} ${path} touches a stream of somebody else`);
    }
    const what = path === '/streams/definitions' ? ` ${new URLSearchParams(body).get('name') ?? ''}` : '';
    return (answer) => {
      this.#answered();
      const told = answer !== undefined && answer.status >= 300 ? ` ${answer.body.slice(0, 200)}` : '';
      this.note(`${writer.name} scdf ${method} ${path}${what} -> ${answer?.status ?? 'never'}${told}`);
    };
  }

  /** The lease is the writer's, or nobody's. */
  leaseWritten(writer: Writer, answer: Answer | undefined): void {
    if (answer === undefined || answer.status >= 300) return;
    const { spec } = JSON.parse(answer.body) as { spec?: { holderIdentity?: string } };
    const holder = (spec?.holderIdentity ?? '') === '' ? undefined : writer;
    if (holder !== this.#holder)
      this.note(`${writer.name} ${holder === undefined ? 'gives the lease back' : 'leads'}`);
    this.#holder = holder;
  }

  eventWritten(writer: Writer, { body }: Arrival): void {
    this.counts.events += 1;
    const { reason, note } = JSON.parse(body) as { reason?: string; note?: string };
    this.note(`${writer.name} event ${reason ?? 'again'}: ${note ?? ''}`);
  }

  #begun(): void {
    this.lastWriteAt = performance.now();
    this.underWay += 1;
  }

  #answered(): void {
    this.lastWriteAt = performance.now();
    this.underWay -= 1;
  }

  #mustLead(writer: Writer, path: string): void {
    if (this.#holder === undefined || this.#holder === writer) return;
    this.accuse(`${writer.name} writes ${path} while ${this.#holder.name} leads`);
  }

  #judgeReady(writer: Writer, object: KubeObject, generation: number, snapshot: Snapshot): void {
    if (object.metadata.generation !== generation) return; // of a generation that nobody wants any more
    const wrong = notAsSpecified(object, snapshot);
    if (wrong === undefined || this.#isNewsTo(writer, wrong.stream)) return;
    this.accuse(`Ready is claimed for generation ${generation}, and of ${wrong.stream} ${wrong.why}`);
  }

  /** Who looked before the drift cannot know of it. */
  #isNewsTo(writer: Writer, stream: string): boolean {
    const drift = this.#drifts.findLast((it) => it.stream === stream);
    return drift !== undefined && (writer.lookedAt.get(stream) ?? 0) <= drift.at;
  }

  #judgeGone(object: KubeObject, snapshot: Snapshot): void {
    const { deletionPolicy } = object.spec as { deletionPolicy?: string };
    if (deletionPolicy === 'Orphan') return;
    const { namespace = '', name } = object.metadata;
    const owner = ownerDescription(installation.instance, { namespace, name });
    const left = snapshot.streams.filter(({ description }) => description === owner);
    if (left.length > 0)
      this.accuse(`the finalizer goes while ${left.map((it) => it.name).join(', ')} is there`);
  }
}

function finalizersOf(patch: { metadata?: { finalizers?: readonly string[] } }): string {
  const { finalizers } = patch.metadata ?? {};
  return finalizers === undefined ? '' : ` finalizers=${finalizers.join('+')}`;
}

/** Which stream a write to SCDF is about; undefined: an app, or a new one. */
function streamOf(method: string, path: string): string | undefined {
  const match = /^\/streams\/(?:definitions|deployments(?:\/update|\/scale)?)\/([^/?]+)/.exec(path);
  return method === 'GET' ? undefined : match?.[1];
}
