/** docs/operator-configuration.md and docs/worker-configuration.md, from the names that the two programs read. Pure. */
import {
  kafkaPrefixes,
  kafkaSettings,
  settings as workerSettings,
  type Setting as WorkerSetting,
} from '../../app/config/settings.ts';
import {
  settings as operatorSettings,
  type Setting as OperatorSetting,
} from '../../operator/config/settings.ts';
import { code, generatedFrom, table } from './table.ts';

type Setting = WorkerSetting & OperatorSetting;

export function operatorConfiguration(): string {
  return [
    '# Configuration of the operator',
    generatedFrom('operator/config/settings.ts'),
    'The operator is configured by its environment. An empty variable is none. What is wrong is said in a sentence for each variable, and ends the operator with code 78.',
    listOf('Variable', operatorSettings),
    'The SCDF servers and what they want to know are in a file of its own, which may change while the operator runs: [SCDF servers](servers.md). The values of the Helm chart that set these variables are in ' +
      '[values.yaml](../manifests/chart/values.yaml).',
  ].join('\n\n');
}

export function workerConfiguration(): string {
  return [
    '# Configuration of the worker',
    generatedFrom('app/config/settings.ts'),
    'The worker is configured as a Spring Boot app is: by its command line (`--name=value`), then `SPRING_APPLICATION_JSON`, then its environment. Names are compared the relaxed way: ' +
      '`SPRING_CLOUD_STREAM_BINDINGS_HOT_DRINK_DESTINATION` is `spring.cloud.stream.bindings.hot.drink.destination`. Unknown names, empty values and placeholders `${…}` are ignored. What is wrong is said in a ' +
      'sentence for each property, and ends the worker with code 78.',
    'A pipeline sets what it needs by itself; anything else goes into `spec.barista.properties`. What the worker does with it: [the worker](worker.md).',
    listOf('Property', workerSettings),
    '## Kafka with TLS or names',
    `The names of Kafka's own clients, with one of these before it, as Spring looks for them: ${kafkaPrefixes.map(code).join(', ')}. [How to use them](secure-kafka.md).`,
    listOf('Name', kafkaSettings),
  ].join('\n\n');
}

function listOf(title: string, known: Readonly<Record<string, Setting>>): string {
  return table(
    [title, 'Default', 'Meaning'],
    Object.entries(known).map(([name, it]) => [
      code(name),
      it.default === undefined ? (it.otherwise ?? '') : code(it.default),
      it.meaning,
    ]),
  );
}
