/** Specs that are accepted, and what specs are made of: the same for `parsePipeline` and for the API server. */
import type { KubeObject } from '../kube/port.ts';
import { GROUP, KIND, VERSION } from './types.ts';

export interface Accepted {
  readonly title: string;
  readonly name?: string;
  readonly spec: unknown;
}

export interface Refused extends Accepted {
  readonly path: string;
  readonly message: string;
  /** What the API server says where the schema, and not a rule of ours, refuses. */
  readonly serverMessage?: string;
  readonly serverPath?: string;
}

export const topics = { orders: 'orders', hotDrinks: 'hotDrinks', coldDrinks: 'coldDrinks' };
export const minimal = { topics };

/** The object as the API server would give it. */
export function pipelineObject(
  fixture: Accepted,
  metadata: Partial<KubeObject['metadata']> = {},
): KubeObject {
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: {
      name: fixture.name ?? 'downtown',
      namespace: 'default',
      uid: '9a9b4ba4-6dd1-4f55-8ef5-3c5b2f1f5a30',
      resourceVersion: '12',
      generation: 3,
      creationTimestamp: '2026-11-23T20:00:00Z',
      ...metadata,
    },
    spec: fixture.spec,
  };
}

export const repeat = (text: string, times: number) => text.repeat(times);
export const digest = repeat('0123456789abcdef', 4);
export const customer = (fields: object) => ({ topics, customer: fields });
export const barista = (fields: object) => ({ topics, barista: fields });
export const streams = (fields: object) => ({ topics, streamNames: fields });
export const four = { orders: 'a-orders', hotDrink: 'a-hot', coldDrink: 'a-cold', bar: 'a-bar' };

export const accepted: readonly Accepted[] = [
  { title: 'topics only', spec: minimal },
  { title: 'absent parts written as null', spec: { topics, customer: null, barista: { image: null } } },
  {
    title: 'topics with dots, dashes and underscores',
    spec: { topics: { orders: '_a.b-c', hotDrinks: '1', coldDrinks: 'x_' } },
  },
  { title: 'no customer', spec: customer({ enabled: false }) },
  { title: 'one version of the worker after the other', spec: barista({ upgrade: 'Recreate' }) },
  {
    title: 'no customer, whose stream name would be too long',
    name: repeat('a', 30),
    spec: customer({ enabled: false, app: { name: repeat('t', 40) } }),
  },
  { title: 'a name that is just short enough', name: repeat('a', 30), spec: minimal },
  { title: 'a name with a dot and all four stream names', name: 'down.town', spec: streams(four) },
  {
    title: 'stream names that are just short enough',
    spec: streams({
      orders: repeat('o', 42),
      hotDrink: repeat('h', 42),
      coldDrink: repeat('c', 41),
      bar: repeat('b', 35),
    }),
  },
  {
    title: 'a registered app under another name',
    spec: customer({ app: { name: 'my_time', version: '1.0' } }),
  },
  { title: 'another tag of the default app', spec: customer({ app: { version: '5.1.0' } }) },
  {
    title: 'a uri and its own version',
    spec: customer({ app: { name: 'x', uri: 'docker:localhost:5000/a/x:1.0', version: '1.0' } }),
  },
  {
    title: 'a docker uri without a tag, in version latest',
    spec: customer({ app: { uri: 'docker://acme/x', version: 'latest' } }),
  },
  {
    title: 'a docker uri with a digest',
    spec: customer({ app: { uri: `docker:acme/x@sha256:${digest}`, version: digest } }),
  },
  { title: 'a maven uri', spec: customer({ app: { uri: 'maven://io.acme:x:jar:1.2.3', version: '1.2.3' } }) },
  {
    title: 'a jar',
    spec: customer({ app: { uri: 'https://acme.example/x-app-1.2.3.jar', version: '1.2.3' } }),
  },
  { title: 'half a second between orders', spec: customer({ interval: '500ms' }) },
  {
    title: 'an image with registry, port and tag',
    spec: barista({ image: 'registry.example:5000/coffee/worker:1.0.0-rc.1' }),
  },
  { title: 'an image with a digest', spec: barista({ image: `worker@sha256:${digest}` }) },
  { title: 'an image without a tag', spec: barista({ image: 'localhost:5000/worker' }) },
  { title: 'no worker', spec: barista({ replicas: 0 }) },
  {
    title: 'amounts as numbers and as texts',
    spec: barista({
      resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: '500m', memory: '1024Mi' } },
    }),
  },
  {
    title: 'properties',
    spec: barista({
      properties: { 'barista.batch-size': '10', 'a.b': 'x > y', q: 'its $\\{x}; a|b' },
      deployerProperties: { 'kubernetes.podAnnotations': 'a:b,c:d' },
    }),
  },
  {
    title: 'single quotes in deployer properties',
    spec: {
      topics,
      customer: { deployerProperties: { 'kubernetes.environmentVariables': "A='1,2',B=it's" } },
      barista: { deployerProperties: { 'kubernetes.affinity': "{ podAntiAffinity: { x: 'y' } }" } },
    },
  },
  {
    title: 'own brokers and a secret',
    spec: {
      topics,
      kafka: {
        bootstrapServers: 'kafka-0.kafka:9092,[fd00::1]:9092',
        secretRef: { name: 'kafka.credentials' },
      },
    },
  },
  { title: 'a platform', spec: { topics, dataflow: { server: 'eu-1', platform: 'minikube' } } },
  {
    title: 'a topic named as the dead letters would be, when there are none',
    spec: { topics: { ...topics, hotDrinks: 'error.orders.downtown-bar' }, barista: { badOrders: 'Skip' } },
  },
];

/** Several specs that are refused with the same words. */
export const same = (
  title: string,
  message: string,
  path: string,
  specs: Readonly<Record<string, unknown>>,
): Refused[] =>
  Object.entries(specs).map(([what, spec]) => ({ title: `${title}: ${what}`, spec, path, message }));
