/** What is left of a stream's properties when those are taken away that the operator gives it anyway: pure. */
import type { Rule, TextShape } from '../../operator/api/field.ts';
import { deployerValue, keyRules, propertyValue } from '../../operator/api/rules.ts';
import type { Role } from '../../operator/api/types.ts';
import { carriesSecret } from '../../operator/dataflow/secrets.ts';
import type { DesiredStream } from '../../operator/desired/desired.ts';
import type { StreamFacts } from './facts.ts';
import { fits, whyNot } from './fits.ts';

type Properties = Readonly<Record<string, string>>;

export interface Rest {
  readonly properties: Properties;
  readonly deployerProperties: Properties;
  /** Sentences on what is not among them. */
  readonly remarks: readonly string[];
}

const keysOf: Readonly<Record<Role, { readonly app: readonly Rule[]; readonly deployer: readonly Rule[] }>> =
  {
    orders: { app: keyRules.customer, deployer: keyRules.deployer },
    hotDrink: { app: keyRules.log, deployer: keyRules.deployer },
    coldDrink: { app: keyRules.log, deployer: keyRules.deployer },
    bar: { app: keyRules.barista, deployer: keyRules.baristaDeployer },
  };

const ENVIRONMENT = 'kubernetes.environmentVariables';
/** They name Secrets, and hold none. */
const REFERENCES =
  /^kubernetes\.(secretRefs|secretKeyRefs|configMapRefs|configMapKeyRefs|imagePullSecrets?|volumes|volumeMounts)$/;

/**
 * @param base what the operator gives the stream for the spec without properties
 * @param said keys that the spec says in its own fields
 */
export function restOf(facts: StreamFacts, base: DesiredStream, said: ReadonlySet<string>): Rest {
  const rules = keysOf[facts.role];
  const app = new Sieve(facts.name, { keys: rules.app, value: propertyValue });
  const deployer = new Sieve(facts.name, { keys: rules.deployer, value: deployerValue });
  for (const [key, value] of sorted(facts.properties))
    if (base.properties[key] !== value && !said.has(key)) app.take(key, value);
  for (const [key, whole] of sorted(facts.deployerProperties ?? {})) {
    const value = key === ENVIRONMENT ? withoutOurs(whole, base.deployerProperties[key]) : whole;
    if (base.deployerProperties[key] === value || said.has(key)) continue;
    if (key === ENVIRONMENT) takeVariables(value, deployer);
    else deployer.take(key, value);
  }
  const secrets = [...app.secrets, ...deployer.secrets];
  return {
    properties: Object.fromEntries(app.taken),
    deployerProperties: Object.fromEntries(deployer.taken),
    remarks: [...secretsRemark(facts, secrets), ...app.refused, ...deployer.refused],
  };
}

/** Takes what a spec may hold, and keeps apart what is secret or may not be. */
class Sieve {
  readonly taken: [string, string][] = [];
  readonly secrets: string[] = [];
  readonly refused: string[] = [];
  readonly #stream: string;
  readonly #rules: { readonly keys: readonly Rule[]; readonly value: TextShape };

  constructor(stream: string, rules: { readonly keys: readonly Rule[]; readonly value: TextShape }) {
    this.#stream = stream;
    this.#rules = rules;
  }

  take(key: string, value: string): void {
    const { keys, value: shape } = this.#rules;
    if (!REFERENCES.test(key) && carriesSecret(key, value)) {
      this.secrets.push(key);
      return;
    }
    const reason =
      whyNot(key, keys) ??
      whyNot(value, shape.rules) ??
      (fits(value, shape) ? undefined : `a value may have at most ${shape.maxLength} characters`);
    if (reason === undefined) this.taken.push([key, value]);
    else this.refused.push(`Stream ${this.#stream}: ${key} is left out: ${reason}.`);
  }
}

/** Without the brokers that the operator appends. */
function withoutOurs(value: string, ours: string | undefined): string {
  return ours !== undefined && value.endsWith(`,${ours}`) ? value.slice(0, -ours.length - 1) : value;
}

/** The secrets among the variables are left out, and the others kept. */
function takeVariables(value: string, deployer: Sieve): void {
  const variables = variablesOf(value);
  const isSecret = (variable: string): boolean => {
    const [name = ''] = variable.split('=');
    return carriesSecret(name, variable.slice(name.length + 1).replace(/^'(.*)'$/s, '$1'));
  };
  const rest = variables.filter((variable) => !isSecret(variable)).join(',');
  const secrets = variables.filter(isSecret).map((variable) => variable.split('=')[0] ?? '');
  deployer.secrets.push(...secrets.map((name) => `the environment variable ${name}`));
  if (rest !== '') deployer.take(ENVIRONMENT, rest);
}

/** `A=1,B='x,y'`: commas within quotes do not end a variable. */
function variablesOf(value: string): string[] {
  return value.match(/(?:'[^']*'|[^,'])+|'[^,]*/g) ?? [];
}

function secretsRemark({ name }: StreamFacts, keys: readonly string[]): string[] {
  if (keys.length === 0) return [];
  return [
    `Stream ${name}: ${keys.join(', ')} ${keys.length === 1 ? 'looks' : 'look'} like ${keys.length === 1 ? 'a secret' : 'secrets'} and ${keys.length === 1 ? 'is' : 'are'} ` +
      'left out. Put it into a Secret before you apply this, and name that in spec.kafka.secretRef, or for one variable in deployerProperties as ' +
      `kubernetes.secretKeyRefs: "[{envVarName: NAME, secretName: SECRET, dataKey: KEY}]".`,
  ];
}

function sorted(properties: Properties): [string, string][] {
  return Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
}
