/** Rules between fields: names that must differ, and names that are too long together. */
import { APP_NAME_SUFFIX, defaultStreamNames, labels, MAX_DEPLOYMENT_NAME, WORKER_APP } from './defaults.ts';
import type { Problem } from './field.ts';
import { isDefaultableName, messages, nameTooLong, sameTopic } from './rules.ts';
import type { PipelineSpec, Role } from './types.ts';

const MAX_TOPIC_NAME = 249;

/** @param spec each field of which is valid by itself */
export function checkAcross(spec: PipelineSpec, pipeline: string): readonly Problem[] {
  return [...checkTopics(spec), ...checkStreamNames(spec, pipeline), ...checkDeadLetterTopic(spec)];
}

function checkTopics({ topics }: PipelineSpec): Problem[] {
  const { orders, hotDrinks, coldDrinks } = topics;
  const same =
    sameTopic(orders, hotDrinks) || sameTopic(orders, coldDrinks) || sameTopic(hotDrinks, coldDrinks);
  return same ? [{ path: 'spec.topics', message: messages.topicsDiffer }] : [];
}

function checkStreamNames(spec: PipelineSpec, pipeline: string): Problem[] {
  const path = 'spec.streamNames';
  const names = Object.values(spec.streamNames);
  const derived = Object.values(defaultStreamNames(pipeline));
  if (names.some((name) => derived.includes(name)) && !isDefaultableName(pipeline)) {
    return [{ path, message: messages.pipelineName }];
  }
  const problems = (['orders', 'hotDrink', 'coldDrink', 'bar'] as const)
    .filter((role) => spec.streamNames[role].length > roomForName(spec, role))
    .map((role) => ({ path: `${path}.${role}`, message: nameTooLong(role) }));
  const different = new Set(names.map((name) => name.toLowerCase())).size;
  return different === names.length ? problems : [...problems, { path, message: messages.streamsDiffer }];
}

/**
 * Longest name of a role's stream. SCDF checks `<stream>-<app>-v`, and the Deployment is named `<stream>-<label>-v<n>`:
 * both must fit, the app name also when it grows because its plain form is taken by another repository.
 */
function roomForName(spec: PipelineSpec, role: Role): number {
  const app = appOf(spec, role);
  if (app === undefined) return Infinity;
  const appName = app.name.length + (app.uri === undefined ? 0 : APP_NAME_SUFFIX);
  return MAX_DEPLOYMENT_NAME - '--v'.length - Math.max(appName, labels[role].length);
}

/** Undefined when the stream does not exist. */
function appOf(spec: PipelineSpec, role: Role): { readonly name: string; readonly uri?: string } | undefined {
  if (role === 'bar') return { name: WORKER_APP, uri: '' };
  const stream = { orders: spec.customer, hotDrink: spec.hotDrinkLog, coldDrink: spec.coldDrinkLog }[role];
  return stream.enabled ? stream.app : undefined;
}

function checkDeadLetterTopic({ topics, barista, streamNames }: PipelineSpec): Problem[] {
  if (barista.badOrders !== 'DeadLetter') return [];
  const path = 'spec.barista.deadLetterTopic';
  const topic = barista.deadLetterTopic ?? `error.${topics.orders}.${streamNames.bar}`;
  if (topic.length > MAX_TOPIC_NAME) return [{ path, message: messages.deadLetterLong }];
  const taken = [topics.orders, topics.hotDrinks, topics.coldDrinks].some((other) => sameTopic(other, topic));
  return taken ? [{ path, message: messages.deadLetterDiffers }] : [];
}
