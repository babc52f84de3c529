/** Finds the bars among the streams of a server, by what their apps are wired to: pure. */
import { roles, type Role } from '../../operator/api/types.ts';
import { parseDsl, type DslStream } from '../../operator/dataflow/dsl.ts';
import { masked } from '../../operator/dataflow/masked.ts';
import type { DslApp, StreamDefinition } from '../../operator/dataflow/port.ts';
import { WIRING } from '../../operator/desired/desired.ts';
import { CliError } from '../errors.ts';

/** A stream of one app, as its definition tells of it. */
export interface BarStream {
  readonly role: Role;
  readonly definition: StreamDefinition;
  readonly app: DslApp;
}

export interface Topics {
  readonly orders: string;
  readonly hotDrinks: string;
  readonly coldDrinks: string;
}

export interface Bar {
  readonly topics: Topics;
  /** Of the roles that somebody plays, in the order in which they start. */
  readonly streams: readonly BarStream[];
  /** Sentences on streams that have to do with it and are no part of it. */
  readonly remarks: readonly string[];
}

/** A stream and what its text says; `text` undefined: it cannot be read. */
interface Read {
  readonly definition: StreamDefinition;
  readonly text: DslStream | undefined;
}

interface Worker {
  readonly definition: StreamDefinition;
  readonly app: DslApp;
  readonly topics: Topics;
}

/** How many names an error lists. */
const LISTED = 20;

/**
 * @param only names of streams that it is made of; undefined: whichever fit
 * @param where the server, as a person knows it
 * @throws CliError when there is no bar, when there are several, or when several streams could be the same part of it
 */
export function barIn(
  definitions: readonly StreamDefinition[],
  only: readonly string[] | undefined,
  where: string,
): Bar {
  const chosen = only === undefined ? definitions : named(definitions, only, where);
  const streams = chosen.map((definition) => ({ definition, text: textOf(definition) }));
  const workers = streams.flatMap(workerIn);
  const [worker, other] = workers;
  if (worker === undefined) throw new CliError(noBar(chosen, where));
  if (other !== undefined) throw new CliError(severalBars(workers, streams, where));
  const bar = barOf(worker, streams);
  const idle = only?.filter((name) => bar.streams.every(({ definition }) => definition.name !== name)) ?? [];
  if (idle.length > 0)
    throw new CliError(
      `${list(idle)} of --streams ${idle.length === 1 ? 'has' : 'have'} no part in the bar of stream ${worker.definition.name}: ` +
        `one app alone writes ${worker.topics.orders}, or reads ${worker.topics.hotDrinks} or ${worker.topics.coldDrinks}. Leave the others out.`,
    );
  return bar;
}

function named(
  definitions: readonly StreamDefinition[],
  only: readonly string[],
  where: string,
): StreamDefinition[] {
  return [...new Set(only)].map((name) => {
    const found = definitions.find((definition) => definition.name === name);
    if (found !== undefined) return found;
    throw new CliError(`There is no stream ${name} on ${where}. ${thereAre(definitions)}`);
  });
}

/** What was given at creation says less than what it was deployed with, and is there when that cannot be read. */
function textOf({ dsl, originalDsl }: StreamDefinition): DslStream | undefined {
  return parseDsl(dsl) ?? parseDsl(originalDsl);
}

function workerIn({ definition, text }: Read): Worker[] {
  const app = text === undefined || (text.from ?? text.to) !== undefined ? undefined : onlyApp(text);
  const topics = app === undefined ? undefined : topicsIn(app);
  return app === undefined || topics === undefined ? [] : [{ definition, app, topics }];
}

function onlyApp({ apps }: DslStream): DslApp | undefined {
  return apps.length === 1 ? apps[0] : undefined;
}

function topicsIn({ properties }: DslApp): Topics | undefined {
  const orders = properties[WIRING.orders];
  const hotDrinks = properties[WIRING.hotDrinks];
  const coldDrinks = properties[WIRING.coldDrinks];
  if (orders === undefined || hotDrinks === undefined || coldDrinks === undefined) return undefined;
  return { orders, hotDrinks, coldDrinks };
}

function barOf(worker: Worker, streams: readonly Read[]): Bar {
  const { definition, app, topics } = worker;
  const remarks: string[] = [];
  const others = streams.filter((it) => it.definition !== definition && mayBelong(it, definition));
  const found = roles.flatMap((role): BarStream[] => {
    if (role === 'bar') return [{ role, definition, app }];
    const one = theOne(role, topics, others);
    remarks.push(...one.remarks);
    return one.streams;
  });
  return { topics, streams: found, remarks };
}

/** A pipeline's streams say whose they are, and so do those of other pipelines. */
function mayBelong({ definition }: Read, bar: StreamDefinition): boolean {
  return isBaristas(bar) || isBaristas(definition) ? definition.description === bar.description : true;
}

export function isBaristas({ description }: StreamDefinition): boolean {
  return description.startsWith('barista.dev/');
}

interface Found {
  readonly streams: BarStream[];
  readonly remarks: readonly string[];
}

function theOne(role: Exclude<Role, 'bar'>, topics: Topics, others: readonly Read[]): Found {
  const topic = topicOf(role, topics);
  const touching = others.filter(({ text }) => (role === 'orders' ? text?.to : text?.from) === topic);
  const fitting = touching.flatMap(({ definition, text }) => {
    const app = text === undefined ? undefined : onlyApp(text);
    const isBridge = role === 'orders' ? text?.from !== undefined : text?.to !== undefined;
    return app === undefined || isBridge ? [] : [{ role, definition, app }];
  });
  if (fitting.length > 1)
    throw new CliError(
      `${list(fitting.map(({ definition }) => definition.name))} all ${verb(role)} ${topic}, and a pipeline has one of them: ` +
        'name the streams that it is made of with --streams=a,b,….',
    );
  const rest = touching.filter(({ definition }) => fitting[0]?.definition !== definition);
  const unread = others.filter(({ definition, text }) => text === undefined && mentions(definition, topic));
  return {
    streams: fitting,
    remarks: [
      ...rest.map(
        ({ definition: { name, originalDsl } }) =>
          `Stream ${name} (${masked(originalDsl)}) ${verb(role)}s ${topic} too and stays as it is: a pipeline has no stream of this form.`,
      ),
      ...unread.map(
        ({ definition: { name } }) =>
          `Stream ${name} has to do with ${topic}, and SCDF shows its definition in a form that cannot be read: it stays as it is.`,
      ),
    ],
  };
}

function topicOf(role: Exclude<Role, 'bar'>, topics: Topics): string {
  return { orders: topics.orders, hotDrink: topics.hotDrinks, coldDrink: topics.coldDrinks }[role];
}

function verb(role: Role): string {
  return role === 'orders' ? 'write' : 'read';
}

function mentions({ dsl, originalDsl }: StreamDefinition, topic: string): boolean {
  return `${dsl} ${originalDsl} `.split(/[\s>]+/).includes(`:${topic}`);
}

function noBar(definitions: readonly StreamDefinition[], where: string): string {
  const keys = Object.values(WIRING).join(', ');
  return (
    `No bar is to be seen on ${where}: that is a stream of one app with the properties ${keys}. ${thereAre(definitions)} ` +
    'What a stream is to be deployed with shows only once it was deployed: deploy the worker first, or write the three into its definition.'
  );
}

function severalBars(workers: readonly Worker[], streams: readonly Read[], where: string): string {
  const lines = workers.map((worker) => {
    const { description } = worker.definition;
    const whose = isBaristas(worker.definition) ? description.split(' ').slice(1).join(' ') : 'made by hand';
    return `  --streams=${namesAround(worker, streams).join(',')}  (${whose})`;
  });
  return [`There are ${workers.length} bars on ${where}: say which is meant.`, ...lines].join('\n');
}

/** Also where one of them would have to be chosen. */
function namesAround(worker: Worker, streams: readonly Read[]): string[] {
  const { orders, hotDrinks, coldDrinks } = worker.topics;
  const around = streams.filter(
    (it) =>
      it.text?.apps.length === 1 &&
      mayBelong(it, worker.definition) &&
      (it.text.to === orders || it.text.from === hotDrinks || it.text.from === coldDrinks),
  );
  return [worker.definition.name, ...around.map(({ definition }) => definition.name)];
}

function thereAre(definitions: readonly StreamDefinition[]): string {
  if (definitions.length === 0) return 'There are no streams there.';
  const names = definitions.map(({ name }) => name).sort();
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `There ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, LISTED).join(', ')}${more}.`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
