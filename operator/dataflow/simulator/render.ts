/** Definitions as SCDF writes them: rendered anew from its apps, with its own properties left out and secrets redacted. */
import { parseDsl, type DslStream } from '../dsl.ts';
import type { AppType, DslApp } from '../port.ts';

/** An app of a stream with all its properties, those of its bindings included. */
export interface StreamApp extends DslApp {
  readonly type: AppType;
}

const bindings = 'spring.cloud.stream.bindings';
const keys = {
  inputDestination: `${bindings}.input.destination`,
  inputGroup: `${bindings}.input.group`,
  outputDestination: `${bindings}.output.destination`,
  requiredGroups: `${bindings}.output.producer.requiredGroups`,
};
const leftOut = new Set<string>([
  ...Object.values(keys),
  'spring.cloud.dataflow.stream.name',
  'spring.cloud.dataflow.stream.app.label',
  'spring.cloud.dataflow.stream.app.type',
]);
const secret = /(username|password|secret|key|token|url|vcap_services)$|.*credentials.*/i;

/** The apps of a text, with their types and bindings; undefined when it does not parse. */
export function streamApps(stream: string, text: string): StreamApp[] | undefined {
  const dsl = parseDsl(text);
  return dsl?.apps.map((app, index) => ({
    ...app,
    type: typeOf(dsl, index),
    properties: { ...app.properties, ...bindingsOf(stream, dsl, index) },
  }));
}

function typeOf(dsl: DslStream, index: number): AppType {
  const hasInput = index > 0 || dsl.from !== undefined;
  const hasOutput = index < dsl.apps.length - 1 || dsl.to !== undefined;
  if (dsl.join === '||' || (!hasInput && !hasOutput)) return 'app';
  if (!hasInput) return 'source';
  return hasOutput ? 'processor' : 'sink';
}

function bindingsOf(stream: string, dsl: DslStream, index: number): Record<string, string> {
  if (dsl.join === '||') return {};
  const before = dsl.apps[index - 1];
  const input = before === undefined ? dsl.from : `${stream}.${before.label}`;
  const isLast = index === dsl.apps.length - 1;
  const output = isLast ? dsl.to : `${stream}.${dsl.apps[index]?.label ?? ''}`;
  return {
    ...(input === undefined ? {} : { [keys.inputDestination]: input, [keys.inputGroup]: stream }),
    ...(output === undefined ? {} : { [keys.outputDestination]: output }),
    ...(isLast ? {} : { [keys.requiredGroups]: stream }),
  };
}

/** SCDF's `constructDsl`, its traps included: what it writes does not always parse. */
export function renderDsl(stream: string, apps: readonly StreamApp[]): string {
  return apps.map((app, index) => renderApp(stream, app, index, apps.length)).join('');
}

function renderApp(stream: string, app: StreamApp, index: number, count: number): string {
  const { label, name, properties } = app;
  const input = properties[keys.inputDestination] ?? '';
  const group = properties[keys.inputGroup] ?? stream;
  const args = inAnyOrder(Object.keys(properties))
    .filter((key) => !leftOut.has(key))
    .map((key) => ` --${key}=${quoted(properties[key] ?? '')}`);
  return [
    index === 0 && input !== '' ? `:${input} > ` : '',
    label,
    group === stream ? '' : ` --group=${group}`,
    label === name ? '' : `: ${name}`,
    ...args,
    index === count - 1 ? ending(app) : joint(app),
  ].join('');
}

function ending({ properties }: StreamApp): string {
  const output = properties[keys.outputDestination] ?? '';
  return output === '' ? '' : ` > :${output}`;
}

function joint({ type }: StreamApp): string {
  return type === 'app' ? ' || ' : ' | ';
}

/** The text with the values of secrets replaced; a text that does not parse as it is. */
export function redacted(stream: string, text: string): string {
  const apps = streamApps(stream, text);
  if (apps === undefined) return text;
  return renderDsl(
    stream,
    apps.map((app) => ({
      ...app,
      properties: Object.fromEntries(
        Object.entries(app.properties).map(([key, value]) => [key, secret.test(key) ? '******' : value]),
      ),
    })),
  );
}

function quoted(value: string): string {
  const piped = value.includes('|') ? `'${value}'` : value;
  return !piped.includes("'") && /[ ;*]/.test(piped) ? `'${piped}'` : piped;
}

/** Upstream's order is that of a hash table: nobody may rely on it, so here it is not that of insertion either. */
function inAnyOrder(names: readonly string[]): string[] {
  const mixed = (name: string): string => name.slice(-3) + name;
  return names.toSorted((a, b) => (mixed(a) < mixed(b) ? -1 : 1));
}

/** What SCDF adds to the properties of every app. */
export function ownProperties(stream: string, app: StreamApp): Record<string, string> {
  const dataflow = 'spring.cloud.dataflow.stream';
  const name = `\${${dataflow}.name:unknown}`;
  const label = `\${${dataflow}.app.label:unknown}`;
  const type = `\${${dataflow}.app.type:unknown}`;
  const index = '${vcap.application.instance_index:${spring.cloud.stream.instanceIndex:0}}';
  const tags = 'management.metrics.tags';
  return {
    'management.endpoints.web.exposure.include': 'health,info,bindings',
    [`${tags}.stream.name`]: name,
    [`${tags}.application`]: `${name}-${label}-${type}`,
    [`${tags}.application.name`]: `\${vcap.application.application_name:${label}}`,
    [`${tags}.application.type`]: type,
    [`${tags}.application.guid`]: '${spring.cloud.application.guid:unknown}',
    [`${tags}.instance.index`]: index,
    'wavefront.application.name': name,
    'wavefront.application.service': `${label}-${type}-${index}`,
    [`${dataflow}.name`]: stream,
    [`${dataflow}.app.label`]: app.label,
    [`${dataflow}.app.type`]: app.type,
  };
}
