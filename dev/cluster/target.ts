/** The cluster, SCDF and Kafka that the demo and the end-to-end tests run on: the stack's, or the user's own. */
import { readStackEnv } from '../test/stack-env.ts';
import { images } from '../stack/layout.ts';

export interface Target {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** True: the stack of this machine, whose parts may be stopped and whose images are built here. */
  readonly ours: boolean;
  readonly dataflowUri: string;
  readonly dataflowUriFromPods: string;
  readonly kafkaBrokers: string;
  readonly operatorImage: string;
  readonly workerImage: string;
}

const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');

/** Throws a sentence when no stack is up and the user names none. */
export function target(environment: Readonly<Record<string, string | undefined>> = process.env): Target {
  const stack = readStackEnv(root);
  const read = (name: string): string => stack[name] ?? environment[name] ?? '';
  const kubeconfig = read('KUBECONFIG');
  if (kubeconfig === '' || read('DATAFLOW_URI') === '' || read('KAFKA_BROKERS') === '') {
    throw new Error(
      'No stack is up: `make stack-up` starts one, or set KUBECONFIG, DATAFLOW_URI and KAFKA_BROKERS to use your own.',
    );
  }
  return {
    root,
    env: { KUBECONFIG: kubeconfig, PATH: stack['PATH'] ?? environment['PATH'] ?? '' },
    ours: kubeconfig.startsWith(`${root}/.stack/`),
    dataflowUri: read('DATAFLOW_URI'),
    dataflowUriFromPods: read('DATAFLOW_URI_PODS') || read('DATAFLOW_URI'),
    kafkaBrokers: read('KAFKA_BROKERS'),
    operatorImage: environment['BARISTA_OPERATOR_IMAGE'] ?? images.operator,
    workerImage: environment['BARISTA_WORKER_IMAGE'] ?? images.worker,
  };
}
