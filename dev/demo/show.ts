/** What a guest sees: the last drinks in the sinks' logs, and the worker's rates. */
import type { Kubectl } from '../cluster/kubectl.ts';
import { waitFor } from '../cluster/wait.ts';

/** Prints a few lines of each log sink, as soon as each has served. */
export async function showDrinks(kubectl: Kubectl, sinks: { hot: string; cold: string }): Promise<void> {
  for (const [kind, stream] of Object.entries(sinks)) {
    console.log(`\nkubectl logs -l spring-group-id=${stream}`);
    const lines = await waitFor(
      `a ${kind} drink in the log of ${stream}`,
      async () => {
        const text = await kubectl.run(['logs', '-l', `spring-group-id=${stream}`, '--tail=200']);
        const served = text.split('\n').filter((line) => line.includes('Serve '));
        return served.length > 0 ? served.slice(-3) : undefined;
      },
      { within: 120_000, every: 1000 },
    );
    for (const line of lines) console.log(`  ${line.slice(0, 140)}`);
  }
}

/** Prints what the workers of a stream have served, and how much a second over a few seconds. */
export async function showRates(kubectl: Kubectl, stream: string): Promise<void> {
  const before = await served(kubectl, stream);
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const after = await served(kubectl, stream);
  const seconds = (performance.now() - started) / 1000;
  console.log(`\nThe worker's metrics (/actuator/prometheus of ${stream})`);
  for (const drink of ['hot', 'cold']) {
    const count = after.get(drink) ?? 0;
    const rate = (count - (before.get(drink) ?? 0)) / seconds;
    console.log(`  ${drink.padEnd(4)} ${String(count).padStart(6)} served, ${rate.toFixed(1)} a second`);
  }
}

async function served(kubectl: Kubectl, stream: string): Promise<Map<string, number>> {
  const pods = await kubectl.list(
    'pods',
    '-A',
    '-l',
    `spring-group-id=${stream}`,
    '--field-selector=status.phase=Running',
  );
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const { name, namespace } = pod['metadata'] as { name: string; namespace: string };
    const text = await kubectl.run([
      'get',
      '--raw',
      `/api/v1/namespaces/${namespace}/pods/${name}:8080/proxy/metrics`,
    ]);
    for (const [, drink = '', count] of text.matchAll(
      /^barista_drinks_served_total\{[^}]*drink="(\w+)"[^}]*\} (\d+)/gm,
    )) {
      counts.set(drink, (counts.get(drink) ?? 0) + Number(count));
    }
  }
  return counts;
}
