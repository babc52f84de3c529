/** What the peers need: made once, in the user's cache, from package registries. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { versions } from '../../stack/layout.ts';
import { run } from '../../stack/command.ts';

const KAFKA_PYTHON = '3.0.12';
const CONFLUENT_KAFKA = '2.16.1';

export interface Peers {
  /** A Python with both of its Kafka clients. */
  readonly python: string;
  /** How the router on Kafka Streams is started. */
  readonly streams: readonly string[];
  /** How one of Kafka's own tools is started: its class comes next. */
  readonly tools: readonly string[];
}

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'barista');

async function once(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cache, name);
  const done = join(folder, '.ready');
  if (existsSync(done)) return folder;
  mkdirSync(folder, { recursive: true });
  await make(folder);
  writeFileSync(done, '');
  return folder;
}

export async function preparePeers(root: string): Promise<Peers> {
  const clients = [`kafka-python==${KAFKA_PYTHON}`, `confluent-kafka==${CONFLUENT_KAFKA}`];
  const venv = await once(`bench-python-${KAFKA_PYTHON}-${CONFLUENT_KAFKA}`, async (folder) => {
    await run('python3', ['-m', 'venv', folder]);
    await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...clients]);
  });
  const java = await once(`bench-java-${versions.kafka}`, async (folder) => {
    writeFileSync(join(folder, 'pom.xml'), pom());
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
    await run('mvn', ['-B', '-q', copy, '-DincludeScope=runtime', `-DoutputDirectory=${folder}/lib`], {
      cwd: folder,
    });
  });
  const jars = join(java, 'lib', '*');
  const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-Xmx512m'];
  const router = join(root, 'dev/bench/worker/peers/Router.java');
  return {
    python: join(venv, 'bin', 'python'),
    streams: ['java', ...quiet, '-cp', jars, router],
    tools: ['java', ...quiet, '-cp', jars],
  };
}

function pom(): string {
  const dependency = (group: string, artifact: string, version: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.barista</groupId><artifactId>bench-closure</artifactId><version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka-streams', versions.kafka)}
    ${dependency('org.apache.kafka', 'kafka-tools', versions.kafka)}
    ${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}
  </dependencies>
</project>
`;
}
