/** The line to the API server. */
import { Lines } from '../../operator/kube/lines.ts';
import type { KubeObject } from '../../operator/kube/port.ts';
import { pause, SPEED } from './clock.ts';
import type { Faults } from './fault-book.ts';
import type { History } from './history.ts';
import type { Arrival, Exchange } from './line.ts';
import type { On, WatchFault, What } from './plan.ts';
import { treat, type Duties } from './treat.ts';
import type { Witness, Writer } from './witness.ts';

export interface KubeSide {
  readonly writer: Writer;
  readonly book: Faults;
  readonly witness: Witness;
  readonly history: History;
  /** Lists are answered from so many changes ago; undefined: from now. */
  past: { back: number } | undefined;
  /** Until then, by performance.now(), a watch has nothing to tell of what came after. */
  pastUntil: number;
  crash(): void;
  act(what: What): Promise<void>;
}

const pipelines = /^\/apis\/barista\.dev\/[^/]+\/(?:namespaces\/[^/]+\/)?baristapipelines/;
/** So long what comes after the past stays unknown. The operator's time. */
const PAST_MS = 4_000;

export async function serveKube(exchange: Exchange, side: KubeSide): Promise<void> {
  const { arrival } = exchange;
  const on = classesOf(arrival);
  const { what } = side.book.take('kube', on) ?? {};
  if (on.includes('watch')) return serveWatch(exchange, side, what);
  if (/[?&]watch=true/.test(arrival.path)) return pipe(exchange);
  if (on.includes('list') && side.past !== undefined && !side.history.isEmpty) {
    const { back } = side.past;
    side.past = undefined;
    side.pastUntil = performance.now() + PAST_MS / SPEED;
    side.witness.note(`${side.writer.name} sees the list of ${back} changes ago`);
    return exchange.answer({ status: 200, body: JSON.stringify(side.history.before(back)) });
  }
  return treat(exchange, what, dutiesOf(side, arrival, on));
}

function classesOf({ method, path }: Arrival): On[] {
  if (path.includes('/leases')) return method === 'GET' ? [] : ['lease'];
  if (!pipelines.test(path)) return [];
  if (method !== 'GET') return ['write', 'any'];
  if (/[?&]watch=true/.test(path)) return ['watch'];
  return /baristapipelines(\?|$)/.test(path) ? ['list'] : ['read', 'any'];
}

function dutiesOf(side: KubeSide, arrival: Arrival, on: readonly On[]): Duties {
  const { witness, writer, history } = side;
  return {
    side: 'kube',
    crash: () => side.crash(),
    act: (what) => side.act(what),
    leaves: () => {
      if (on.includes('write')) return witness.kubeWrite(writer, arrival);
      if (on.includes('lease')) return (answer) => witness.leaseWritten(writer, answer);
      if (arrival.path.includes('/events') && arrival.method !== 'GET') witness.eventWritten(writer, arrival);
      if (!on.includes('list')) return () => undefined;
      return (answer) => {
        if (answer?.status !== 200) return;
        const list = JSON.parse(answer.body) as {
          metadata: { resourceVersion: string };
          items: KubeObject[];
        };
        history.listed(list.metadata.resourceVersion, list.items);
      };
    },
  };
}

async function pipe(exchange: Exchange): Promise<void> {
  const answer = await exchange.open();
  exchange.response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' });
  exchange.response.flushHeaders();
  for await (const chunk of answer) {
    await exchange.awake();
    exchange.response.write(chunk);
  }
  exchange.response.end();
}

/** The watch of pipelines: what goes wrong before it begins, then its events one by one. */
async function serveWatch(exchange: Exchange, side: KubeSide, what: What | undefined): Promise<void> {
  if (what?.kind === 'slow') await pause(what.ms);
  else if (what !== undefined) return treat(exchange, what, dutiesOf(side, exchange.arrival, []));
  const behind = side.pastUntil - performance.now();
  if (behind > 0) await pause(behind * SPEED);
  const answer = await exchange.open();
  const { response } = exchange;
  response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' });
  response.flushHeaders();
  const stream = new WatchStream(exchange, side);
  const lines = new Lines();
  for await (const chunk of answer) {
    for (const line of lines.push(chunk as Buffer)) await stream.pass(line);
    if (stream.isOver) break;
  }
  if (!stream.isSilent) response.end();
}

const gone = JSON.stringify({
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'too old resource version: 1 (2)',
    reason: 'Expired',
    code: 410,
  },
});

class WatchStream {
  readonly #exchange: Exchange;
  readonly #side: KubeSide;
  #skips = 0;
  /** The last event of each object that waits; undefined: none does. */
  #held: Map<string, string> | undefined;
  isOver = false;
  isSilent = false;

  constructor(exchange: Exchange, side: KubeSide) {
    this.#exchange = exchange;
    this.#side = side;
  }

  async pass(line: string): Promise<void> {
    await this.#exchange.awake();
    if (this.isOver || this.isSilent) return;
    const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
    if (type === 'BOOKMARK' || type === 'ERROR') {
      this.#marked(line);
      return;
    }
    this.#side.history.happened(type, object);
    if (this.#skips > 0) {
      this.#skip();
      return;
    }
    if (this.#held !== undefined) {
      this.#held.set(object.metadata.name, line);
      return;
    }
    const what = this.#side.book.take('kube', ['event'])?.what as WatchFault | undefined;
    if (what === undefined) {
      this.#send(line);
      return;
    }
    this.#side.witness.note(
      `${this.#side.writer.name} ${what.kind} at ${type} ${object.metadata.resourceVersion}`,
    );
    this.#tamper(what, line, object);
  }

  /** A bookmark would tell the operator that it has missed nothing. */
  #marked(line: string): void {
    if (this.#skips === 0 && this.#held === undefined) this.#send(line);
  }

  #tamper(what: WatchFault, line: string, object: KubeObject): void {
    switch (what.kind) {
      case 'watchReset':
        this.isOver = true;
        {
          this.#exchange.breakOff();
          return;
        }
      case 'watchEnd':
        this.isOver = true;
        return;
      case 'watchSilent':
        this.isSilent = true;
        return;
      case 'watchGarbage': {
        this.#send(line.slice(0, line.length / 2));
        return;
      }
      case 'watchRepeat':
        this.#send(line);
        {
          this.#send(line);
          return;
        }
      case 'watchGone': {
        this.#end(gone);
        return;
      }
      case 'watchStale':
        this.#side.past = { back: what.back };
        {
          this.#end(gone);
          return;
        }
      case 'watchSkip':
        this.#skips = what.events;
        {
          this.#skip();
          return;
        }
      case 'watchCoalesce':
        this.#held = new Map([[object.metadata.name, line]]);
        setTimeout(() => this.#release(), what.ms / SPEED);
    }
  }

  #skip(): void {
    this.#skips -= 1;
    if (this.#skips === 0) this.#end(gone);
  }

  #release(): void {
    for (const line of this.#held?.values() ?? []) this.#send(line);
    this.#held = undefined;
  }

  #end(line: string): void {
    this.#send(line);
    this.isOver = true;
    this.#exchange.response.end();
  }

  #send(line: string): void {
    this.#exchange.response.write(`${line}\n`);
  }
}
