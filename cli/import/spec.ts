/** The pipeline that describes a bar: pure, from what SCDF tells of its streams. */
import { defaults, defaultStreamNames } from '../../operator/api/defaults.ts';
import { quantity, shapes } from '../../operator/api/rules.ts';
import { roles, type Role } from '../../operator/api/types.ts';
import { DURATION, durationText } from '../../operator/desired/duration.ts';
import { appOf, defaultApps, imageOf } from './app.ts';
import type { Topics } from './bar.ts';
import type { StreamFacts } from './facts.ts';
import { fits } from './fits.ts';

type Fields = Record<string, unknown>;

/** What the plugin knows of where the pipeline is to live. */
export interface Place {
  readonly name: string;
  /** The server's name in the operator's configuration; undefined: nobody knows. */
  readonly server: string | undefined;
  /** The platform that the server has for pipelines that name none; undefined: nobody knows. */
  readonly platform: string | undefined;
  readonly workerImage: string | undefined;
}

export interface Frame {
  /** All of the spec but `properties` and `deployerProperties`. Fields with their defaults are left out. */
  readonly spec: Fields;
  /** Property keys that it says in fields of its own. */
  readonly said: ReadonlySet<string>;
  readonly remarks: readonly string[];
}

const key = {
  partitions: ['barista.topics.partitions', 'spring.cloud.stream.kafka.binder.minPartitionCount'],
  replicationFactor: [
    'barista.topics.replication-factor',
    'spring.cloud.stream.kafka.binder.replicationFactor',
  ],
  brokers: 'spring.cloud.stream.kafka.binder.brokers',
  intervals: ['spring.integration.poller.fixed-delay', 'spring.cloud.stream.poller.fixed-delay'],
  secretRefs: 'kubernetes.secretRefs',
} as const;

export function frameOf(topics: Topics, facts: readonly StreamFacts[], place: Place): Frame {
  const of = (role: Role) => facts.find((it) => it.role === role);
  const notes = new Notes();
  const spec: Fields = {
    topics: { ...topics, ...countsOf(facts) },
    ...stateOf(facts, notes),
    streamNames: namesOf(facts, place.name),
    dataflow: dataflowOf(facts, place, notes),
    kafka: kafkaOf(facts, notes),
    customer: appFieldsOf('orders', of('orders'), notes, intervalOf(of('orders'), notes)),
    hotDrinkLog: appFieldsOf('hotDrink', of('hotDrink'), notes),
    coldDrinkLog: appFieldsOf('coldDrink', of('coldDrink'), notes),
    barista: baristaOf(facts, place, notes),
  };
  return { spec: filled(spec), said: notes.said, remarks: notes.remarks };
}

/** What is found out on the way. */
class Notes {
  readonly said = new Set<string>();
  readonly remarks: string[] = [];

  /** The value of the first of the keys that the stream has, if the spec can say it. */
  read(
    properties: Readonly<Record<string, string>>,
    keys: readonly string[],
    is: (value: string) => boolean,
  ) {
    const found = keys.map((each) => properties[each]).find((value) => value !== undefined);
    if (found === undefined || !is(found)) return undefined;
    for (const each of keys) if (properties[each] === found) this.said.add(each);
    return found;
  }
}

/** Without fields that say nothing. */
function filled(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined &&
        !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
    ),
  );
}

/** The worker's count; streams that have another one keep it as a property. */
function countsOf(facts: readonly StreamFacts[]): Fields {
  const workerFirst = facts.toSorted((a, b) => Number(b.role === 'bar') - Number(a.role === 'bar'));
  const read = (keys: readonly string[], most: number, standard: number): number | undefined => {
    const values = workerFirst.flatMap(({ properties }) => keys.map((each) => Number(properties[each])));
    const value = values.find((each) => Number.isInteger(each) && each >= 1 && each <= most);
    return value === standard ? undefined : value;
  };
  return filled({
    partitions: read(key.partitions, 1000, defaults.topics.partitions),
    replicationFactor: read(key.replicationFactor, 10, defaults.topics.replicationFactor),
  });
}

function stateOf(facts: readonly StreamFacts[], notes: Notes): Fields {
  if (facts.every(({ runs }) => !runs)) return { state: 'Stopped' };
  for (const { role, runs, name } of facts)
    if (!runs && role !== 'bar') notes.remarks.push(`Stream ${name} is undeployed: the operator deploys it.`);
  for (const { runs, state, name } of facts)
    if (runs && state !== 'deployed')
      notes.remarks.push(`Stream ${name} is ${state} at the moment, and described as it should be.`);
  return {};
}

function namesOf(facts: readonly StreamFacts[], pipeline: string): Fields {
  const standard = defaultStreamNames(pipeline);
  const names = roles.flatMap((role) => {
    const name = facts.find((it) => it.role === role)?.name;
    return name === undefined || name === standard[role] ? [] : [[role, name] as const];
  });
  return Object.fromEntries(names);
}

function dataflowOf(facts: readonly StreamFacts[], place: Place, notes: Notes): Fields {
  const platforms = new Set(facts.map(({ platform }) => platform).filter((it) => it !== undefined));
  const platform = facts.find(({ role }) => role === 'bar')?.platform ?? [...platforms][0];
  if (platforms.size > 1)
    notes.remarks.push(
      `The streams are on several platforms (${[...platforms].join(', ')}), and a pipeline has one: all would be on ${platform ?? ''}.`,
    );
  return filled({
    server: place.server === defaults.server ? undefined : place.server,
    platform: platform === place.platform ? undefined : platform,
  });
}

function kafkaOf(facts: readonly StreamFacts[], notes: Notes): Fields {
  const secrets = new Set(facts.map(({ deployerProperties }) => deployerProperties?.[key.secretRefs]));
  const [list] = secrets;
  const name = /^\[?\s*([^\s,[\]]+)\s*\]?$/.exec(list ?? '')?.[1];
  const isOne = secrets.size === 1 && name !== undefined && fits(name, shapes.secretName);
  if (isOne) notes.said.add(key.secretRefs);
  return filled({
    bootstrapServers: brokersOf(facts, notes),
    secretRef: isOne ? { name } : undefined,
  });
}

/** One for all apps, or for none. */
function brokersOf(facts: readonly StreamFacts[], notes: Notes): string | undefined {
  const having = facts.filter(({ properties }) => properties[key.brokers] !== undefined);
  const [brokers, other] = new Set(having.map(({ properties }) => properties[key.brokers]));
  if (brokers === undefined || other !== undefined || !fits(brokers, shapes.bootstrapServers))
    return undefined;
  notes.said.add(key.brokers);
  const lacking = facts.filter((it) => !having.includes(it)).map(({ name }) => name);
  if (lacking.length > 0)
    notes.remarks.push(
      `The brokers ${brokers} are set for ${having.map(({ name }) => name).join(', ')} alone: in a pipeline ${lacking.join(', ')} would have them, too.`,
    );
  return brokers;
}

function intervalOf(facts: StreamFacts | undefined, notes: Notes): Fields {
  const is = (value: string) => DURATION.test(value) || durationText(Number(value)) !== undefined;
  const value = notes.read(facts?.properties ?? {}, key.intervals, is);
  if (value === undefined) return {};
  const text = DURATION.test(value) ? value : durationText(Number(value));
  return text === defaults.customer.interval ? {} : { interval: text };
}

function appFieldsOf(
  role: Exclude<Role, 'bar'>,
  facts: StreamFacts | undefined,
  notes: Notes,
  more: Fields = {},
): Fields {
  if (facts === undefined) return { enabled: false };
  const app = appOf(facts, defaultApps[role]);
  notes.remarks.push(...app.remarks);
  if (facts.count !== undefined && facts.count > 1)
    notes.remarks.push(
      `Stream ${facts.name} has ${facts.count} instances, and a pipeline says no count of it: made anew it has one, and what you scale it to afterwards stays.`,
    );
  return filled({ ...more, app: app.value });
}

function baristaOf(facts: readonly StreamFacts[], place: Place, notes: Notes): Fields {
  const worker = facts.find(({ role }) => role === 'bar');
  if (worker === undefined) return {};
  const image = imageOf(worker, place.workerImage);
  notes.remarks.push(...image.remarks);
  const { properties } = worker;
  const oneOf = (name: string, values: readonly string[], standard: string): string | undefined => {
    const value = notes.read(properties, [name], (it) => values.includes(it));
    return value === standard ? undefined : value;
  };
  const { delivery, badOrders } = defaults.barista;
  return filled({
    image: image.value,
    replicas: replicasOf(worker, facts, notes),
    delivery: oneOf('barista.delivery', ['AtLeastOnce', 'ExactlyOnce'], delivery),
    badOrders: oneOf('barista.bad-orders', ['DeadLetter', 'Skip', 'Stop'], badOrders),
    deadLetterTopic: notes.read(properties, ['barista.dead-letter-topic'], (it) =>
      fits(it, shapes.deadLetterTopic),
    ),
    resources: filled({
      limits: amountsOf(worker, 'limits', notes),
      requests: amountsOf(worker, 'requests', notes),
    }),
  });
}

function replicasOf(worker: StreamFacts, facts: readonly StreamFacts[], notes: Notes): number | undefined {
  if (!worker.runs && facts.some(({ runs }) => runs)) {
    notes.remarks.push(
      `Stream ${worker.name} is undeployed while others run, which is replicas: 0 of a pipeline.`,
    );
    return 0;
  }
  return worker.count === undefined || worker.count === defaults.barista.replicas ? undefined : worker.count;
}

function amountsOf(
  { deployerProperties = {} }: StreamFacts,
  kind: 'limits' | 'requests',
  notes: Notes,
): Fields {
  const read = (name: string) =>
    notes.read(deployerProperties, [`kubernetes.${kind}.${name}`], (value) => quantity.holds(value));
  return filled({ cpu: read('cpu'), memory: read('memory') });
}
