/** The defaults of a BaristaPipeline that do not depend on its other fields; the CRD states the same (a test says so). */
export const defaults = {
  topics: { partitions: 3, replicationFactor: 1 },
  state: 'Running',
  deletionPolicy: 'Delete',
  progressDeadlineSeconds: 300,
  server: 'default',
  customer: {
    interval: '1s',
    app: { name: 'time', uri: 'docker:springcloudstream/time-source-kafka:5.1.1' },
  },
  log: { app: { name: 'log', uri: 'docker:springcloudstream/log-sink-kafka:5.1.1' } },
  bootVersion: '3',
  barista: { replicas: 1, upgrade: 'Rolling', delivery: 'AtLeastOnce', badOrders: 'DeadLetter' },
} as const;

/** The app name under which the worker image is registered. */
export const WORKER_APP = 'barista-app';

/** Labels of the apps within their streams: they name Deployments and property prefixes. */
export const labels = {
  orders: 'customer',
  hotDrink: 'hot-drink-log',
  coldDrink: 'cold-drink-log',
  bar: WORKER_APP,
} as const;

/** Longest `<stream>-<app name>-v` that SCDF deploys. */
export const MAX_DEPLOYMENT_NAME = 58;
/** `-` and eight hexadecimal digits: what an app name grows by when its repository is not the registered one's. */
export const APP_NAME_SUFFIX = 9;

/** Default stream names of the pipeline `name`. */
export function defaultStreamNames(name: string) {
  return {
    orders: `${name}-orders`,
    hotDrink: `${name}-hot-drink`,
    coldDrink: `${name}-cold-drink`,
    bar: `${name}-bar`,
  };
}
