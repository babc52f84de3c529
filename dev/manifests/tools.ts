/** What judges the manifests: kubeconform whether each object is one of its kind, kube-score whether it is a good one. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../stack/command.ts';
import { goModule, goProgram } from '../stack/go-program.ts';
import { schemaLocation } from './schemas.ts';

const kubeconform = {
  name: 'kubeconform',
  version: '0.8.0',
  package: 'github.com/yannh/kubeconform/cmd/kubeconform',
};
const kubeScore = {
  name: 'kube-score',
  version: '1.20.0',
  package: 'github.com/zegl/kube-score/cmd/kube-score',
};
const prometheusOperator = {
  name: 'prometheus-operator-crds',
  version: '0.85.0',
  module: 'github.com/prometheus-operator/prometheus-operator',
};

/** Judges a text of manifests; gives what is wrong, each in a line, with the object that it is wrong with. */
export type Judge = (manifests: string) => Promise<readonly string[]>;

/** @param folder with the schemas, as `schemas.ts` names them */
export async function conformance(folder: string): Promise<Judge> {
  interface Said {
    readonly resources: readonly {
      readonly kind: string;
      readonly name: string;
      readonly status: string;
      readonly msg: string;
    }[];
    readonly summary: { readonly valid: number };
  }
  const program = await goProgram(kubeconform);
  const args = [
    '-strict',
    '-summary',
    '-output',
    'json',
    '-schema-location',
    join(folder, schemaLocation),
    '-',
  ];
  return async (manifests) => {
    const { stdout, tail } = await attempt(program, args, { input: manifests });
    const { resources, summary } = parse(stdout, tail) as Said;
    if (summary.valid + resources.length === 0)
      throw new Error('kubeconform found no object in the manifests.');
    return resources.map(({ kind, name, status, msg }) => `${kind} ${name}: ${status}: ${msg}`);
  };
}

/**
 * Options of kube-score, each with its reason. What does not fit one object is left out where the object is: the annotation
 * `kube-score/ignore`, with its reason beside it.
 */
const options: readonly { readonly option: string; readonly because: string }[] = [
  { option: '--kubernetes-version=v1.29', because: 'the oldest that the operator needs' },
  {
    option: '--enable-optional-test=container-seccomp-profile',
    because: 'the restricted Pod Security Standard asks for it',
  },
  {
    option: '--enable-optional-test=container-ports-check',
    because: 'the NetworkPolicy and the Service name the port',
  },
  {
    option: '--ignore-container-cpu-limit',
    because:
      'a limit would throttle the operator in the moments for which it has something to do, and protects nobody whom requests do not',
  },
];

/** @param more options of kube-score */
export async function score(...more: readonly string[]): Promise<Judge> {
  interface Said {
    readonly object_name: string;
    readonly checks: readonly {
      readonly check: { readonly id: string };
      readonly grade: number;
      readonly skipped: boolean;
      readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
    }[];
  }
  const allIsWell = 10;
  const program = await goProgram(kubeScore);
  const args = ['score', '-', '--output-format=json', ...options.map(({ option }) => option), ...more];
  return async (manifests) => {
    const { stdout, tail } = await attempt(program, args, { input: manifests });
    return (
      (parse(stdout, tail) as readonly Said[] | null)?.flatMap(({ object_name: object, checks }) =>
        checks
          .filter(({ grade, skipped }) => !skipped && grade < allIsWell)
          .flatMap(({ check, comments }) =>
            (comments ?? []).map(({ path, summary }) => `${object}: ${check.id}: ${path} ${summary}`),
          ),
      ) ?? []
    );
  };
}

function parse(stdout: string, tail: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch (cause) {
    throw new Error(`The manifests could not be judged: ${tail}`, { cause });
  }
}

/** The CRDs of PodMonitor and PrometheusRule: the chart can make both, and the stack's API server serves neither. Paths of the files. */
export async function prometheusOperatorCrds(): Promise<readonly string[]> {
  const files = ['podmonitors', 'prometheusrules'].map((kind) => `monitoring.coreos.com_${kind}.yaml`);
  const folder = await goModule(prometheusOperator, (module, into) => {
    for (const file of files)
      copyFileSync(join(module, 'example', 'prometheus-operator-crd', file), join(into, file));
  });
  return files.map((file) => join(folder, file));
}
