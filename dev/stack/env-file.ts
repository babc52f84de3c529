/** `.stack/env`: the shell file by which others find the stack. */
import { StackFailure } from './failure.ts';

export interface Endpoints {
  readonly kubeconfig: string;
  readonly dataflow: string;
  /** SCDF as pods reach it. */
  readonly dataflowFromPods: string;
  readonly kafka: string;
  /** Kafka as pods reach it. */
  readonly kafkaFromPods: string;
  /** Undefined when there is none of ours. */
  readonly prometheus: string | undefined;
  /** Folder with kubectl, put before $PATH; undefined when the user's own is to be used. */
  readonly bin: string | undefined;
}

/** Lines of the form `export NAME="value"`, to be sourced by a shell or read by dev/test/stack-env.ts. */
export function envFile(endpoints: Endpoints): string {
  const path = endpoints.bin === undefined ? {} : { PATH: `${endpoints.bin}:$PATH` };
  const watched = endpoints.prometheus === undefined ? {} : { PROMETHEUS_URL: endpoints.prometheus };
  const variables = {
    KUBECONFIG: endpoints.kubeconfig,
    DATAFLOW_URI: endpoints.dataflow,
    DATAFLOW_URI_PODS: endpoints.dataflowFromPods,
    KAFKA_BROKERS: endpoints.kafka,
    KAFKA_BROKERS_PODS: endpoints.kafkaFromPods,
    ...watched,
    ...path,
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}="${value}"`);
  return `# Written by dev/stack: . .stack/env\n${lines.join('\n')}\n`;
}

/**
 * The cluster, SCDF and Kafka that the user brings, when all three are named; undefined when the stack is to be ours.
 * A shell that has sourced our own `.stack/env` brings nothing, and nor does one with the KUBECONFIG that many people have.
 * @throws StackFailure when what is named is not all of it: whoever names an SCDF or a Kafka does not want another started
 */
export function broughtAlong(
  env: Readonly<Record<string, string | undefined>>,
  own: Endpoints,
): Endpoints | undefined {
  const { KUBECONFIG: kubeconfig = '', DATAFLOW_URI: dataflow = '', KAFKA_BROKERS: kafka = '' } = env;
  if (dataflow === '' && kafka === '') return undefined;
  refuseHalf({ KUBECONFIG: kubeconfig, DATAFLOW_URI: dataflow, KAFKA_BROKERS: kafka });
  const isOurs = [kubeconfig, dataflow, kafka].join() === [own.kubeconfig, own.dataflow, own.kafka].join();
  if (isOurs) return undefined;
  return {
    kubeconfig,
    dataflow,
    dataflowFromPods: env['DATAFLOW_URI_PODS'] ?? dataflow,
    kafka,
    kafkaFromPods: env['KAFKA_BROKERS_PODS'] ?? kafka,
    prometheus: undefined,
    bin: undefined,
  };
}

function refuseHalf(named: Readonly<Record<string, string>>): void {
  const missing = Object.entries(named).flatMap(([name, value]) => (value === '' ? [name] : []));
  if (missing.length === 0) return;
  const what = `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`;
  throw new StackFailure(
    `KUBECONFIG, DATAFLOW_URI and KAFKA_BROKERS go together, and ${what}: ` +
      'set all three to use your own, or none to have a stack started on this machine.',
  );
}
