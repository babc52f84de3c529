/** Debian's Prometheus, with the scrape configuration and the alerts that we give to others, on what runs in the cluster. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { generate } from './files.ts';
import { loopback, ports } from './layout.ts';
import type { Part } from './parts.ts';
import type { Paths } from './paths.ts';
import { answers } from './probes.ts';

export const prometheusUrl = `http://${loopback}:${ports.Prometheus}`;
const discoveryAddress = `${loopback}:${ports['discovery of pods']}`;
const discoveryUrl = `http://${discoveryAddress}/`;

interface Scrape {
  kubernetes_sd_configs?: unknown;
  http_sd_configs?: readonly object[];
}

interface Config {
  readonly global: { scrape_interval: string; evaluation_interval?: string };
  rule_files: readonly string[];
  readonly scrape_configs: readonly Scrape[];
}

/**
 * What another cluster's Prometheus is given, for people who do not wait half a minute, and with somebody else to find the pods: see pod-discovery.ts.
 * @param text of manifests/monitoring/prometheus.yaml
 */
export function forTheStack(text: string, { rules }: { rules: string }): string {
  const config = parse(text) as Config;
  config.global.scrape_interval = '5s';
  config.global.evaluation_interval = '15s';
  config.rule_files = [rules];
  for (const scrape of config.scrape_configs) {
    delete scrape.kubernetes_sd_configs;
    scrape.http_sd_configs = [{ url: discoveryUrl, refresh_interval: '5s' }];
  }
  return stringify(config);
}

/** What finds pods, and what scrapes them; in the order in which they start. */
export function prometheus(paths: Paths): Part[] {
  const data = join(paths.data, 'prometheus');
  mkdirSync(data, { recursive: true });
  const manifests = join(paths.root, 'manifests', 'monitoring');
  const rules = join(manifests, 'rules.yaml');
  const file = join(paths.config, 'prometheus.yaml');
  const config = generate(
    file,
    forTheStack(readFileSync(join(manifests, 'prometheus.yaml'), 'utf8'), { rules }),
  );
  return [
    {
      name: 'pod-discovery',
      command: [
        process.execPath,
        join(paths.root, 'dev', 'stack', 'pod-discovery-main.ts'),
        paths.kubeconfig,
        discoveryAddress,
      ],
      ready: () => answers(discoveryUrl),
      deadline: 30_000,
    },
    {
      name: 'prometheus',
      command: [
        'prometheus',
        `--config.file=${file}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=6h',
        `--web.listen-address=${loopback}:${ports.Prometheus}`,
      ],
      config: [config, readFileSync(rules, 'utf8')],
      ready: () => answers(`${prometheusUrl}/-/ready`),
      deadline: 60_000,
    },
  ];
}
