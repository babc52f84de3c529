/** The HTTP endpoints that SCDF, Kubernetes and Prometheus ask, in Spring Boot's JSON. */
import express from 'express';
import type { Express, Request, Response } from 'express';
import type { Registry } from 'prom-client';
import type { WorkerConfig } from '../config/config.ts';
import type { BuildInfo } from './build-info.ts';
import type { Health, Vitals } from './vitals.ts';

export interface ActuatorParts {
  readonly config: WorkerConfig;
  readonly build: BuildInfo;
  readonly vitals: Vitals;
  readonly registry: Registry;
}

const mediaType = 'application/vnd.spring-boot.actuator.v3+json';

const endpoints = {
  self: '/actuator',
  health: '/actuator/health',
  'health-path': '/actuator/health/{*path}',
  info: '/actuator/info',
  bindings: '/actuator/bindings',
  prometheus: '/actuator/prometheus',
} as const;

function answer(response: Response, status: number, body: unknown): void {
  response.status(status).type(mediaType).send(JSON.stringify(body));
}

function answerHealth(response: Response, health: Health, extra: object = {}): void {
  answer(response, health.status === 'UP' ? 200 : 503, { ...health, ...extra });
}

function info({ config, build }: ActuatorParts): object {
  const { identity, topics, delivery, badOrders, group } = config;
  return {
    app: {
      name: 'barista-app',
      description: 'Serves each even order hot and each odd one cold',
      version: build.version,
    },
    git: { commit: { id: build.revision } },
    stream: { name: identity.stream, label: identity.label, instance: identity.instance },
    barista: {
      revision: identity.revision,
      delivery,
      badOrders,
      group,
      topics: {
        orders: topics.orders,
        hotDrinks: topics.hotDrinks,
        coldDrinks: topics.coldDrinks,
        ...(badOrders === 'DeadLetter' ? { deadLetters: topics.deadLetters } : {}),
      },
    },
  };
}

/** Spring Cloud Stream's list of bindings; we have none that could be paused yet. */
function bindings({ config }: ActuatorParts): object[] {
  const { topics, group } = config;
  const binding = (bindingName: string, destination: string, input: boolean): object => ({
    bindingName,
    name: destination,
    ...(input ? { group } : {}),
    pausable: false,
    state: 'running',
    paused: false,
    input,
    extendedInfo: { bindingDestination: destination },
  });
  return [
    binding('orders', topics.orders, true),
    binding('hot.drink', topics.hotDrinks, false),
    binding('cold.drink', topics.coldDrinks, false),
  ];
}

function links(request: Request): object {
  const base = `${request.protocol}://${request.get('host') ?? 'localhost'}`;
  const link = (path: string): object => ({
    href: base + path.replace('{*path}', '{path}'),
    templated: path.includes('{'),
  });
  return { _links: Object.fromEntries(Object.entries(endpoints).map(([name, path]) => [name, link(path)])) };
}

/** An app that is not listening yet. */
export function createActuator(parts: ActuatorParts): Express {
  const { vitals, registry } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/actuator', (request, response) => answer(response, 200, links(request)));
  app.get('/actuator/health', (_request, response) =>
    answerHealth(response, vitals.health(), { groups: ['liveness', 'readiness'] }),
  );
  app.get('/actuator/health/liveness', (_request, response) => answerHealth(response, vitals.liveness()));
  app.get('/actuator/health/readiness', (_request, response) => answerHealth(response, vitals.readiness()));
  app.get('/actuator/health/:component', (request, response, next) => {
    const found = Object.entries(vitals.health().components).find(
      ([name]) => name === request.params.component,
    );
    if (found === undefined) next();
    else answer(response, found[1].status === 'UP' ? 200 : 503, found[1]);
  });
  // SCDF's default readiness and startup probe: so it is not OK before orders can be served.
  app.get('/actuator/info', (_request, response) => {
    const ready = vitals.readiness();
    if (ready.status === 'UP') answer(response, 200, info(parts));
    else answer(response, 503, { ...info(parts), ...ready });
  });
  app.get('/actuator/bindings', (_request, response) => answer(response, 200, bindings(parts)));
  app.get(['/actuator/prometheus', '/metrics'], async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  app.use((request, response) =>
    answer(response, 404, { status: 404, error: 'Not Found', path: request.path }),
  );
  return app;
}
