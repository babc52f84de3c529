/** What the peers need: made once, in the user's cache, from package registries. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../../stack/cache.ts';
import { versions } from '../../stack/layout.ts';
import { run } from '../../stack/command.ts';
import { fetchJars } from '../../stack/maven.ts';

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

export async function preparePeers(root: string): Promise<Peers> {
  const clients = [`kafka-python==${KAFKA_PYTHON}`, `confluent-kafka==${CONFLUENT_KAFKA}`];
  const venv = await cached(
    join(cache, `bench-python-${KAFKA_PYTHON}-${CONFLUENT_KAFKA}`),
    async (folder) => {
      await run('python3', ['-m', 'venv', folder]);
      await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...clients]);
    },
  );
  const java = await cached(join(cache, `bench-java-${versions.kafka}`), (folder) =>
    fetchJars(folder, [
      `org.apache.kafka:kafka-streams:${versions.kafka}`,
      `org.apache.kafka:kafka-tools:${versions.kafka}`,
      'org.slf4j:slf4j-simple:1.7.36',
    ]),
  );
  const jars = join(java, 'lib', '*');
  const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-Xmx512m'];
  const router = join(root, 'dev/bench/worker/peers/Router.java');
  return {
    python: join(venv, 'bin', 'python'),
    streams: ['java', ...quiet, '-cp', jars, router],
    tools: ['java', ...quiet, '-cp', jars],
  };
}
