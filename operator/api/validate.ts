/** A BaristaPipeline as the API server gives it -> a typed one with all defaults, or what is wrong with it. Pure and total. */
import type { KubeObject } from '../kube/port.ts';
import { checkAcross } from './across.ts';
import { defaults, defaultStreamNames } from './defaults.ts';
import { defined } from './defined.ts';
import { Field, type Problem } from './field.ts';
import { readStatus } from './read-status.ts';
import { readStreamApp } from './stream-app.ts';
import {
  deployerValue,
  keyRules,
  MAX_PROPERTIES,
  messages,
  propertyValue,
  quantity,
  quantityOf,
  shapes,
} from './rules.ts';
import { annotations, type BaristaSpec, type Pipeline, type PipelineSpec, type Role } from './types.ts';
import { withTag } from './app-uri.ts';

export type { Problem } from './field.ts';

/** All of a pipeline but its spec. */
export type PipelineIdentity = Omit<Pipeline, 'spec'>;

/** What can be read of a spec that is invalid: enough to delete the pipeline all the same. */
export interface Salvaged {
  /** What cannot be read is not `Orphan`. */
  readonly deletionPolicy: 'Delete' | 'Orphan';
  readonly server: string;
  /** Only names that a stream can have. */
  readonly streamNames: Readonly<Partial<Record<Role, string>>>;
}

export type ParsedPipeline =
  | { readonly pipeline: Pipeline }
  | {
      readonly problems: readonly Problem[];
      readonly identity: PipelineIdentity;
      readonly salvaged: Salvaged;
    };

export function parsePipeline(object: KubeObject): ParsedPipeline {
  const problems: Problem[] = [];
  const identity = identityOf(object);
  const spec = readSpec(new Field(object.spec, 'spec', problems), identity.name);
  if (problems.length === 0) problems.push(...checkAcross(spec, identity.name));
  if (problems.length === 0) return { pipeline: { ...identity, spec } };
  return { problems, identity, salvaged: salvage(object.spec, identity.name) };
}

/** The problems as one sentence each, for a condition's message. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
}

function identityOf(object: KubeObject): PipelineIdentity {
  const { metadata } = object;
  const marked = metadata.annotations ?? {};
  const created = Date.parse(metadata.creationTimestamp);
  const requested = marked[annotations.reconcileRequestedAt];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    createdAt: Number.isNaN(created) ? 0 : created,
    deleting: metadata.deletionTimestamp !== undefined,
    paused: marked[annotations.paused] === 'true',
    adopt: marked[annotations.adopt] === 'true',
    ...(requested === undefined ? {} : { reconcileRequestedAt: requested }),
    status: readStatus(object.status),
    object,
  };
}

function readSpec(spec: Field, name: string): PipelineSpec {
  if (!spec.object().present) spec.fail('is required');
  return {
    topics: readTopics(spec.at('topics')),
    state: spec.at('state').oneOf(['Running', 'Stopped'], defaults.state),
    deletionPolicy: spec.at('deletionPolicy').oneOf(['Delete', 'Orphan'], defaults.deletionPolicy),
    progressDeadlineSeconds: spec
      .at('progressDeadlineSeconds')
      .integer([10, 86_400], defaults.progressDeadlineSeconds),
    streamNames: readStreamNames(spec.at('streamNames'), name),
    dataflow: readDataflow(spec.at('dataflow')),
    kafka: readKafka(spec.at('kafka')),
    customer: {
      ...readStreamApp(spec.at('customer'), defaults.customer.app, keyRules.customer),
      interval: spec.at('customer').at('interval').text(shapes.interval) ?? defaults.customer.interval,
    },
    hotDrinkLog: readStreamApp(spec.at('hotDrinkLog'), defaults.log.app, keyRules.log),
    coldDrinkLog: readStreamApp(spec.at('coldDrinkLog'), defaults.log.app, keyRules.log),
    barista: readBarista(spec.at('barista')),
  };
}

function readTopics(topics: Field): PipelineSpec['topics'] {
  if (!topics.object().present) topics.fail('is required');
  return {
    orders: topics.at('orders').requiredText(shapes.topic),
    hotDrinks: topics.at('hotDrinks').requiredText(shapes.topic),
    coldDrinks: topics.at('coldDrinks').requiredText(shapes.topic),
    partitions: topics.at('partitions').integer([1, 1000], defaults.topics.partitions),
    replicationFactor: topics.at('replicationFactor').integer([1, 10], defaults.topics.replicationFactor),
  };
}

function readStreamNames(names: Field, pipeline: string): PipelineSpec['streamNames'] {
  const otherwise = defaultStreamNames(pipeline);
  const read = (role: Role) => names.at(role).text(shapes.streamName) ?? otherwise[role];
  names.object();
  return {
    orders: read('orders'),
    hotDrink: read('hotDrink'),
    coldDrink: read('coldDrink'),
    bar: read('bar'),
  };
}

function readDataflow(dataflow: Field): PipelineSpec['dataflow'] {
  return defined<PipelineSpec['dataflow']>({
    server: dataflow.object().at('server').text(shapes.serverName) ?? defaults.server,
    platform: dataflow.at('platform').text(shapes.serverName),
  });
}

function readKafka(kafka: Field): PipelineSpec['kafka'] {
  const secret = kafka.object().at('secretRef').object();
  return defined<PipelineSpec['kafka']>({
    bootstrapServers: kafka.at('bootstrapServers').text(shapes.bootstrapServers),
    secretRef: secret.present ? { name: secret.at('name').requiredText(shapes.secretName) } : undefined,
  });
}

function readBarista(barista: Field): BaristaSpec {
  const image = barista.object().at('image').text(shapes.image);
  const { delivery, badOrders, replicas, upgrade } = defaults.barista;
  return defined<BaristaSpec>({
    image: image === undefined ? undefined : withTag(image),
    replicas: barista.at('replicas').integer([0, 100], replicas),
    upgrade: barista.at('upgrade').oneOf(['Rolling', 'Recreate'], upgrade),
    delivery: barista.at('delivery').oneOf(['AtLeastOnce', 'ExactlyOnce'], delivery),
    badOrders: barista.at('badOrders').oneOf(['DeadLetter', 'Skip', 'Stop'], badOrders),
    deadLetterTopic: barista.at('deadLetterTopic').text(shapes.deadLetterTopic),
    resources: readResources(barista.at('resources')),
    properties: barista.at('properties').textMap(keyRules.barista, propertyValue, MAX_PROPERTIES),
    deployerProperties: barista
      .at('deployerProperties')
      .textMap(keyRules.baristaDeployer, deployerValue, MAX_PROPERTIES),
  });
}

function readResources(resources: Field): BaristaSpec['resources'] {
  const limits = readAmounts(resources.object().at('limits'));
  const requests = readAmounts(resources.at('requests'));
  for (const name of ['cpu', 'memory'] as const) {
    const [least, most] = [requests?.[name], limits?.[name]];
    if (least !== undefined && most !== undefined && quantityOf(least) > quantityOf(most)) {
      resources.at('requests').at(name).fail(messages[`${name}Request`]);
    }
  }
  return defined<BaristaSpec['resources']>({ limits, requests });
}

function readAmounts(amounts: Field): Readonly<Record<string, string>> | undefined {
  if (!amounts.object().present) return undefined;
  return defined<Record<string, string>>({
    cpu: amounts.at('cpu').amount(quantity),
    memory: amounts.at('memory').amount(quantity),
  });
}

function salvage(spec: unknown, name: string): Salvaged {
  const read = (path: readonly string[]) => {
    const problems: Problem[] = [];
    const field = path.reduce((at, key) => at.at(key), new Field(spec, '', problems));
    return { field, problems };
  };
  const streamName = (role: Role) => {
    const { field } = read(['streamNames', role]);
    const stream = field.present ? field.text(shapes.streamName) : defaultStreamNames(name)[role];
    return stream !== undefined && shapes.streamName.rules.every((rule) => rule.holds(stream))
      ? stream
      : undefined;
  };
  return {
    deletionPolicy: read(['deletionPolicy']).field.oneOf(['Delete', 'Orphan'], defaults.deletionPolicy),
    server: read(['dataflow', 'server']).field.text(shapes.serverName) ?? defaults.server,
    streamNames: defined<Partial<Record<Role, string>>>({
      orders: streamName('orders'),
      hotDrink: streamName('hotDrink'),
      coldDrink: streamName('coldDrink'),
      bar: streamName('bar'),
    }),
  };
}
