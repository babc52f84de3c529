/**
 * The demo: from an empty machine to drinks. Everything it runs is printed, so that a person can do the same by hand.
 *
 *   node dev/demo/main.ts           what `make demo` runs, after the stack is up
 */
import { join } from 'node:path';
import { Kubectl } from '../cluster/kubectl.ts';
import { target, type Target } from '../cluster/target.ts';
import { install, OPERATOR_NAMESPACE } from '../install/install.ts';
import { duration } from '../stack/progress.ts';
import { follow } from './follow.ts';
import { showDrinks, showRates } from './show.ts';

const NAMESPACE = 'default';

async function main(): Promise<void> {
  const started = performance.now();
  const it = target();
  const kubectl = new Kubectl(it.env);
  say(`Installing the operator into namespace ${OPERATOR_NAMESPACE}`);
  await install(it, kubectl);

  const sample = join('manifests', 'samples', 'recipe.yaml');
  say(`kubectl apply -f ${sample}`);
  process.stdout.write(indent(await kubectl.run(['-n', NAMESPACE, 'apply', '-f', join(it.root, sample)])));
  await follow(kubectl, NAMESPACE, 'recipe');

  say('kubectl get baristapipelines');
  process.stdout.write(indent(await kubectl.run(['-n', NAMESPACE, 'get', 'baristapipelines'])));
  await showDrinks(kubectl, { hot: 'hot-drink-pipeline', cold: 'cold-drink-pipeline' });
  await showRates(kubectl, 'bar-pipeline');
  say(`Drinks are served (${duration(performance.now() - started)} since the stack was up). What now:`);
  console.log(whatNow(it));
}

function whatNow({ ours }: Target): string {
  const lines = [
    ...(ours
      ? [
          '. .stack/env                                   # kubectl, KUBECONFIG and the addresses for this shell',
        ]
      : []),
    'kubectl get bp -o wide                         # topics, server, delivery, image',
    'kubectl describe bp recipe                     # its streams, conditions and events',
    'kubectl scale bp/recipe --replicas=2           # a second barista',
    'kubectl logs -f -l spring-group-id=bar-pipeline',
    `kubectl -n ${OPERATOR_NAMESPACE} logs deploy/barista-operator`,
    `kubectl patch bp recipe --type=merge -p '{"spec":{"customer":{"interval":"200ms"}}}'   # more customers`,
    ...(ours
      ? ['http://127.0.0.1:9090                          # Prometheus: try barista_drinks_served_total']
      : []),
    'kubectl explain bp.spec                        # every field',
    'kubectl delete bp recipe                       # takes its streams with it',
    ours
      ? 'make demo-down                                 # stops it all and leaves nothing behind'
      : 'kubectl delete -k .stack/install               # then the operator, and its CRD with every pipeline there is',
  ];
  return lines.map((line) => `  ${line}`).join('\n');
}

function say(line: string): void {
  console.log(`\n${line}`);
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error('Run `make demo` again to go on; `make stack-status` says what runs and where its logs are.');
  process.exitCode = 1;
}
