/**
 * What should exist in SCDF for a pipeline: pure, a function of the spec and of the operator's own configuration.
 * See design.md, "What it becomes in SCDF".
 */
import { createHash } from 'node:crypto';
import { labels, WORKER_APP } from '../api/defaults.ts';
import { GROUP, type Pipeline, type PipelineSpec, type Role, VERSION } from '../api/types.ts';
import type { NewAppRegistration } from '../dataflow/port.ts';
import { wantedApp, type WantedApp } from './app.ts';
import { durationMs } from './duration.ts';

/** What the operator's configuration, not the spec, decides. */
export interface Installation {
  /** Names this operator in stream descriptions: two clusters may share a server. */
  readonly instance: string;
  /** Image reference of the worker that this release brings. */
  readonly workerImage: string;
  /** The platform of the pipeline's server when the spec names none. */
  readonly platform: string;
}

/** One stream as it should be, but for the name of its app in the registry, which resolveApp gives. */
export interface DesiredStream {
  readonly role: Role;
  readonly name: string;
  readonly label: string;
  readonly app: WantedApp;
  /** Topic that the stream reads (`:topic > app`) or writes (`app > :topic`); the bar is wired by its properties. */
  readonly from?: string;
  readonly to?: string;
  readonly platform: string;
  /** Without `app.<label>.`. */
  readonly properties: Readonly<Record<string, string>>;
  /** Without `deployer.<label>.`. */
  readonly deployerProperties: Readonly<Record<string, string>>;
  /** Instances; undefined where the pipeline does not say (one, and others may scale it). */
  readonly count: number | undefined;
  /** False: the definition stays, nothing runs. */
  readonly running: boolean;
  /** True: what runs of it is gone before another version starts. No part of the revision. */
  readonly recreate: boolean;
}

export interface Desired {
  /** The description that says whose a stream is. */
  readonly description: string;
  /** In the order in which they start. */
  readonly streams: readonly DesiredStream[];
}

/** The bindings of the worker: which topic carries what. */
export const WIRING = {
  orders: 'spring.cloud.stream.bindings.orders.destination',
  hotDrinks: 'spring.cloud.stream.bindings.hot.drink.destination',
  coldDrinks: 'spring.cloud.stream.bindings.cold.drink.destination',
} as const;
export const ORDERS_DESTINATION = WIRING.orders;
/** The properties by which a deployment says from which spec it came, where to, and which properties it was given. */
export const REVISION = 'barista.revision';
export const PLATFORM = 'barista.platform';
export const KEYS = 'barista.keys';

export function ownerDescription(instance: string, pipeline: { namespace: string; name: string }): string {
  return `${GROUP}/${VERSION} ${instance}/${pipeline.namespace}/${pipeline.name}`;
}

/** The key `namespace/name` of the pipeline that a description names as this operator's; undefined for all others. */
export function ownerKey(instance: string, description: string): string | undefined {
  const prefix = `${GROUP}/${VERSION} ${instance}/`;
  return description.startsWith(prefix) ? description.slice(prefix.length) : undefined;
}

export function desired(pipeline: Pipeline, installation: Installation): Desired {
  const { spec } = pipeline;
  const streams = [
    ...(spec.hotDrinkLog.enabled ? [sink(spec, 'hotDrink', installation)] : []),
    ...(spec.coldDrinkLog.enabled ? [sink(spec, 'coldDrink', installation)] : []),
    bar(spec, installation),
    ...(spec.customer.enabled ? [customer(spec, installation)] : []),
  ];
  return { description: ownerDescription(installation.instance, pipeline), streams };
}

/** The text of the definition, as SCDF renders it too. */
export function definitionOf(stream: DesiredStream, appName: string): string {
  const app = stream.label === appName ? appName : `${stream.label}: ${appName}`;
  if (stream.from !== undefined) return `:${stream.from} > ${app}`;
  if (stream.to !== undefined) return `${app} > :${stream.to}`;
  return app;
}

/**
 * A hash of all that a stream is deployed with, but for the count: that one is scaled, and SCDF leaves it out of its own
 * comparison too.
 */
export function revisionOf(stream: DesiredStream, app: NewAppRegistration): string {
  const sorted = (properties: Readonly<Record<string, string>>) =>
    Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = JSON.stringify([
    app.type,
    app.name,
    app.version,
    stream.platform,
    sorted(stream.properties),
    sorted(stream.deployerProperties),
  ]);
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}

/** Short for the name of a property, in characters that no parser of SCDF minds. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

/** Which properties a stream is given. A deployment has more: SCDF's own, and those that its administrator gives all apps. */
function keysOf(stream: DesiredStream): string {
  return Object.keys(stream.properties).map(keyHash).sort().join('.');
}

/** The body of a deploy; an update takes the same without platform and count, which it cannot change. */
export function deploymentProperties(
  stream: DesiredStream,
  app: NewAppRegistration,
  use: 'deploy' | 'update',
): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const [key, value] of Object.entries(stream.properties))
    properties[`app.${stream.label}.${key}`] = value;
  for (const [key, value] of Object.entries(stream.deployerProperties)) {
    properties[`deployer.${stream.label}.${key}`] = value;
  }
  const says = { [REVISION]: revisionOf(stream, app), [PLATFORM]: stream.platform, [KEYS]: keysOf(stream) };
  for (const [key, value] of Object.entries(says)) properties[`app.${stream.label}.${key}`] = value;
  properties[`version.${stream.label}`] = app.version;
  if (use === 'deploy') {
    properties['spring.cloud.dataflow.skipper.platformName'] = stream.platform;
    if (stream.count !== undefined) properties[`deployer.${stream.label}.count`] = String(stream.count);
  }
  return properties;
}

/** Brokers and how a topic is made when a Spring app is the first to need it. */
function springKafka(spec: PipelineSpec): Record<string, string> {
  return {
    'spring.cloud.stream.kafka.binder.minPartitionCount': String(spec.topics.partitions),
    'spring.cloud.stream.kafka.binder.replicationFactor': String(spec.topics.replicationFactor),
    ...brokers(spec),
  };
}

function brokers(spec: PipelineSpec): Record<string, string> {
  const servers = spec.kafka.bootstrapServers;
  return servers === undefined ? {} : { 'spring.cloud.stream.kafka.binder.brokers': servers };
}

const ENVIRONMENT = 'kubernetes.environmentVariables';
const BROKERS_VARIABLE = 'SPRING_CLOUD_STREAM_KAFKA_BINDER_BROKERS';

/**
 * How a Spring app is deployed. Its brokers are in its environment, too: the platform gives all apps some there, as SCDF's documentation has it, and in Spring Cloud Stream's binder the
 * environment goes before what is said on the command line.
 */
function springDeployer(spec: PipelineSpec, own: Readonly<Record<string, string>>): Record<string, string> {
  const all = { ...springProbes, ...credentials(spec), ...own };
  const servers = spec.kafka.bootstrapServers;
  const given = own[ENVIRONMENT];
  if (servers === undefined || given?.includes(`${BROKERS_VARIABLE}=`) === true) return all;
  // Quoted, since the list is joined by commas.
  const variable = `${BROKERS_VARIABLE}='${servers}'`;
  return { ...all, [ENVIRONMENT]: given === undefined ? variable : `${given},${variable}` };
}

function credentials(spec: PipelineSpec): Record<string, string> {
  return spec.kafka.secretRef === undefined
    ? {}
    : { 'kubernetes.secretRefs': `[${spec.kafka.secretRef.name}]` };
}

/** SCDF's own probes wait 30 s before they look for the first time; a Spring app is up in about ten. */
const springProbes = {
  'kubernetes.startupProbeDelay': '3',
  'kubernetes.startupProbePeriod': '2',
  'kubernetes.startupProbeFailure': '90',
  'kubernetes.readinessProbeDelay': '1',
};

const workerProbes = {
  'kubernetes.livenessProbePath': '/actuator/health/liveness',
  'kubernetes.livenessProbePeriod': '15',
  'kubernetes.readinessProbePath': '/actuator/health/readiness',
  'kubernetes.readinessProbeDelay': '1',
  'kubernetes.readinessProbePeriod': '2',
  'kubernetes.startupProbePath': '/actuator/health/liveness',
  'kubernetes.startupProbeDelay': '1',
  'kubernetes.startupProbePeriod': '1',
  'kubernetes.startupProbeFailure': '60',
};

/** As the restricted Pod Security Standard has it. Spring apps come as images of others, which may need more than that. */
const workerSecurity = {
  'kubernetes.podSecurityContext': '{runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}',
  'kubernetes.containerSecurityContext':
    '{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}',
};

function sink(spec: PipelineSpec, role: 'hotDrink' | 'coldDrink', installation: Installation): DesiredStream {
  const log = role === 'hotDrink' ? spec.hotDrinkLog : spec.coldDrinkLog;
  return {
    role,
    name: spec.streamNames[role],
    label: labels[role],
    app: wantedApp('sink', log.app),
    from: role === 'hotDrink' ? spec.topics.hotDrinks : spec.topics.coldDrinks,
    platform: spec.dataflow.platform ?? installation.platform,
    properties: { ...springKafka(spec), ...log.properties },
    deployerProperties: springDeployer(spec, log.deployerProperties),
    count: undefined,
    running: spec.state === 'Running',
    recreate: false,
  };
}

function customer(spec: PipelineSpec, installation: Installation): DesiredStream {
  const { customer: it } = spec;
  return {
    role: 'orders',
    name: spec.streamNames.orders,
    label: labels.orders,
    app: wantedApp('source', it.app),
    to: spec.topics.orders,
    platform: spec.dataflow.platform ?? installation.platform,
    properties: {
      'spring.integration.poller.fixed-delay': String(durationMs(it.interval)),
      ...springKafka(spec),
      ...it.properties,
    },
    deployerProperties: springDeployer(spec, it.deployerProperties),
    count: undefined,
    running: spec.state === 'Running',
    recreate: false,
  };
}

function bar(spec: PipelineSpec, installation: Installation): DesiredStream {
  const { barista: it, topics } = spec;
  const image = it.image ?? installation.workerImage;
  return {
    role: 'bar',
    name: spec.streamNames.bar,
    label: labels.bar,
    app: wantedApp('app', { name: WORKER_APP, uri: `docker:${image}`, bootVersion: '3' }),
    platform: spec.dataflow.platform ?? installation.platform,
    properties: {
      [WIRING.orders]: topics.orders,
      [WIRING.hotDrinks]: topics.hotDrinks,
      [WIRING.coldDrinks]: topics.coldDrinks,
      'barista.delivery': it.delivery,
      'barista.bad-orders': it.badOrders,
      ...(it.deadLetterTopic === undefined ? {} : { 'barista.dead-letter-topic': it.deadLetterTopic }),
      'barista.topics.partitions': String(topics.partitions),
      'barista.topics.replication-factor': String(topics.replicationFactor),
      ...brokers(spec),
      ...it.properties,
    },
    deployerProperties: {
      ...workerProbes,
      ...workerSecurity,
      'kubernetes.podAnnotations':
        'prometheus.io/scrape:true,prometheus.io/path:/actuator/prometheus,prometheus.io/port:8080',
      ...credentials(spec),
      ...resourceProperties(it.resources),
      ...it.deployerProperties,
    },
    count: it.replicas,
    running: spec.state === 'Running' && it.replicas > 0,
    recreate: it.upgrade === 'Recreate',
  };
}

function resourceProperties(resources: PipelineSpec['barista']['resources']): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(resources.limits ?? {}))
    properties[`kubernetes.limits.${name}`] = value;
  for (const [name, value] of Object.entries(resources.requests ?? {})) {
    properties[`kubernetes.requests.${name}`] = value;
  }
  return properties;
}
